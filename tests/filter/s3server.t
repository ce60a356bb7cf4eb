#!/bin/bash
# The S3 server of our own tests behaves as S3: two foreign clients, awscli and
# s3cmd, and requests signed by botocore and sent by curl say so.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/s3server.sh
. "$TESTS/lib/s3server.sh"
# shellcheck source=tests/lib/s3request.sh
. "$TESTS/lib/s3request.sh"

[ -x /usr/bin/aws ] || skip_all 'no awscli in /usr/bin'
s3server_start
export AWS_ACCESS_KEY_ID=$S3_ACCESS_KEY AWS_SECRET_ACCESS_KEY=$S3_SECRET_KEY
export AWS_DEFAULT_REGION=$S3_REGION AWS_CONFIG_FILE=/dev/null AWS_PAGER=
aws() { /usr/bin/aws --endpoint-url "$S3_ENDPOINT" "$@"; }

# awscli

head -c 104857600 /dev/urandom >big
head -c 100000 /dev/urandom >small
aws s3 cp --quiet - s3://test/a/big <big
aws s3 cp --quiet s3://test/a/big - >back
ok 'awscli streams 100 MB up in parts and down again' cmp big back
matches 'the ETag of parts has their number behind it' \
    "$(aws s3api head-object --bucket test --key a/big --query ETag)" '-13\\"'
aws s3 cp --quiet - s3://test/a/small <small
aws s3 cp --quiet s3://test/a/small - >back
ok 'awscli streams a small object' cmp small back
is 'the ETag of a small object is its MD5' \
    "$(aws s3api head-object --bucket test --key a/small --query ETag)" \
    "\"\\\"$(md5sum <small | cut -d' ' -f1)\\\"\""
ok 'awscli downloads in ranges' \
    aws s3 cp --quiet s3://test/a/big back
ok 'what it downloaded is what went up' cmp big back
is 'awscli lists with sizes' \
    "$(aws s3 ls --recursive s3://test/ | awk '{ print $3, $4 }')" \
    "104857600 a/big
100000 a/small"
is 'awscli lists common prefixes' "$(aws s3 ls s3://test | tr -d ' ')" PREa/
ok 'awscli copies an object in the server' \
    aws s3 cp --quiet s3://test/a/small s3://test/b/copy
ok 'awscli copies a large object in the server by parts' \
    aws s3 cp --quiet s3://test/a/big s3://test/b/bigcopy
aws s3 cp --quiet s3://test/b/bigcopy back
ok 'the copy is the same' cmp big back
ok 'awscli moves an object' aws s3 mv --quiet s3://test/b/copy s3://test/c
is 'where it was there is none' "$(aws s3 ls s3://test/b/copy)" ''
ok 'awscli puts metadata' aws s3api put-object --bucket test --key meta \
    --metadata one=1,two=zwei --content-type text/x-test \
    --storage-class STANDARD_IA --body small
is 'and gets it back' "$(aws s3api head-object --bucket test --key meta \
    --query '[Metadata.one,Metadata.two,ContentType,StorageClass]' \
    --output text)" "1	zwei	text/x-test	STANDARD_IA"
run aws s3api get-object --bucket test --key no/such /dev/null
matches 'awscli tells of a key that is not there' "$err" NoSuchKey
run env AWS_SECRET_ACCESS_KEY=wrong \
    /usr/bin/aws --endpoint-url "$S3_ENDPOINT" s3 ls
matches 'awscli with a wrong secret is refused' "$err" SignatureDoesNotMatch
run env AWS_ACCESS_KEY_ID=wrong \
    /usr/bin/aws --endpoint-url "$S3_ENDPOINT" s3 ls
matches 'awscli with an unknown key is refused' "$err" InvalidAccessKeyId
aws s3api create-multipart-upload --bucket test --key "mp ü" >up.json
id=$(aws s3api list-multipart-uploads --bucket test \
    --query 'Uploads[].[Key,UploadId]' --output text | cut -f2)
ok 'awscli lists an unfinished upload' grep -qF "$id" up.json
aws s3api upload-part --bucket test --key "mp ü" --upload-id "$id" \
    --part-number 3 --body small >/dev/null
is 'awscli lists its parts' "$(aws s3api list-parts --bucket test \
    --key "mp ü" --upload-id "$id" \
    --query 'Parts[].[PartNumber,Size]' --output text)" "3	100000"
is 'the server tells of one upload' "$(uploads_left)" 1
ok 'awscli aborts it' aws s3api abort-multipart-upload --bucket test \
    --key "mp ü" --upload-id "$id"
is 'and none is left' "$(uploads_left)" 0
ok 'awscli deletes several objects in one request' aws s3api delete-objects \
    --bucket test --delete 'Objects=[{Key=b/bigcopy},{Key=c},{Key=none}]'
is 'and leaves the others' "$(aws s3 ls --recursive s3://test/ |
    awk '{ print $4 }' | tr '\n' ' ')" 'a/big a/small meta '
ok 'awscli makes a bucket' aws s3 mb s3://other
run aws s3 rb s3://test
matches 'a bucket with objects is not removed' "$err" BucketNotEmpty
ok 'awscli removes an empty bucket' aws s3 rb s3://other
run aws s3 ls s3://other
matches 'which then is not there' "$err" NoSuchBucket
presigned=$(aws s3 presign s3://test/a/small)
curl -sS "$presigned" >back
ok 'a presigned URL gets the object' cmp small back
matches 'a presigned URL that was changed gets nothing' \
    "$(curl -sS "${presigned/small/big}" | head -c 500)" SignatureDoesNotMatch

# s3cmd

printf '%s\n' '[default]' "access_key = $S3_ACCESS_KEY" \
    "secret_key = $S3_SECRET_KEY" "host_base = ${S3_ENDPOINT#http://}" \
    "host_bucket = ${S3_ENDPOINT#http://}" 'use_https = False' >s3cfg
if [ -x /usr/bin/s3cmd ]; then
    rm -f back
    s3cmd -c s3cfg --quiet put big s3://test/s3cmd/big
    s3cmd -c s3cfg --quiet get s3://test/s3cmd/big back
    ok 's3cmd puts and gets 100 MB' cmp big back
    ok 's3cmd deletes it' s3cmd -c s3cfg --quiet del s3://test/s3cmd/big
else
    ok 's3cmd # SKIP not installed' true
fi

# Signatures

s3 GET /test
is 'a signed request is answered' "$code" 200
curl -sS "$S3_ENDPOINT/test" >body
matches 'an anonymous one is denied' "$(cat body)" '<Code>AccessDenied<'
# refused NAME STATUS CODE [what s3 takes...]
refused() {
    local name=$1 wanted="$2 $3"
    shift 3
    s3 "$@"
    is "$name" "$code $(error_code)" "$wanted"
}
refused 'a wrong secret' 403 SignatureDoesNotMatch GET /test secret=x
refused 'an unknown access key' 403 InvalidAccessKeyId GET /test access=x
refused 'a clock 16 minutes late' 403 RequestTimeTooSkewed GET /test skew=-960
refused 'a clock 16 minutes early' 403 RequestTimeTooSkewed GET /test skew=960
s3 GET /test skew=-800
is 'a clock 13 minutes late is taken' "$code" 200
refused 'another region' 400 AuthorizationHeaderMalformed GET /test region=eu
matches 'and the right one is told' "$(cat body)" '<Region>us-east-1</Region>'
refused 'a session token that nobody gave' 400 InvalidToken GET /test token=x
refused 'a body other than the one signed' 400 XAmzContentSHA256Mismatch \
    PUT /test/k data=abc send=abd
is 'which leaves no object' "$(server_log '.[-1].status')" 400
s3 GET /test/k
is 'not under its key either' "$code" 404
refused 'a header added behind the signature' 403 AccessDenied \
    GET /test -- -H 'x-amz-meta-a: 1'
refused 'a path changed behind the signature' 403 SignatureDoesNotMatch \
    GET /test/a/small to=/test/a/big
refused 'a query changed behind the signature' 403 SignatureDoesNotMatch \
    GET '/test?prefix=a' 'to=/test?prefix=b'
refused 'a wrong Content-MD5' 400 BadDigest \
    PUT /test/k data=abc header="Content-MD5: $(printf abd | openssl md5 \
        -binary | base64)"
refused 'a Content-MD5 that is none' 400 InvalidDigest \
    PUT /test/k data=abc header='Content-MD5: abc'
refused 'a wrong checksum' 400 BadDigest \
    PUT /test/k data=abc header='x-amz-checksum-crc32: AAAAAA=='
s3 PUT /test/k data=abc payload=UNSIGNED-PAYLOAD send=xyz
is 'a payload that is not signed is taken as it comes' "$code" 200
# S3's own chunks inside the body

# chunked TEXT PAYLOAD...: a PUT in aws-chunked form that decodes to 5 bytes
chunked() {
    s3 PUT /test/chunked payload="$2" send="$1" \
        header='Content-Encoding: aws-chunked' \
        header='x-amz-decoded-content-length: 5' "${@:3}"
}
trailer='header=x-amz-trailer: x-amz-checksum-crc32'
chunked $'3\r\nhel\r\n2\r\nlo\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n' \
    STREAMING-UNSIGNED-PAYLOAD-TRAILER "$trailer"
is 'chunks with a trailer are taken' "$code" 200
s3 GET /test/chunked
is 'and taken apart' "$(cat body)" hello
ok 'no trace of the framing is kept' not grep -qi aws-chunked head
chunked $'5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n' \
    STREAMING-UNSIGNED-PAYLOAD-TRAILER "$trailer" -- \
    -H 'Transfer-Encoding: chunked' "$S3_ENDPOINT/test/chunked"
is 'in HTTP chunks too, which leave the connection clean' "$code" 200200
chunked $'5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n' \
    STREAMING-UNSIGNED-PAYLOAD-TRAILER "$trailer"
is 'a checksum in the trailer is checked' "$code $(error_code)" '400 BadDigest'
chunked $'4\r\nhell\r\n0\r\n\r\n' STREAMING-UNSIGNED-PAYLOAD-TRAILER
is 'so is the length' "$code $(error_code)" '400 IncompleteBody'
chunked $'5;chunk-signature=00\r\nhello\r\n0;chunk-signature=00\r\n\r\n' \
    STREAMING-AWS4-HMAC-SHA256-PAYLOAD
is 'a chunk with a wrong signature' "$code $(error_code)" \
    '403 SignatureDoesNotMatch'
# The worked example of sigv4-streaming.html in AWS's documentation.
ok 'signed chunks are checked as AWS does' \
    env PYTHONPATH="$TESTS/lib/s3server" /usr/bin/python3 -B -c '
import hashlib
from signature import *
access, secret = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
seed = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
signer = ChunkSigner(
    Claim(access + "/20130524/us-east-1/s3/aws4_request", "host", seed,
          "20130524T000000Z", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
    Credentials(access, secret, None, "us-east-1"))
for size, signature in (
    (65536, "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"),
    (1024, "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"),
    (0, "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9")):
    signer.check("PAYLOAD", [EMPTY_SHA256, sha256_hex(b"a" * size)], signature)
'

# Keys, and what else is refused

refused 'a key that is not UTF-8' 400 InvalidURI PUT /test/%ff data=a
refused 'a key of 1,025 bytes' 400 KeyTooLongError \
    PUT "/test/$(printf 'k%.0s' {1..1025})" data=a
refused 'a bucket that is not there' 404 NoSuchBucket GET /none/key
matches 'every answer has a request id' "$(cat head)" 'x-amz-request-id: \w'
s3 HEAD /test/none
is 'an error to a HEAD has no body' "$code $(wc -c <body)" '404 0'

# Every key, byte for byte

for key in 'a b' a+b a%2Bb 'x//y' ./x ../x / 'q?a=b&c' '#' '*()' $'tab\tnew\nline' \
    $'\001' $'cr\r' 'ü€𝄞' '~-._' "'\"" '<&>' "$(printf 'k%.0s' {1..1024})"; do
    path=/strange/$(percent "$key" /)
    s3 PUT /strange >/dev/null
    s3 PUT "$path" data="$key"
    s3 GET "$path"
    is "key $(printf %.20q "$key"): put and got" "$code $(cat body && echo x)" \
        "200 ${key}x"
    s3 GET '/strange?list-type=2&encoding-type=url'
    is "key $(printf %.20q "$key"): listed" "$(unplus "$(element Key)")" "$key"
    s3 DELETE "$path"
    is "key $(printf %.20q "$key"): deleted" "$code" 204
done

# Listing

for n in 1 2 3 4 5 6 7; do s3 PUT "/strange/p/$n" data="$n"; done
s3 PUT /strange/p/4/x data=x
s3 PUT /strange/p/4/y data=y
s3 PUT /strange/q data=q
# pages QUERY: the names of all pages of a listing, `|` between two.
pages() {
    local token='' all=''
    while :; do
        s3 GET "/strange?list-type=2&$1${token:+&continuation-token=$token}"
        all+=$(element 'Key|Prefix><\/CommonPrefixes' | tr '\n' ' ')'|'
        token=$(percent "$(element NextContinuationToken)")
        [ -n "$token" ] || break
    done
    printf '%s\n' "$all"
}
is 'all keys come in pages of three, in order' "$(pages 'max-keys=3')" \
    'p/1 p/2 p/3 |p/4 p/4/x p/4/y |p/5 p/6 p/7 |q |'
is 'a prefix limits them' "$(pages 'prefix=p%2F4')" 'p/4 p/4/x p/4/y |'
is 'start-after begins behind a key' "$(pages 'start-after=p%2F6')" 'p/7 q |'
s3 GET '/strange?list-type=2&delimiter=%2F&prefix=p%2F&max-keys=4'
is 'a common prefix counts as one' \
    "$(element Key | tr '\n' ' ')$(element KeyCount)" 'p/1 p/2 p/3 p/4 4'
token=$(percent "$(element NextContinuationToken)")
s3 GET "/strange?list-type=2&delimiter=%2F&prefix=p%2F&max-keys=1&continuation-token=$token"
is 'it is told at its place' "$(element KeyCount) $(grep -o \
    '<CommonPrefixes><Prefix>[^<]*' body)" '1 <CommonPrefixes><Prefix>p/4/'
token=$(percent "$(element NextContinuationToken)")
s3 GET "/strange?list-type=2&delimiter=%2F&prefix=p%2F&continuation-token=$token"
is 'and once' "$(element Key | tr '\n' ' ')$(element KeyCount)" 'p/5 p/6 p/7 3'
s3 GET '/strange?marker=p%2F5&max-keys=2'
is 'the first version lists by marker' \
    "$(element Key | tr '\n' ' ')$(element IsTruncated)" 'p/6 p/7 true'
refused 'a token that the server did not make' 400 InvalidArgument \
    GET '/strange?list-type=2&continuation-token=abc'
refused 'max-keys that is no number' 400 InvalidArgument \
    GET '/strange?list-type=2&max-keys=x'
s3 PUT "/strange/$(percent $'\001')" data=x
s3 GET '/strange?list-type=2'
is 'a control character is U+FFFD without encoding-type' \
    "$(element Key | head -n 1)" $'\uFFFD'
ok 'and the listing is well-formed' xml_well_formed

# DeleteObjects

md5() { openssl md5 -binary | base64; }
# delete_body [TEXT]: a <Delete> with the text behind its objects p/1 and p/2
delete_body() {
    printf '<Delete>%s<Object><Key>p/1</Key></Object>%s</Delete>' "${1-}" \
        '<Object><Key>p/2</Key></Object>'
}
refused 'DeleteObjects without a digest' 400 InvalidRequest \
    POST '/strange?delete' data="$(delete_body)"
s3 POST '/strange?delete' data="$(delete_body)" \
    header="Content-MD5: $(delete_body | md5)"
is 'DeleteObjects names what is gone' "$code $(element Key | tr '\n' ' ')" \
    '200 p/1 p/2 '
s3 POST '/strange?delete' data="$(delete_body '<Quiet>true</Quiet>')" \
    header="Content-MD5: $(delete_body '<Quiet>true</Quiet>' | md5)"
is 'and when quiet nothing' "$code $(element Key)" '200 '
body=$(printf '<Delete>'
    printf '<Object><Key>k%d</Key></Object>' {1..1001}
    printf '</Delete>')
refused '1,001 keys at once' 400 MalformedXML POST '/strange?delete' \
    data="$body" header="Content-MD5: $(printf %s "$body" | md5)"

# Ranges and conditions

s3 PUT /test/ten data=0123456789
etag=$(sed -n 's/^ETag: //p' head | tr -d '\r')
for pair in 2-4=234 7-=789 -3=789 5-100=56789 -100=0123456789; do
    s3 GET /test/ten header="Range: bytes=${pair%=*}"
    is "bytes=${pair%=*}" "$code $(cat body)" "206 ${pair#*=}"
done
matches 'a Content-Range tells the place' "$(cat head)" \
    'Content-Range: bytes 0-9/10'
refused 'a range behind the end' 416 InvalidRange \
    GET /test/ten header='Range: bytes=10-'
matches 'tells the size' "$(cat head)" 'Content-Range: bytes \*/10'
s3 GET /test/ten header="If-Match: $etag"
is 'If-Match that does' "$code" 200
refused 'If-Match that does not' 412 PreconditionFailed \
    GET /test/ten header='If-Match: "x"'
s3 GET /test/ten header="If-None-Match: $etag"
is 'If-None-Match' "$code" 304
s3 GET /test/ten header="If-Modified-Since: $(LC_ALL=C date -u -R |
    sed 's/+0000/GMT/')"
is 'If-Modified-Since' "$code" 304
refused 'If-None-Match: * over an object' 412 PreconditionFailed \
    PUT /test/ten data=x header='If-None-Match: *'
s3 PUT /test/new data=x header='If-None-Match: *'
is 'If-None-Match: * over none' "$code" 200
refused 'object lock without a digest' 400 InvalidRequest PUT /test/lock \
    data=x header='x-amz-object-lock-mode: GOVERNANCE'
refused 'a key of SSE-C over plain HTTP' 400 InvalidRequest GET /test/ten \
    header='x-amz-server-side-encryption-customer-key-md5: x'

# Multipart uploads

s3 POST '/test/mp?uploads'
id=$(percent "$(element UploadId)")
for n in 1 2; do
    head -c $((n == 1 ? 5242880 : 10)) big >part
    s3 PUT "/test/mp?partNumber=$n&uploadId=$id" file=part
    etags[n]=$(sed -n 's/^ETag: //p' head | tr -d '\r')
done
complete_body() { # NUMBER...
    printf '<CompleteMultipartUpload>'
    for n; do
        printf '<Part><PartNumber>%d</PartNumber><ETag>%s</ETag></Part>' \
            "$n" "${etags[n]-x}"
    done
    printf '</CompleteMultipartUpload>'
}
complete() { s3 POST "/test/mp?uploadId=$id" data="$(complete_body "$@")"; }
complete 2 1
is 'parts in descending order' "$code $(error_code)" '400 InvalidPartOrder'
complete 1 3
is 'a part that nobody sent' "$code $(error_code)" '400 InvalidPart'
s3 PUT "/test/mp?partNumber=3&uploadId=$id" file=part
etags[3]=${etags[2]}
complete 1 2 3
is 'a small part that is not the last' "$code $(error_code)" \
    '400 EntityTooSmall'
refused 'no part at all' 400 MalformedXML POST "/test/mp?uploadId=$id" \
    data='<CompleteMultipartUpload/>'
refused 'a part of number 10,001' 400 InvalidArgument \
    PUT "/test/mp?partNumber=10001&uploadId=$id" data=x
complete 1 2
is 'a good one is completed' "$code" 200
s3 GET /test/mp
ok 'the object is its parts' cmp body \
    <(head -c 5242880 big && head -c 10 big)
complete 1 2
is 'completed twice' "$code $(error_code)" '404 NoSuchUpload'
for n in 1 2 3; do s3 POST "/test/many$n?uploads"; done
s3 GET '/test?uploads&max-uploads=2'
is 'uploads are listed in pages' \
    "$(element Key | tr '\n' ' ')$(element IsTruncated)" 'many1 many2 true'
s3 GET "/test?uploads&key-marker=$(element NextKeyMarker)&upload-id-marker=$(
    percent "$(element NextUploadIdMarker)")"
is 'and the next page follows' "$(element Key) $(element IsTruncated)" \
    'many3 false'

# What is on disk, and who may live on

served=$T/.s3server.1
ok 'no body is left in the temporary directory' test -z "$(ls "$served/tmp")"
s3 PUT /twice
s3 PUT /twice/key data=one
s3 PUT /twice/key data=two
is 'an object that was replaced leaves no bytes' \
    "$(find "$served/buckets/twice" -type f | wc -l)" 2
fault '{"op":"GetObject","action":{"stall":1,"at":"body"}}'
curl -sS "$(aws s3 presign s3://twice/key)" >slow &
until [ "$(faults_fired)" = 1 ]; do sleep 0.05; done
s3 DELETE /twice/key
wait $!
is 'one that is deleted while it is read is read to its end' "$(cat slow)" two
no_bytes() { [ -z "$(find "$served/buckets/twice" -type f)" ]; }
ok 'and then leaves no bytes either' await 10 no_bytes
faults_clear
count=$(object_count)
s3server_stop "$s3server_pid"
s3server_start --dir "$served" --session-token 'T/+=' --region eu-test-1
is 'a server started again finds its objects' "$(object_count)" "$count"
is 'and forgets unfinished uploads' "$(uploads_left)" 0
refused 'no session token' 403 InvalidAccessKeyId GET /test region=eu-test-1
s3 GET /test/ten region=eu-test-1 token='T/+='
is 'the right session token' "$code $(cat body)" '200 0123456789'
host=bucket.localhost:${S3_ENDPOINT##*:}
s3 PUT / host="$host" region=eu-test-1 token='T/+='
s3 PUT /k host="$host" data=virtual region=eu-test-1 token='T/+='
s3 GET /bucket/k region=eu-test-1 token='T/+='
is 'virtual and path style are the same place' "$code $(cat body)" \
    '200 virtual'
s3 HEAD /test
matches 'a HEAD of a bucket tells its region' "$code $(cat head)" \
    '^400 .*x-amz-bucket-region: eu-test-1'
s3server_stop "$s3server_pid"

sleep 30 &
parent=$!
s3server_start --parent-pid "$parent"
kill "$parent"
wait "$parent" 2>/dev/null
wait "$s3server_pid"
is 'the server ends when its parent does' "$?" 0
done_testing
