#!/usr/bin/env bash
# Streams of more parts than some stores take, and past the first steps of the
# schedule: for real, over the wire, to the test server.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/s3server.sh"
s3server_start

MIB=1048576
parts() { server_log '[.[] | select(.op == "UploadPart")] | length'; }
peak() { /usr/bin/time -f %M -o "$T/peak" "$@"; }
# put_zeros NAME SIZE PARTS OPTION...: a file without blocks.
put_zeros() {
    local name=$1 size=$2 count=$3
    shift 3
    truncate -s "$size" "$T/in"
    server_log_clear
    run peak s3put -q "$@" large <"$T/in"
    exits "$name" 0
    is "$name: its parts" "$(parts)" "$count"
    ok "$name: in 64 MiB ($(cat "$T/peak") KiB)" test "$(cat "$T/peak")" -lt 65536
}
put_zeros 'more than 1,000 parts' $((1010 * 5 * MIB + 77)) 1011 -p 5M
put_zeros 'more than the first step of the schedule' $((500 * 8 * MIB + 10 * 16 * MIB + 1)) 511
ok 'it comes back' eval 's3get -q large | cmp - "$T/in"'
s3rm -q large
is 'no upload is left' "$(uploads_left)" 0

s3server_start --max-parts 1000
run s3put -q -p 5M large < <(head -c $((1003 * 5 * MIB)) /dev/zero)
exits 'a store that takes 1,000 parts only' 1 'put part 100[1-5] of large: 400 .*; a store may take but 1000 parts: a larger -p makes fewer'
is 'is left without an upload' "$(uploads_left)" 0
done_testing
