#!/usr/bin/env bash
# gzstream by its command line: what it packs comes back, for it and for gzip.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/gz.sh"

text 5000000 >"$T/text"
head -c 5000000 /dev/urandom >"$T/noise"
head -c 5000000 /dev/zero >"$T/zeros"

# round FILE OPTION...: both ways, through gzip, and the test.
round() {
    local file=$1
    shift
    gzstream "$@" <"$file" >"$T/packed" && gzip -t "$T/packed" &&
        gzip -dc "$T/packed" | cmp - "$file" &&
        gzstream -d "$@" <"$T/packed" | cmp - "$file" &&
        gzstream -t <"$T/packed"
}
for level in 1 2 3 4 5 6 7 8 9; do
    for file in text noise zeros; do
        ok "level -$level gives back $file" round "$T/$file" "-$level"
    done
done

sizes() { # OPTION...: all sizes around the block's, and around nothing
    local n
    for n in 0 1 2 65534 65535 65536 65537 131071 131072 131073 196608; do
        head -c "$n" "$T/text" >"$T/part"
        round "$T/part" -s 64K "$@" || { echo "size $n" && return 1; }
    done
}
ok 'every size around a block comes back' sizes
ok 'with one job' sizes -j 1
ok 'with many jobs' sizes -j 7
ok 'at the lowest level' sizes -1
ok 'at the highest level' sizes -9
for size in 64K 65537 100000 1M 16M; do
    ok "blocks of $size come back" round "$T/text" -s "$size"
done

alike() { # LEVEL...: the same bytes whatever -j is
    local level jobs
    for level; do
        gzstream -j 1 -s 128K "-$level" <"$T/text" >"$T/one"
        for jobs in 2 3 8; do
            gzstream -j "$jobs" -s 128K "-$level" <"$T/text" |
                cmp - "$T/one" || return 1
        done
    done
}
ok 'the number of jobs does not change a byte' alike 1 2 5 9
is 'an empty input is the end marker alone' "$(gzstream </dev/null | wc -c)" 43
is 'which gzip takes' "$(gzstream </dev/null | gzip -dc | wc -c)" 0
run gzstream -d < <(gzstream </dev/null)
exits 'and so does gzstream' 0
is 'levels: --fast is -1' "$(gzstream --fast <"$T/text" | cksum)" "$(gzstream -1 <"$T/text" | cksum)"
is 'levels: --best is -9' "$(gzstream --best <"$T/text" | cksum)" "$(gzstream -9 <"$T/text" | cksum)"
is 'levels: -5 is the default' "$(gzstream <"$T/text" | cksum)" "$(gzstream -5 <"$T/text" | cksum)"

tail_is() { # FILE: the end of it was left in $T/tail
    tail -c 8192 "$1" | cmp - "$T/tail" && rm "$T/tail"
}
GZSTREAM_TAIL=$T/tail gzstream -s 64K <"$T/text" >"$T/packed"
ok 'GZSTREAM_TAIL: the end of what went in' tail_is "$T/text"
GZSTREAM_TAIL=$T/tail gzstream -d <"$T/packed" >/dev/null
ok 'GZSTREAM_TAIL: the end of what came out' tail_is "$T/text"
gzip <"$T/text" | GZSTREAM_TAIL=$T/tail gzstream -t
ok 'GZSTREAM_TAIL: of a foreign stream' tail_is "$T/text"
head -c 100000 "$T/packed" | GZSTREAM_TAIL=$T/tail run gzstream -t
ok 'GZSTREAM_TAIL: nothing of a stream that is cut' test ! -e "$T/tail"
GZSTREAM_TAIL=$T/tail run gzstream sh -c 'cat "$0"; exit 1' "$T/text"
ok 'GZSTREAM_TAIL: nothing of a command that fails' test ! -e "$T/tail"
GZSTREAM_TAIL=$T/no/tail run gzstream <"$T/text"
exits 'GZSTREAM_TAIL: a file that cannot be written' 1 "open $T/no/tail: No such file"
mv "$T/out" "$T/packed"
run gzstream -t <"$T/packed"
exits 'GZSTREAM_TAIL: and the stream has no end then' 1 'the stream is cut'

smaller() { [ "$(gzstream "$1" <"$3" | wc -c)" -lt "$(gzstream "$2" <"$3" | wc -c)" ]; }
ok 'levels: -9 is smaller than -5' smaller -9 -5 "$T/text"
ok 'levels: -5 is smaller than -1' smaller -5 -1 "$T/text"
overhead() { [ "$(gzstream <"$T/noise" | wc -c)" -lt 5001000 ]; }
ok 'noise is stored, and grows by 1 in 5,000 at most' overhead

# The last member is the end marker: gzstream -d | without it, in one byte.
gzstream -s 64K <"$T/text" >"$T/packed"
run gzstream -t <"$T/packed"
exits '-t is silent where all is well' 0
is '-t writes nothing' "$(wc -c <"$T/out")" 0
cat "$T/packed" "$T/packed" >"$T/two"
joined() { gzstream -d <"$T/two" | cmp - <(cat "$T/text" "$T/text"); }
ok 'streams can be joined' joined
head -c 1000 /dev/zero >>"$T/two"
ok 'and zeros may follow them' joined

run gzstream -v <"$T/text"
exits '-v tells of bytes, ratio and rate' 0 \
    '^gzstream: 4\.8 MiB in, [0-9.]+ MiB out, ratio [0-9.]+, [0-9.]+ [KMG]iB/s$'
run gzstream -dv <"$T/packed"
exits 'either way' 0 \
    '^gzstream: [0-9.]+ MiB in, 4\.8 MiB out, ratio [0-9.]+, [0-9.]+ [KMG]iB/s$'
run gzstream -tv --jobs=3 <"$T/packed"
exits 'and for a test' 0 'in, 4\.8 MiB out'

run gzstream -V
exits '-V' 0
matches '-V tells of the libraries' "$(cat "$T/out")" \
    "^gzstream \(s3pipe\) $(cat "$ROOT/VERSION"), .*zlib [0-9]"
run gzstream --help
exits '--help' 0
matches '--help tells the usage' "$(cat "$T/out")" '^usage: gzstream \[-dtv\]'
if [ -e "$ROOT/man/gzstream.1" ]; then
    is 'the usage is the synopsis of the manual' \
        "$(tr -s ' \n' ' ' <"$T/out" | sed 's/^usage: //; s/ $//')" \
        "$(mandoc -T ascii "$ROOT/man/gzstream.1" | col -bx |
            sed -n '/^SYNOPSIS/,/^DESC/p' | sed '1d;$d' | tr -s ' \n' ' ' |
            sed 's/^ //; s/ $//; s/\.\.\. -9/... -9/')"
fi
refused() { # NAME ERE ARGUMENT...
    local name=$1 what=$2
    shift 2
    run gzstream "$@" </dev/null
    is "$name: status" "$status" 2
    matches "$name: stderr" "$err" "^gzstream: $what"
    is "$name: nothing is written" "$(wc -c <"$T/out")" 0
}
refused 'an unknown option' '-x: unknown' -x
refused 'level 0' '-0: unknown' -0
refused 'no jobs' '-j: ' -j 0
refused 'jobs of no number' '-j: ' -j two
refused 'a block too small' '-s: ' -s 63K
refused 'a block too large' '-s: ' -s 17M
refused 'a missing argument' '-s: ' -s
done_testing
