#!/usr/bin/env bash
# What is tried again, what is mended first, what is believed of an answer that
# was lost or is odd: on the wire.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/s3server.sh"
s3server_start

fresh() { faults_clear && server_log_clear; }
ops() { server_log '[.[].op] | join(" ")' | tr -d '"'; }
count() { server_log '[.[] | select(.op == "'"$1"'")] | length'; }
head -c 9000000 /dev/urandom >"$T/in"
holds() { s3get -q "$1" | cmp - "$T/in"; }

# ---- again, or never
for answer in 400,RequestTimeout 503,SlowDown 500,InternalError 503,ServiceUnavailable 409,OperationAborted \
    408,x 429,x 502,x 504,x; do
    fresh
    fault '{"op":"PutObject","times":1,"action":{"status":'"${answer%,*}"',"code":"'"${answer#*,}"'"}}'
    run s3put again <<<x
    exits "$answer" 0
    is "$answer is tried again" "$(ops)" 'PutObject PutObject'
done
for answer in 501,NotImplemented 400,InvalidArgument; do
    fresh
    fault '{"op":"PutObject","times":-1,"action":{"status":'"${answer%,*}"',"code":"'"${answer#*,}"'"}}'
    run s3put never <<<x
    matches "$answer is told" "$err" "put never: ${answer/,/ }"
    is "$answer is final, once it is tried without a checksum" "$(ops)" 'PutObject PutObject'
done
for answer in 403,AccessDenied 404,NoSuchBucket 405,MethodNotAllowed \
    411,MissingContentLength 400,EntityTooLarge 403,QuotaExceeded; do
    fresh
    fault '{"op":"PutObject","times":1,"action":{"status":'"${answer%,*}"',"code":"'"${answer#*,}"'"}}'
    run s3put never <<<x
    matches "$answer is told" "$err" "put never: ${answer/,/ }"
    is "$answer is final" "$(ops)" PutObject
done
fresh
fault '{"op":"PutObject","times":1,"action":{"status":503,"code":"SlowDown","headers":{"Retry-After":"2"}}}'
before=$EPOCHREALTIME
run s3put after <<<x
took=$(((${EPOCHREALTIME/./} - ${before/./}) / 1000))
exits 'Retry-After' 0
ok "is heeded ($took ms)" test "$took" -ge 2000
for after in -1 100x 99999999999 'Fri, 31 Dec 2100 23:59:59 GMT'; do
    fresh
    fault '{"op":"PutObject","times":1,"action":{"status":503,"code":"SlowDown","headers":{"Retry-After":"'"$after"'"}}}'
    run timeout 30 s3put after <<<x
    exits "a Retry-After of $after is not" 0
done
fresh
fault '{"op":"PutObject","times":-1,"action":{"status":503,"code":"SlowDown","headers":{"Retry-After":"100"}}}'
s3put interrupted <<<x 2>"$T/err" &
put=$!
await 5 eval '[ "$(count PutObject)" = 1 ]'
before=$SECONDS
kill -TERM $put
wait $put
is 'a pause ends with a signal' $? 143
ok 'at once' test $((SECONDS - before)) -le 2
fresh
fault '{"op":"ListObjectsV2","times":1,"action":{"status":503,"code":"SlowDown"}}'
s3ls >/dev/null
is 'a 503 is followed by a new connection' "$(server_log '[.[].connection] | unique | length')" 2

# ---- mended
fresh
fault '{"op":"PutObject","times":1,"action":{"status":307,"body":"<Error><Code>TemporaryRedirect</Code><Endpoint>test.s3-eu-west-9.example.com</Endpoint></Error>"}}'
run s3put moved <<<x
matches 'a 307 names the region in its endpoint' \
    "$(server_log '.[1].headers[] | select((.[0] | ascii_downcase) == "authorization") | .[1]')" '/eu-west-9/s3/aws4_request'
fresh
fault '{"op":"HeadObject","times":-1,"action":{"status":403,"code":"AccessDenied"}}'
fault '{"op":"GetObject","times":-1,"action":{"status":403,"code":"AccessDenied","message":"in words"}}'
run s3put -n why <<<x
exits 'a HEAD that is refused is asked why' 1 'head why: 403 AccessDenied: in words'
is 'by a GET of one byte' "$(server_log '[.[].op]')" '["HeadObject","GetObject"]'
s3server_start --region eu-west-9
export S3_REGION=us-east-1
run s3put -n region <<<x
exits 'a HEAD signed for another region' 0
is 'learns it by a GET, once' "$(ops)" 'HeadObject GetObject HeadObject HeadObject PutObject'
run s3put region2 <"$T/in"
exits 'so do the workers of an upload' 0
ok 'and of a download' holds region2
s3server_start

# ---- what became of Complete
fresh
fault '[{"op":"CompleteMultipartUpload","times":-1,"action":{"reset":"after"}},{"op":["HeadObject","GetObject"],"times":-1,"action":{"status":403,"code":"AccessDenied"}}]'
S3_RETRIES=2 run s3put doubt <"$T/in"
exits 'a Complete that is never answered, and cannot be asked for' 1 'not confirmed; may exist: complete upload of doubt'
fresh
fault '{"op":"CompleteMultipartUpload","times":-1,"action":{"reset":"after"}}'
S3_RETRIES=2 run s3put lost <"$T/in"
exits 'a Complete whose answer is lost each time' 0
ok 'is found by a HEAD' holds lost
fresh
fault '{"op":"CompleteMultipartUpload","times":-1,"action":{"reset":"before"}}'
S3_RETRIES=2 run s3put never2 <"$T/in"
exits 'a Complete that never arrives' 1 'complete upload of never2: .*\(2 tries\)|complete upload of never2: '
run s3get never2
is 'has made nothing' "$status" 3
is 'and leaves nothing' "$(uploads_left)" 0
for silence in '"stall":3,"at":"headers"' '"spaces":3'; do
    fresh
    fault '{"op":"CompleteMultipartUpload","times":1,"action":{'"$silence"'}}'
    S3_TIMEOUT=1 S3_RETRIES=1 run s3put silent <"$T/in"
    exits "a Complete may be silent ($silence)" 0
done
fresh
fault '{"op":"CompleteMultipartUpload","times":1,"action":{"spaces":1,"error_200":"InternalError"}}'
run s3put spaces <"$T/in"
exits 'an error behind spaces is one' 0
is 'and is tried again' "$(count CompleteMultipartUpload)" 2
fresh
fault '{"op":"CompleteMultipartUpload","times":1,"action":{"body":""}}'
run s3put odd <"$T/in"
exits 'a 200 without a result is looked after' 0
fresh
fault '[{"op":"CompleteMultipartUpload","times":1,"action":{"body":"","carry_out":false}},{"op":["HeadObject","GetObject"],"times":-1,"action":{"status":404,"code":"NoSuchKey"}}]'
run s3put odd2 <"$T/in"
exits 'and not believed, if nothing is there' 1 'not confirmed; may exist: the answer is no'
fresh
fault '{"op":["HeadObject","GetObject"],"times":-1,"action":{"status":404,"code":"NoSuchKey"}}'
run s3put gone <"$T/in"
exits 'what is not there after Complete' 1 'not confirmed; may exist: head gone: 404'
fresh
fault '{"op":["HeadObject","GetObject"],"times":-1,"action":{"status":403,"code":"AccessDenied"}}'
run s3put putonly <"$T/in"
exits 'who may only put needs no HEAD' 0
fresh
fault '{"op":"HeadObject","times":-1,"action":{"wrong_length":1000}}'
run s3put size <"$T/in"
exits 'a size that is not ours' 1 'size: the store has [0-9]+ bytes of 9000000'
fresh
fault '{"op":"HeadObject","times":-1,"action":{"status":200,"headers":{"ETag":"\"e\""}}}'
run s3put size <"$T/in"
exits 'a size that is not ours, without an id' 1 'size: the store has [0-9]+ bytes of 9000000'
fresh
fault '{"op":"HeadObject","times":-1,"action":{"wrong_length":1000,"headers":{"x-amz-meta-s3pipe-id":"another"}}}'
run s3put size <"$T/in"
exits 'a size that is not ours, of an object put since then' 0
done_testing
