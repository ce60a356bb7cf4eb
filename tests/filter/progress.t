#!/usr/bin/env bash
# The line of progress: on a terminal alone, gone when the program ends, and
# nothing of it in a pipe or with -q. And what does not go to a terminal.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/s3server.sh"
s3server_start

head -c 3000000 /dev/urandom >"$T/in"
# watch COMMAND: stderr, and nothing else, is a terminal; what was seen
# there is left in $T/seen.
watch() {
    on_terminal "$1" >"$T/seen"
    status=$?
    tr '\r' '\n' <"$T/seen" >"$T/lines"
}
export S3_RATE=2000000
watch "s3put big <'$T/in' >/dev/null"
is 's3put: status' "$status" 0
matches 's3put: bytes, rate and time' "$(<"$T/lines")" 's3put: [0-9.]+ ([KM]i)?B, [0-9.]+ ([KM]i)?B/s, 0:0[0-9]'
gone() { same "$(tail -c 4 "$T/seen")" $'\r\e[K'; }
ok 's3put: it is gone at the end' gone
watch "s3get -j 1 -p 256K big >'$T/out'"
is 's3get: status' "$status" 0
matches 's3get: percent and time left, too' "$(<"$T/lines")" 's3get: .*, [0-9]+%, 0:0[0-9] left'
ok 's3get: it is gone at the end' gone
ok 's3get: the data is all there, and alone' cmp "$T/in" "$T/out"
watch "s3put -q big <'$T/in' >/dev/null"
is 's3put -q: nothing' "$(<"$T/seen")" ''
watch "s3get -q big >/dev/null"
is 's3get -q: nothing' "$(<"$T/seen")" ''
run s3put big <"$T/in"
exits 's3put in a pipe: nothing' 0
watch "s3get absent >/dev/null"
is 'a failure: status' "$status" 3
is 'a failure is one line' "$(grep -c . "$T/lines")" 1

# ---- what is no text does not go to a terminal
on_terminal 'gzstream </dev/null' >"$T/seen"
is 'gzstream to a terminal: status' "$?" 2
matches 'is said' "$(<"$T/seen")" 'compressed data is not written to a terminal'
done_testing
