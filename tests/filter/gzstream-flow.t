#!/usr/bin/env bash
# gzstream between programs: slow ones, failing ones, gone ones, and signals.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/gz.sh"

text 3000000 >"$T/text"
gzstream -s 64K <"$T/text" >"$T/packed"
has() { [ "$(wc -c <"$1")" -ge "$2" ]; }

# ---- slow pipes: output appears while the writer still holds the pipe open
mkfifo "$T/fifo"
first=$(python3 -c 'import struct
print(41 + struct.unpack_from("<I", open("packed", "rb").read(20), 16)[0])')
gzstream -d <"$T/fifo" >"$T/out" &
exec 3>"$T/fifo"
head -c "$first" "$T/packed" >&3
ok 'a member is decoded before the next one comes' until_true 10 has "$T/out" 65536
tail -c +$((first + 1)) "$T/packed" >&3
exec 3>&-
ok 'and all of them at the end' wait $!
ok 'with every byte' same_bytes "$T/out" "$T/text"

python3 - <<'P'
import zlib
z = zlib.compressobj(6, zlib.DEFLATED, 31)
one = z.compress(b'first row\n') + z.flush(zlib.Z_SYNC_FLUSH)
open('one', 'wb').write(one)
open('two', 'wb').write(z.compress(b'second row\n') + z.flush())
P
gzstream -d <"$T/fifo" >"$T/out" &
exec 3>"$T/fifo"
cat "$T/one" >&3
ok 'a foreign stream is decoded as it comes' until_true 10 grep -q 'first row' "$T/out"
cat "$T/two" >&3
exec 3>&-
ok 'to its end' wait $!
is 'with all of it' "$(cat "$T/out")" $'first row\nsecond row'

gzstream -s 64K <"$T/fifo" >"$T/out" &
exec 3>"$T/fifo"
head -c 70000 "$T/text" >&3
ok 'a block is compressed before the next one comes' until_true 10 has "$T/out" 100
exec 3>&-
ok 'and the rest at the end' wait $!
ok 'whole' same_bytes <(gzstream -d <"$T/out") <(head -c 70000 "$T/text")
trickle() { for i in 1 2 3 4 5; do echo "row $i" && sleep 0.05; done; }
is 'rows that trickle come through' "$(trickle | gzstream | gzstream -d)" "$(trickle)"

# ---- the command form
run gzstream cat "$T/text"
exits 'a command is compressed' 0
ok 'whole' same_bytes <(gzstream -d <"$T/out") "$T/text"
run gzstream -1 -s 64K printf '%s\n' -d -9
is "a command's options are its own" "$(gzstream -d <"$T/out")" $'-d\n-9'
run gzstream -d cat "$T/packed"
exits 'a command is decompressed' 0
ok 'to its data' same_bytes "$T/out" "$T/text"
run env --ignore-signal=CHLD gzstream echo
exits 'a command where SIGCHLD is ignored' 0
fails() { # NAME STATUS ERE COMMAND...: no end marker
    local name=$1 status_wanted=$2 what=$3
    shift 3
    run "$@"
    exits "$name" "$status_wanted" "$what"
    gzip -dc <"$T/out" >"$T/data" 2>/dev/null
    cp "$T/out" "$T/broken"
    run gzstream -t <"$T/broken"
    exits "$name: what was written is refused" 1 'stdin: byte '
}
fails 'a command that fails' 3 'sh: exit status 3' \
    gzstream -s 64K sh -c "cat $T/text; exit 3"
ok 'what is there is the beginning of what it wrote' \
    cmp -n "$(stat -c %s "$T/data")" "$T/data" "$T/text"
fails 'a command that fails in silence' 1 'false: exit status 1' gzstream false
fails 'a command that is killed' 137 'sh: killed by signal 9' \
    gzstream sh -c "echo row; kill -9 \$\$"
fails 'a command that is not there' 1 'no-such-program: command not found' \
    gzstream no-such-program
fails 'a command that cannot be run' 1 '/etc/passwd: cannot be run' \
    gzstream /etc/passwd
run gzstream -d sh -c "cat $T/packed; exit 1"
exits 'a command that fails after a whole stream' 1 'sh: exit status 1'
# shellcheck disable=SC2016
fails 'one whose own child holds the pipe' 3 'sh: exit status 3' \
    timeout 20 gzstream sh -c 'sleep 60 & echo row; exit 3'
closed_early() { gzstream sh -c 'exec >&-; sleep 0.3; exit 5'; }
run closed_early
exits 'a command that closes its output and fails later' 5 'sh: exit status 5'
# The reader may see the end before anybody has seen how the command ended.
statuses() {
    local i
    for i in {1..40}; do
        gzstream "$@" >/dev/null 2>>"$T/said"
        echo $?
    done | sort -u
}
is 'the status of a command that writes nothing is passed on by -d' "$(statuses -d sh -c 'exit 3')" 3
is 'the status of a command that writes no gzip is passed on by -d' "$(statuses -d sh -c 'echo row; exit 9')" 9
is 'the status of a command that fails is passed on by -t' "$(statuses -t sh -c 'exit 75')" 75
is 'the message is always of the command' "$(grep -vc '^gzstream: sh: exit status' "$T/said")" 0
run gzstream -d sh -c 'echo row; sleep 60'
exits 'input that is no gzip ends a command that goes on' 1 'sh: byte 0: not in gzip format'

# ---- where the bytes go
run gzstream <"$T/text" 2>"$T/err" >/dev/full
full() { "$@" <"$T/text" >/dev/full; }
run full gzstream
matches 'a full disk: stderr' "$err" '^gzstream: write stdout: No space left on device$'
is 'a full disk: status' "$status" 1
unpack_full() { gzstream -d <"$T/packed" >/dev/full; }
run unpack_full
is 'a full disk for -d: status' "$status" 1
run full gzstream sh -c "cat $T/text; sleep 100"
is 'a full disk ends the command' "$status" 1
# More than a pipe holds, which may be 1 MiB, on either way.
head -c 4000000 /dev/urandom >"$T/noise"
for options in '' '-d'; do
    input=$T/noise
    [ -z "$options" ] || input=$T/packed
    # shellcheck disable=SC2086
    gzstream $options 2>"$T/err" <"$input" | head -c 10 >/dev/null
    is "a closed stdout ends gzstream $options by SIGPIPE" "${PIPESTATUS[0]}" 141
    is "in silence" "$(cat "$T/err")" ''
    # shellcheck disable=SC2086
    (trap '' PIPE; exec gzstream $options 2>"$T/err" <"$input") | head -c 10 >/dev/null
    is "where it is ignored: status 1" "${PIPESTATUS[0]}" 1
    is "in silence too" "$(cat "$T/err")" ''
done
run gzstream </
exits 'an input that cannot be read' 1 'read stdin: Is a directory'
run gzstream -d </
exits 'by -d neither' 1 'read stdin: Is a directory'

# ---- signals
for signal in INT:130 TERM:143 HUP:129; do
    rm -f "$T/pid"
    env --default-signal="${signal%:*}" gzstream \
        sh -c "echo \$\$ >$T/pid; exec sleep 100" >"$T/out" 2>"$T/err" &
    until_true 10 test -s "$T/pid"
    kill -s "${signal%:*}" $!
    wait $!
    is "SIG${signal%:*} ends it by itself" $? "${signal#*:}"
    is 'in silence' "$(cat "$T/err")" ''
    ok 'and the command with it' until_true 5 not kill -0 "$(cat "$T/pid")"
    ok 'without an end marker' not gzstream -t <"$T/out"
done
env --default-signal=TERM gzstream -d <"$T/fifo" >"$T/out" 2>"$T/err" &
exec 3>"$T/fifo"
head -c "$first" "$T/packed" >&3
# Before it has begun, the shell that starts it may swallow the signal.
until_true 10 has "$T/out" 65536
kill -s TERM $!
wait $!
is 'a signal ends -d while its input is silent' $? 143
exec 3>&-

# ---- memory: bounded whatever the stream
if ! sanitized; then
    for level in -1 -5 -9; do
        used=$(for i in 1 2 3 4 5; do cat "$T/text" "$T/text"; done |
            peak gzstream -j 2 "$level")
        ok "compressing by $level -j 2 needs less than 64 MiB ($used KiB)" \
            [ "$used" -lt 65536 ]
    done
    for i in 1 2 3 4 5 6 7; do cat "$T/text"; done >"$T/large"
    gzstream <"$T/large" >"$T/ours"
    gzip -1 <"$T/large" >"$T/theirs"
    for file in ours theirs; do
        used=$(peak gzstream -d -j 2 <"$T/$file")
        ok "decompressing $file needs less than 32 MiB ($used KiB)" \
            [ "$used" -lt 32768 ]
    done
    used=$(head -c 20000000 /dev/urandom | gzip -1 | peak gzstream -d -j 64)
    ok "jobs that have nothing to do need none ($used KiB)" [ "$used" -lt 18000 ]
fi
done_testing
