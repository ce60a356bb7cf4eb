#!/usr/bin/env bash
# gzstream -d takes what others wrote: every kind of header and of member.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/gz.sh"

text 3000000 >"$T/text"
head -c 300000 /dev/urandom >>"$T/text"
back() { gzstream -d <"$1" | cmp - "$T/text" && gzstream -t -j 1 <"$1"; }

# made_by PROGRAM COMMAND...: what it makes of $T/text on its stdout.
made_by() {
    local program=$1
    shift
    if ! command -v "$program" >/dev/null; then
        tap_count=$((tap_count + 1))
        echo "ok $tap_count - $* # SKIP no $program here"
        return
    fi
    "$@" <"$T/text" >"$T/packed" 2>/dev/null
    ok "made by $*" back "$T/packed"
}
for level in 1 6 9; do
    made_by gzip gzip "-$level"
    made_by pigz pigz "-$level"
done
made_by pigz pigz -i
made_by bgzip bgzip -c
made_by bgzip bgzip -l 0 -c
for level in 0 1 2 3; do
    made_by igzip igzip "-$level"
done
# zopfli, which pigz -11 is too, takes three seconds for a megabyte.
head -c 100000 "$T/text" >"$T/part"
part() { "$@" "$T/part" 2>/dev/null | gzstream -d | cmp - "$T/part"; }
for program in 'zopfli --i1 -c' 'pigz -11 -b 128 -c'; do
    if command -v "${program%% *}" >/dev/null; then
        # shellcheck disable=SC2086 # words
        ok "made by $program" part $program
    else
        made_by "${program%% *}" "$program"
    fi
done

# Every shape of header, in front of zlib's deflate data.
python3 - "$T/text" <<'P'
import struct, sys, zlib
data = open(sys.argv[1], 'rb').read()
def member(flags, extra=b'', name=b'', comment=b'', data=data, level=6):
    head = struct.pack('<BBBBIBB', 0x1f, 0x8b, 8, flags, 1700000000, 2, 3)
    if flags & 4:
        head += struct.pack('<H', len(extra)) + extra
    if flags & 8:
        head += name + b'\0'
    if flags & 16:
        head += comment + b'\0'
    if flags & 2:
        head += struct.pack('<H', zlib.crc32(head) & 0xffff)
    z = zlib.compressobj(level, zlib.DEFLATED, -15)
    return head + z.compress(data) + z.flush() + struct.pack(
        '<II', zlib.crc32(data), len(data) & 0xffffffff)
def write(name, *parts):
    with open(name, 'wb') as f:
        f.write(b''.join(parts))
write('h-none', member(0))
write('h-text', member(1))
write('h-crc', member(2))
write('h-extra', member(4, b'XX\2\0ab'))
write('h-extra-none', member(4))
write('h-extra-odd', member(4, b'abc'))
write('h-extra-longest', member(4, b'X' * 65535))
write('h-name', member(8, name=b'corpus.sql'))
write('h-name-long', member(8, name=b'n' * 300000))
write('h-comment', member(16, comment=b'a comment \xff\x01'))
write('h-all', member(31, b'XX\2\0ab', b'name', b'comment'))
write('h-all-long', member(31, b'AB\0\0' * 16000, b'n' * 70000, b'c' * 99999))
half = len(data) // 2
write('m-two', member(8, name=b'a', data=data[:half]),
      member(2, data=data[half:]))
write('m-empty-ones', member(0, data=b'') * 3, member(0), member(0, data=b''))
write('m-stored', member(0, level=0))
write('m-small', *[member(0, data=data[i:i + 3000])
                   for i in range(0, len(data), 3000)])
z = member(0)
write('p-zeros', z, b'\0' * 100000)
P
for file in h-* m-* p-*; do
    ok "a stream like $file" back "$file"
done
(cat m-two && gzstream <"$T/text" && cat m-small && bgzip -c "$T/text") >"$T/mixed"
mixed() { gzstream -d <"$T/mixed" | cmp - <(cat "$T/text" "$T/text" "$T/text" "$T/text"); }
ok 'members of many makers in one stream' mixed
python3 -c 'import gzip, shutil, sys
shutil.copyfileobj(sys.stdin.buffer, gzip.open("python.gz", "wb"))' <"$T/text"
ok 'made by python' back python.gz
read_by_python() {
    gzstream -s 64K <"$T/text" | python3 -c 'import gzip, shutil, sys
shutil.copyfileobj(gzip.open(sys.stdin.buffer), sys.stdout.buffer)' | cmp - "$T/text"
}
ok 'python reads ours' read_by_python
read_by() { gzstream <"$T/text" | "$@" | cmp - "$T/text"; }
ok 'pigz reads ours' read_by pigz -dc
ok 'igzip reads ours' read_by igzip -dc
ok 'zcat reads ours' read_by zcat

# Every gzip file of this machine: some by themselves, all of them in batches.
find -L /usr/share -type f -name '*.gz' -size +0 -readable -print0 2>/dev/null |
    sort -z >"$T/list"
single() {
    local file n=0
    while IFS= read -rd '' file; do
        [ $((n++ % 250)) -eq 0 ] || continue
        gzstream -d <"$file" | cmp - <(gzip -dc <"$file") ||
            { echo "$file" && return 1; }
    done <"$T/list"
    echo "$n files"
}
ok 'the gzip files of this machine, one by one' single
all() { xargs -0 cat <"$T/list" | gzstream -d | cmp - <(xargs -0 gzip -dc <"$T/list"); }
ok 'all of them, joined' all
done_testing
