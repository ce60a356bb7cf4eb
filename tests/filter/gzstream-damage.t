#!/usr/bin/env bash
# gzstream -d lets no damage pass: cuts, flips, lies, bombs.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/gz.sh"

text 400000 >"$T/text"
gzstream -s 128K <"$T/text" >"$T/whole"
size=$(wc -c <"$T/whole")

# The beginnings of the members, and the end.
python3 - >"$T/members" <<'P'
import struct
data = open('whole', 'rb').read()
at = 0
while at < len(data):
    print(at)
    at += 33 + struct.unpack_from('<I', data, at + 16)[0] + 8
print(at)
P
mapfile -t starts <"$T/members"
is 'the stream is four members and the end marker' "${#starts[@]}" 6

# cut_at BYTE: fails, says where, and writes nothing that was not there.
cut_at() {
    local got
    head -c "$1" "$T/whole" | gzstream -d >"$T/out" 2>"$T/err" && return 1
    got=$(wc -c <"$T/out")
    cmp -n "$got" "$T/out" "$T/text" || return 1
    grep -qE "^gzstream: stdin: byte $1: (unexpected end of file|the stream is cut)" "$T/err"
}
cuts() { # BYTE...
    local byte
    for byte; do
        cut_at "$byte" || { echo "cut at $byte: $(cat "$T/err")" && return 1; }
        head -c "$byte" "$T/whole" | gzstream -t 2>/dev/null && return 1
    done
    return 0
}
around=()
for start in "${starts[@]}"; do
    for byte in $((start - 9)) $((start - 8)) $((start - 1)) "$start" \
        $((start + 1)) $((start + 10)) $((start + 32)) $((start + 33)) \
        $((start + 34)); do
        [ "$byte" -lt 0 ] || [ "$byte" -ge "$size" ] || around+=("$byte")
    done
done
ok 'a stream cut at, or around, a member is refused' cuts "${around[@]}"
sampled=()
for ((byte = 501; byte < size; byte += size / 60)); do sampled+=("$byte"); done
ok 'a stream cut anywhere is refused' cuts "${sampled[@]}"
passes_gzip() { head -c "${starts[4]}" "$T/whole" | gzip -dc | cmp - "$T/text"; }
ok 'though gzip takes it for whole' passes_gzip
run gzstream -d </dev/null
exits 'an empty file is refused' 1 'stdin: byte 0: unexpected end of file'
run gzstream -t </dev/null
exits 'by -t too' 1 'stdin: byte 0: unexpected end of file'

# without MEMBER...: the stream less these members (from 0).
without() {
    local i skip=" $* "
    for ((i = 0; i < 5; i++)); do
        [[ $skip == *" $i "* ]] ||
            tail -c +$((starts[i] + 1)) "$T/whole" |
            head -c $((starts[i + 1] - starts[i]))
    done
}
lost() { # NAME ERE MEMBER...
    run gzstream -d < <(without "${@:3}")
    exits "$1" 1 "$2"
}
lost 'a lost end marker' 'the end of the file is where member 4 should be' 4
lost 'a lost member' 'member 3 is where member 2 should be' 2
lost 'a lost first member' 'byte 0: the stream is cut: member 1 is where' 0
run gzstream -d < <(without 3 4 && gzip -c "$T/text")
exits 'a foreign member after a cut' 1 'a foreign member is where member 3'
run gzstream -d < <(without 3 4 && cat "$T/whole")
exits 'a stream after a cut one' 1 'member 0 is where member 3 should be'
run gzstream -d < <(without 4 && head -c 512 /dev/zero)
exits 'zeros after a cut' 1 'zeros are where member 4 should be'
run gzstream -d < <(cat "$T/whole" && echo garbage)
exits 'garbage after the end' 1 "byte $size: neither a gzip member nor zeros"
run gzstream -d <"$T/text"
exits 'what is no gzip' 1 'byte 0: not in gzip format'

cat >"$T/try.py" <<'P'
# Changed streams, each through gzstream -d: what may and what must not pass.
import struct, subprocess, sys, zlib
data = open('whole', 'rb').read()
text = open('text', 'rb').read()
starts = [int(n) for n in open('members')]
def run(stream, *options):
    p = subprocess.run(['gzstream', '-d', *options], input=bytes(stream),
                       capture_output=True)
    return p.returncode, p.stdout, p.stderr.decode()
def same(stream, what):
    for jobs in '1', '2', '5':
        got = run(stream, '-j', jobs)
        if got[:1] != (0,) or got[1] != text:
            sys.exit(f'{what}, -j {jobs}: status {got[0]}, {got[2]}')
def fails(stream, what, *words):
    for jobs in '1', '2':
        got = run(stream, '-j', jobs)
        if got[0] != 1 or not all(w in got[2] for w in words):
            sys.exit(f'{what}, -j {jobs}: status {got[0]}, {got[2]}')
def put(at, value, size=4):
    b = bytearray(data)
    b[at:at + size] = value.to_bytes(size, 'little')
    return b

def flips():
    # Every ninth bit or so; the seam of each field is in the unit test.
    n = passed = 0
    for bit in range(5, len(data) * 8, len(data) * 8 // 400):
        b = bytearray(data)
        b[bit // 8] ^= 1 << bit % 8
        status, out, err = run(b)
        n += 1
        if status == 0:
            passed += 1
            if out != text:
                sys.exit(f'bit {bit} passed')
        elif 'stdin: byte ' not in err:
            sys.exit(f'bit {bit}: {err}')
    if passed > n // 20:
        sys.exit(f'{passed} of {n} flips passed')

def sizes():
    for start in starts[:-1]:
        right = struct.unpack_from('<I', data, start + 16)[0]
        for wrong in (0, 1, right - 1, right + 1, right + 8, right + 41,
                      right * 2, 16 << 20, 17 << 20, 0x7fffffff, 0xffffffff):
            same(put(start + 16, wrong), f'size {wrong} at {start}')

def nested():
    # A stored member that holds a member, where a lying size says it begins.
    inner = data[:starts[1]]
    held = b'8 bytes.' + inner + b'and more'
    body = struct.pack('<BHH', 1, len(held), len(held) ^ 0xffff) + held
    outer = (bytes.fromhex('1f8b0804000000000003') + struct.pack('<H', 8) +
             b'MZ\4\0' + struct.pack('<I', 5) + body +
             struct.pack('<II', zlib.crc32(held), len(held)))
    for stream, want in (outer, held), (outer + data, held + text):
        for jobs in '1', '2', '5':
            got = run(stream, '-j', jobs)
            if got[:2] != (0, want):
                sys.exit(f'-j {jobs}: status {got[0]}, {got[2]}')

def trailers():
    for i, end in enumerate(starts[1:]):
        crc, length = struct.unpack_from('<II', data, end - 8)
        fails(put(end - 8, crc ^ 1), f'crc {i}', f'byte {end - 8}: the CRC')
        for wrong in length ^ 1, (length + 77) & 0xffffffff, 0xffffffff, 16 << 20:
            fails(put(end - 4, wrong), f'length {i}',
                  f'byte {end - 4}: the length')

def numbers():
    for i, start in enumerate(starts[:-1]):
        for wrong in i + 1, i + 256, 1 << 63, (1 << 64) - 1:
            fails(put(start + 25, wrong, 8), f'number {i}', 'cut')
        for kind in {0, 1, 2, 3, 255} - {data[start + 24]}:
            fails(put(start + 24, kind, 1), f'kind {i}')

globals()[sys.argv[1]]()
P
try() { python3 "$T/try.py" "$1"; }
ok 'no flipped bit changes the data and passes' try flips
ok 'a wrong size field changes nothing' try sizes
ok 'a member within a member is data' try nested
ok 'a wrong CRC or length is told with its byte' try trailers
ok 'a wrong number or kind is refused' try numbers

# A bomb: 1 GiB of zeros in one member, behind a size field, right or wrong.
python3 - <<'P'
import struct, zlib
z = zlib.compressobj(9, zlib.DEFLATED, -15)
block, crc = bytes(1 << 20), 0
for i in range(1024):
    crc = zlib.crc32(block, crc)
# After a full flush a block is the same wherever it stands.
body = (z.compress(block) + z.flush(zlib.Z_FULL_FLUSH)) * 1024 + z.flush()
def member(size, body, crc, length):
    return (bytes.fromhex('1f8b0804000000000003') + struct.pack('<H', 8) +
            b'MZ\4\0' + struct.pack('<I', size) + body +
            struct.pack('<II', crc, length))
open('bomb', 'wb').write(member(len(body), body, crc, 1 << 30))
open('liar', 'wb').write(member(len(body), body, crc, 1 << 20))
# 1,000 members that claim 16 MiB, in a few bytes.
small = zlib.compressobj(9, zlib.DEFLATED, -15)
tiny = small.compress(b'x') + small.flush()
open('claims', 'wb').write(b''.join(
    member(len(tiny), tiny, zlib.crc32(b'x'), 16 << 20) for i in range(1000)))
P
is 'a bomb is decoded' "$(gzstream -d <bomb | wc -c)" $((1 << 30))
run gzstream -t <liar
exits 'and is found out' 1 'the length is wrong'
run gzstream -t <claims
exits 'as are small members of large claims' 1 'byte 27: the length is wrong'
if ! sanitized; then
    cramped() { (ulimit -s 256 -v 300000 && MALLOC_ARENA_MAX=1 gzstream -t -j 64 <claims); }
    run cramped
    exits 'nothing is allocated on a claim' 1 'byte 27: the length is wrong'
    for file in bomb liar claims; do
        used=$(peak gzstream -d -j 2 <"$file")
        ok "$file needs no memory ($used KiB)" [ "$used" -lt 20000 ]
    done
fi
done_testing
