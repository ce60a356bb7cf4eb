#!/usr/bin/env bash
# What goes over the wire when the settings or the store ask for it: a rate,
# a customer's key, headers for every request, digests, older listings.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/s3server.sh"
s3server_start

fresh() { faults_clear && server_log_clear; }
ops() { server_log '[.[].op] | join(" ")' | tr -d '"'; }
# with HEADER: the operations whose requests had it, once each.
with() { server_log '[.[] | select([.headers[][0] | ascii_downcase] | index("'"$1"'")) | .op] | unique | join(" ")' | tr -d '"'; }
head -c 20000000 /dev/urandom >"$T/in"

# ---- a rate
took() { # COMMAND...: milliseconds
    local start=$EPOCHREALTIME
    "$@" >/dev/null
    local end=$EPOCHREALTIME
    echo $(((${end/./} - ${start/./}) / 1000))
}
put() { s3put -q "$@" <"$T/in"; }
S3_RATE=10M ms=$(S3_RATE=10M took put rate)
ok "a put of 20 MB at 10M takes two seconds ($ms ms)" test "$ms" -ge 1700 -a "$ms" -le 6000
ms=$(S3_RATE=10M took s3get -q rate)
ok "so does a get ($ms ms)" test "$ms" -ge 1700 -a "$ms" -le 6000
ms=$(S3_RATE=1G took s3get -q rate)
ok "a rate that is never reached does nothing ($ms ms)" test "$ms" -le 1800
head -c 40000 "$T/in" >"$T/small"
ms=$(S3_RATE=20000 took s3put -q slow <"$T/small")
ok "a low rate holds for a small object ($ms ms)" test "$ms" -ge 1500 -a "$ms" -le 6000
S3_RATE=20000 S3_TIMEOUT=1 run s3get -q slow
exits 'a pause is no silence of the server' 0
(S3_RATE=1K s3get -q rate >/dev/null) &
pid=$!
sleep 0.5
before=$SECONDS
kill -TERM $pid && wait $pid 2>/dev/null
ok 'a pause ends with a signal' test $((SECONDS - before)) -le 2
for wrong in x 1 -5 2T; do
    S3_RATE=$wrong run s3ls
    exits "a rate of $wrong" 2 'S3_RATE: not a size from 1.0 KiB to 1.0 TiB'
done

# ---- headers that go with every request
fresh
run s3put -n -H 'X-Amz-Expected-Bucket-Owner: 111122223333' -H 'x-amz-request-payer: requester' -H 'x-amz-storage-class: STANDARD_IA' everywhere <"$T/in"
exits 'headers for every request' 0
all='CompleteMultipartUpload CreateMultipartUpload HeadObject UploadPart'
is 'the owner of the bucket' "$(with x-amz-expected-bucket-owner)" "$all"
is 'who pays' "$(with x-amz-request-payer)" "$all"
is 'no other header' "$(with x-amz-storage-class)" CreateMultipartUpload
is 'each once' "$(server_log '[.[].headers | map(.[0] | ascii_downcase) | select(index("x-amz-request-payer")) | map(select(. == "x-amz-request-payer")) | length] | unique')" '[1]'

# ---- Content-MD5
fresh
run s3put -H 'x-amz-object-lock-mode: COMPLIANCE' -H 'x-amz-object-lock-retain-until-date: 2030-01-01T00:00:00Z' locked <<<x
exits 'object lock asks for a digest' 0
is 'which is the checksum' "$(ops): $(with x-amz-checksum-crc64nvme)" 'PutObject: PutObject'
for why in '"code":"MissingContentMD5"' '"code":"InvalidRequest","message":"Content-MD5 OR x-amz-checksum- HTTP header is required"'; do
    fresh
    fault '{"op":"UploadPart","times":1,"action":{"status":400,'"$why"'}}'
    run s3put -j 1 parts <"$T/in"
    exits 'a part that has to have Content-MD5' 0
    is 'the next ones have it at once' "$(ops | tr ' ' '\n' | grep -c UploadPart)" 4
    ok 'it is whole' eval 's3get -q parts | cmp - "$T/in"'
done
fresh
fault '{"op":"PutObject","times":-1,"action":{"status":400,"code":"InvalidRequest","message":"Content-MD5 is wrong"}}'
run s3put never <<<x
exits 'it is not asked for ever' 1 '400 InvalidRequest'
is 'but once, and once without a checksum' "$(ops)" 'PutObject PutObject PutObject'

# ---- a conflict
fresh
fault '{"op":"PutObject","times":2,"action":{"status":409,"code":"ConditionalRequestConflict"}}'
run s3put -n conflict <<<x
exits 'a conflict of two writers is tried again' 0
fresh
fault '{"op":"CompleteMultipartUpload","times":-1,"action":{"status":409,"code":"ConditionalRequestConflict"}}'
run s3put -n conflict2 <"$T/in"
exits 'a conflict at Complete is final' 1 '409 ConditionalRequestConflict'
is 'it is asked once' "$(ops | tr ' ' '\n' | grep -c Complete)" 1
is 'and leaves nothing' "$(uploads_left)" 0

# ---- a store without ListObjectsV2
for i in $(seq -w 1500); do printf 'v1/%s/a b+c%%\0v1/%s/ü\0' "$i" "$i"; done >"$T/keys"
LC_ALL=C sort -z "$T/keys" | python3 "$TESTS/lib/make_objects.py"
for answer in '"not_implemented":true' '"status":405,"code":"MethodNotAllowed"' '"status":400,"code":"InvalidArgument"'; do
    fresh
    fault '{"op":"ListObjectsV2","times":-1,"action":{'"$answer"'}}'
    is "all keys are listed by the first version ($answer)" "$(s3ls -0 v1/ | LC_ALL=C sort -z | cmp - <(LC_ALL=C sort -z "$T/keys") && echo same)" same
    is "page by page ($answer)" "$(ops)" 'ListObjectsV2 ListObjects ListObjects ListObjects'
done
fresh
page() { # TRUNCATED KEY...: an answer of the first version
    printf '<ListBucketResult><Marker/><IsTruncated>%s</IsTruncated>' "$1"
    printf '<Contents><Key>%s</Key><Size>0</Size><LastModified>2026-11-23T07:28:45.000Z</LastModified></Contents>' "${@:2}"
    printf '</ListBucketResult>'
}
fault '[{"op":"ListObjectsV2","times":1,"action":{"body":"'"$(page true a 'b c')"'"}},{"op":"ListObjectsV2","times":1,"action":{"body":"'"$(page false d)"'"}}]'
is 'a store that answers by the first version unasked' "$(s3ls | xargs)" 'a b c d'
matches 'is asked behind the last key' "$(server_log '.[1].target')" '[?&]marker=b%20c'
fresh
fault '{"op":"ListObjectsV2","times":-1,"action":{"not_implemented":true}}'
is 'common prefixes too' "$(s3ls -d / v1/ | sha256sum)" "$(for i in $(seq -w 1500); do echo "v1/$i/"; done | sha256sum)"
fresh
fault '[{"op":"ListObjectsV2","times":-1,"action":{"not_implemented":true}},{"op":"ListObjects","times":-1,"action":{"status":403,"code":"AccessDenied"}}]'
run s3ls
exits 'refused by both, the first refusal is told' 1 '501 NotImplemented'
fresh
fault '[{"op":"ListObjectsV2","times":-1,"action":{"not_implemented":true}},{"op":"ListObjects","skip":1,"times":-1,"action":{"status":403,"code":"AccessDenied"}}]'
run s3ls v1/
exits 'refused later, that is told' 1 '403 AccessDenied'
is 'what was listed before is given' "$(wc -l <"$T/out")" 1000

# ---- the limit of parts
s3server_start --max-parts 3
run s3put -p 5M few <"$T/in"
is 'a store that takes fewer parts: status' "$status" 1
is 'leaves nothing' "$(uploads_left)" 0

# ---- a customer's key, over https only
head -c 32 /dev/urandom >"$T/key" && head -c 32 /dev/urandom >"$T/other"
S3_SSE_C_KEY_FILE=$T/key run s3put sse <<<x
exits "a customer's key over http" 2 'S3_SSE_C_KEY_FILE: the endpoint must be https'
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$T/tls.key" -out "$T/tls.pem" -subj /CN=x -addext 'subjectAltName=IP:127.0.0.1,DNS:localhost' -days 2 2>/dev/null
s3server_start --cert "$T/tls.pem" --key "$T/tls.key"
export S3_CA_FILE=$T/tls.pem
printf '%s\n' short >"$T/short"
for wrong in "$T/short" /dev/null /etc/hostname; do
    S3_SSE_C_KEY_FILE=$wrong run s3put sse <<<x
    exits "a key file that holds no key ($(basename "$wrong"))" 2 'S3_SSE_C_KEY_FILE: .*: not 32 bytes'
done
S3_SSE_C_KEY_FILE=$T/none run s3put sse <<<x
exits 'a key file that is not there' 1 'S3_SSE_C_KEY_FILE: .*No such file'
S3_SSE_C_KEY_FILE=$T run s3put sse <<<x
exits 'a key file that is a directory' 1 'S3_SSE_C_KEY_FILE: .*directory'
export S3_SSE_C_KEY_FILE=$T/key
fresh
run s3put -n sse/one <<<secret
exits "one request with a customer's key" 0
run s3put -n sse/many <"$T/in"
exits 'many of them' 0
is 'one comes back' "$(s3get -q sse/one)" secret
ok 'and the other' eval 's3get -q -p 3M sse/many | cmp - "$T/in"'
is 'the key goes with what needs it' "$(with x-amz-server-side-encryption-customer-key)" \
    'CompleteMultipartUpload CreateMultipartUpload GetObject HeadObject PutObject UploadPart'
fresh
is 'and with nothing else' "$(s3ls sse/ | s3rm -n | xargs) $(with x-amz-server-side-encryption-customer-key)" 'sse/many sse/one '
S3_SSE_C_KEY_FILE=$T/other run s3get sse/one
exits 'another key' 1 'sse/one: 403 AccessDenied'
run env -u S3_SSE_C_KEY_FILE s3get sse/one
exits 'no key' 1 'sse/one: 400 InvalidRequest'
ok 'the key is in no message' not grep -qF "$(base64 <"$T/key")" "$T/err"
is 's3rm needs none' "$(s3rm sse/one)" sse/one
done_testing
