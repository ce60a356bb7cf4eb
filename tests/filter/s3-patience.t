#!/usr/bin/env bash
# How long a store may be silent: bytes on their way behind a relay are no
# silence, an answer that never comes is, and a connection that was idle is
# used no more.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/s3server.sh"
s3server_start
port=${S3_ENDPOINT##*:}
head -c 1500000 /dev/urandom >"$T/small"
head -c 11000000 /dev/urandom >"$T/long"

export S3_ENDPOINT
relay() { # VARIABLE=VALUE: the endpoint becomes a relay to the server
    env "$1" /usr/bin/python3 -EB "$TESTS/lib/proxy.py" "$T/port.$1" "$T/relay.$1" 127.0.0.1 "$port" &
    at_exit "kill $!"
    await 10 test -s "$T/port.$1" || { echo 'Bail out! proxy.py did not start' && exit 1; }
    S3_ENDPOINT=http://127.0.0.1:$(cat "$T/port.$1")
    server_log_clear
}
tries() { server_log "[.[] | select(.op == \"$1\")] | length"; }
export S3_TIMEOUT=1

relay RELAY_RATE=600000
run s3put -q small <"$T/small"
exits 'an object that a relay takes at once and passes on slowly' 0
is 'is sent once' "$(tries PutObject)" 1
run s3put -q -p 5M -j 2 long <"$T/long"
exits 'parts likewise' 0
is 'are sent once each' "$(tries UploadPart)" 3
ok 'the object is whole' cmp -s <(s3get -q long) "$T/long"

relay RELAY_FORGETS=2
run s3put -q -p 5M -j 1 idle < <(head -c 6000000 "$T/long" && sleep 3.2 && tail -c +6000001 "$T/long")
exits 'a stream that pauses, over a relay that forgets' 0
ok 'no request went out where it had forgotten' test ! -s "$T/relay.RELAY_FORGETS=2"
is 'none was sent twice' "$(tries UploadPart) $(tries CompleteMultipartUpload)" '3 1'

export S3_ENDPOINT=http://127.0.0.1:$port S3_RETRIES=1
fault '[{"op":"PutObject","times":-1,"action":{"stall":30}},{"op":["HeadObject","GetObject"],"times":-1,"action":{"status":404,"code":"NoSuchKey"}}]'
run timeout 20 s3put -q silent <"$T/small"
exits 'a store that never answers' 1 'put silent: .*no answer for 4 seconds to 1500000 bytes'
run timeout 20 s3put -q silent <<<x
exits 'nor to a small object' 1 'put silent: .*no (answer|progress) for [12] seconds'
faults_clear
done_testing
