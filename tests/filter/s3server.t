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
export AWS_DEFAULT_REGION=$S3_REGION AWS_PAGER=
endpoint=$S3_ENDPOINT
served=$T/.s3server.1

# aws ARGUMENT...: a command of awscli, which is started once for them all.
mkfifo "$T/.aws"
exec {aws_answers}< <(exec /usr/bin/python3 "$TESTS/lib/aws_commands.py" "$T/.aws.out" "$T/.aws.err" <"$T/.aws") \
    {aws_requests}>"$T/.aws"
at_exit "kill $!; wait $!"
aws() {
    local answer
    set -- "$BASHPID" "$PWD" "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" \
        --endpoint-url "$S3_ENDPOINT" "$@"
    printf '%s\n' "${*@Q}" >&"$aws_requests"
    read -r -u "$aws_answers" answer # which leaves stdin
    cat "$T/.aws.out"
    cat "$T/.aws.err" >&2
    return "$answer"
}

# Three parts of awscli's 8 MiB, two of s3cmd's 15.
head -c 17825792 /dev/urandom >"$T/big"
head -c 100000 /dev/urandom >"$T/small"
# fresh: the first server, without objects, uploads, faults and a log.
fresh() {
    S3_ENDPOINT=$endpoint
    s3server_empty
}
# count OP STATUS: how many such requests were answered so.
count() { server_log "map(select(.op == \"$1\" and .status == $2)) | length"; }
# puts KEY...: small objects of these keys, which need no percent form.
puts() { for name; do s3 PUT "/test/$name" data=x; done; }
# keys: those of a listing that was answered, a blank behind each.
keys() { element Key | tr '\n' ' '; }
# refused NAME STATUS CODE [what s3 takes...]
refused() {
    local name=$1 wanted="$2 $3"
    shift 3
    s3 "$@"
    is "$name" "$code $(error_code)" "$wanted"
}

# awscli

if testcase 'awscli with a large object'; then
    fresh
    aws s3 cp --quiet - s3://test/a/big <"$T/big"
    aws s3 cp --quiet s3://test/a/big - >back
    ok 'awscli streams it up in parts and down again' cmp "$T/big" back
    is 'awscli has sent three parts' "$(count UploadPart 200)" 3
    matches 'its ETag has the number of parts behind it' \
        "$(aws s3api head-object --bucket test --key a/big --query ETag)" '-3\\"'
    server_log_clear
    ok 'awscli downloads it in ranges' aws s3 cp --quiet s3://test/a/big ranges
    is 'awscli has asked for three ranges' "$(count GetObject 206)" 3
    ok 'what awscli has downloaded is what went up' cmp "$T/big" ranges
fi

if testcase 'awscli with a small object'; then
    fresh
    aws s3 cp --quiet - s3://test/a/small <"$T/small"
    aws s3 cp --quiet s3://test/a/small - >back
    ok 'awscli streams it up and down again' cmp "$T/small" back
    is 'its ETag is its MD5' \
        "$(aws s3api head-object --bucket test --key a/small --query ETag)" \
        "\"\\\"$(md5sum <"$T/small" | cut -d' ' -f1)\\\"\""
fi

if testcase 'awscli lists'; then
    fresh
    s3 PUT /test/a/big file="$T/big"
    s3 PUT /test/a/small file="$T/small"
    is 'keys have their sizes' \
        "$(aws s3 ls --recursive s3://test/ | awk '{ print $3, $4 }')" \
        "17825792 a/big
100000 a/small"
    is 'keys have common prefixes' "$(aws s3 ls s3://test | tr -d ' ')" PREa/
fi

if testcase 'awscli copies an object in the server'; then
    fresh
    s3 PUT /test/a/big file="$T/big"
    s3 PUT /test/a/small file="$T/small"
    ok 'a small one is copied at once' \
        aws s3 cp --quiet s3://test/a/small s3://test/b/copy
    s3 GET /test/b/copy
    ok 'the copy of a small one is the same' cmp "$T/small" body
    ok 'a large one is copied by parts' \
        aws s3 cp --quiet s3://test/a/big s3://test/b/bigcopy
    is 'a large one has three parts' "$(count UploadPartCopy 200)" 3
    s3 GET /test/b/bigcopy
    ok 'the copy of a large one is the same' cmp "$T/big" body
fi

if testcase 'awscli moves an object'; then
    fresh
    puts b/copy
    ok 'awscli succeeds' aws s3 mv --quiet s3://test/b/copy s3://test/c
    is 'there is none where it was' "$(aws s3 ls s3://test/b/copy)" ''
    s3 GET /test/c
    is 'it is where it belongs' "$code $(cat body)" '200 x'
fi

if testcase 'awscli puts metadata'; then
    fresh
    ok 'awscli succeeds' aws s3api put-object --bucket test --key meta \
        --metadata one=1,two=zwei --content-type text/x-test \
        --storage-class STANDARD_IA --body "$T/small"
    is 'awscli gets it back' "$(aws s3api head-object --bucket test --key meta \
        --query '[Metadata.one,Metadata.two,ContentType,StorageClass]' \
        --output text)" "1	zwei	text/x-test	STANDARD_IA"
fi

if testcase 'awscli understands a refusal'; then
    fresh
    run aws s3api get-object --bucket test --key no/such /dev/null
    matches 'a key may not be there' "$err" NoSuchKey
    AWS_SECRET_ACCESS_KEY=wrong run aws s3 ls
    matches 'a secret may be wrong' "$err" SignatureDoesNotMatch
    AWS_ACCESS_KEY_ID=wrong run aws s3 ls
    matches 'an access key may be unknown' "$err" InvalidAccessKeyId
fi

if testcase 'awscli and an unfinished upload'; then
    fresh
    aws s3api create-multipart-upload --bucket test --key "mp ü" >up.json
    id=$(aws s3api list-multipart-uploads --bucket test \
        --query 'Uploads[].[Key,UploadId]' --output text | cut -f2)
    ok 'awscli lists it' grep -qF "$id" up.json
    aws s3api upload-part --bucket test --key "mp ü" --upload-id "$id" \
        --part-number 3 --body "$T/small" >/dev/null
    is 'awscli lists its parts' "$(aws s3api list-parts --bucket test \
        --key "mp ü" --upload-id "$id" \
        --query 'Parts[].[PartNumber,Size]' --output text)" "3	100000"
    is 'the server reports one upload' "$(uploads_left)" 1
    ok 'awscli aborts it' aws s3api abort-multipart-upload --bucket test \
        --key "mp ü" --upload-id "$id"
    is 'none is left after that' "$(uploads_left)" 0
fi

if testcase 'awscli deletes several objects'; then
    fresh
    puts a b/bigcopy c d
    ok 'one request does it' aws s3api delete-objects \
        --bucket test --delete 'Objects=[{Key=b/bigcopy},{Key=c},{Key=none}]'
    s3 GET '/test?list-type=2'
    is 'other objects stay' "$(keys)" 'a d '
fi

if testcase 'awscli and a bucket'; then
    fresh
    puts a
    ok 'awscli makes it' aws s3 mb s3://other
    run aws s3 rb s3://test
    matches 'it is not removed while it has objects' "$err" BucketNotEmpty
    ok 'awscli removes it when it is empty' aws s3 rb s3://other
    run aws s3 ls s3://other
    matches 'it is not there after that' "$err" NoSuchBucket
fi

if testcase 'a presigned URL'; then
    fresh
    s3 PUT /test/a/small file="$T/small"
    s3 PUT /test/a/big data=x
    presigned=$(aws s3 presign s3://test/a/small)
    curl -sS "$presigned" >back
    ok 'it gets the object' cmp "$T/small" back
    matches 'it gets nothing once it was changed' \
        "$(curl -sS "${presigned/small/big}" | head -c 500)" SignatureDoesNotMatch
fi

# s3cmd

if testcase 's3cmd with a large object'; then
    fresh
    printf '%s\n' '[default]' "access_key = $S3_ACCESS_KEY" \
        "secret_key = $S3_SECRET_KEY" "host_base = ${S3_ENDPOINT#http://}" \
        "host_bucket = ${S3_ENDPOINT#http://}" 'use_https = False' >s3cfg
    if [ -x /usr/bin/s3cmd ]; then
        s3cmd -c s3cfg --quiet put "$T/big" s3://test/s3cmd/big
        s3cmd -c s3cfg --quiet get s3://test/s3cmd/big back
        ok 's3cmd puts and gets it' cmp "$T/big" back
        is 's3cmd has sent two parts' "$(count UploadPart 200)" 2
        ok 's3cmd deletes it' s3cmd -c s3cfg --quiet del s3://test/s3cmd/big
    else
        ok 's3cmd # SKIP not installed' true
    fi
fi

# Signatures

if testcase 'a request'; then
    fresh
    s3 GET /test
    is 'it is answered when it is signed' "$code" 200
    matches 'its answer has a request id' "$(cat head)" 'x-amz-request-id: \w'
    curl -sS "$S3_ENDPOINT/test" >body
    matches 'it is denied when it is anonymous' "$(cat body)" '<Code>AccessDenied<'
fi

if testcase 'signatures'; then
    fresh
    refused 'a wrong secret is refused' 403 SignatureDoesNotMatch GET /test secret=x
    refused 'an unknown access key is refused' 403 InvalidAccessKeyId GET /test access=x
    refused 'a clock 16 minutes late is refused' 403 RequestTimeTooSkewed GET /test skew=-960
    refused 'a clock 16 minutes early is refused' 403 RequestTimeTooSkewed GET /test skew=960
    s3 GET /test skew=-800
    is 'a clock 13 minutes late is taken' "$code" 200
    refused 'another region is refused' 400 AuthorizationHeaderMalformed GET /test region=eu
    matches 'the answer to another region names the right one' "$(cat body)" '<Region>us-east-1</Region>'
    refused 'a session token that nobody gave is refused' 400 InvalidToken GET /test token=x
fi

if testcase 'a body other than the one signed'; then
    fresh
    refused 'it is refused' 400 XAmzContentSHA256Mismatch PUT /test/k data=abc send=abd
    is 'the log has the refusal' "$(server_log '.[-1].status')" 400
    s3 GET /test/k
    is 'it leaves no object' "$code" 404
    s3 PUT /test/k data=abc payload=UNSIGNED-PAYLOAD send=xyz
    is 'it is taken as it comes where the payload is not signed' "$code" 200
fi

if testcase 'what is changed behind the signature'; then
    fresh
    refused 'a header is refused' 403 AccessDenied GET /test -- -H 'x-amz-meta-a: 1'
    refused 'a path is refused' 403 SignatureDoesNotMatch GET /test/a/small to=/test/a/big
    refused 'a query is refused' 403 SignatureDoesNotMatch \
        GET '/test?prefix=a' 'to=/test?prefix=b'
fi

if testcase 'digests of a body'; then
    fresh
    refused 'a wrong Content-MD5 is refused' 400 BadDigest \
        PUT /test/k data=abc header="Content-MD5: $(printf abd | openssl md5 \
            -binary | base64)"
    refused 'a Content-MD5 that is not one is refused' 400 InvalidDigest \
        PUT /test/k data=abc header='Content-MD5: abc'
    refused 'a wrong checksum is refused' 400 BadDigest \
        PUT /test/k data=abc header='x-amz-checksum-crc32: AAAAAA=='
fi

# S3's own chunks inside the body

# chunked TEXT PAYLOAD...: a PUT in aws-chunked form that decodes to 5 bytes
chunked() {
    s3 PUT /test/chunked payload="$2" send="$1" \
        header='Content-Encoding: aws-chunked' \
        header='x-amz-decoded-content-length: 5' "${@:3}"
}
trailer='header=x-amz-trailer: x-amz-checksum-crc32'
if testcase 'chunks in a body'; then
    fresh
    chunked $'3\r\nhel\r\n2\r\nlo\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n' \
        STREAMING-UNSIGNED-PAYLOAD-TRAILER "$trailer"
    is 'they are taken with a trailer' "$code" 200
    s3 GET /test/chunked
    is 'they are taken apart' "$(cat body)" hello
    ok 'no trace of them is kept' not grep -qi aws-chunked head
    chunked $'5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n' \
        STREAMING-UNSIGNED-PAYLOAD-TRAILER "$trailer" -- \
        -H 'Transfer-Encoding: chunked' "$S3_ENDPOINT/test/chunked"
    is 'they are taken in HTTP chunks too, and leave the connection clean' "$code" 200200
    chunked $'5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n' \
        STREAMING-UNSIGNED-PAYLOAD-TRAILER "$trailer"
    is 'the checksum in their trailer is checked' "$code $(error_code)" '400 BadDigest'
    chunked $'4\r\nhell\r\n0\r\n\r\n' STREAMING-UNSIGNED-PAYLOAD-TRAILER
    is 'their length is checked' "$code $(error_code)" '400 IncompleteBody'
    chunked $'5;chunk-signature=00\r\nhello\r\n0;chunk-signature=00\r\n\r\n' \
        STREAMING-AWS4-HMAC-SHA256-PAYLOAD
    is 'their signature is checked' "$code $(error_code)" '403 SignatureDoesNotMatch'
fi

# The worked example of sigv4-streaming.html in AWS's documentation.
if testcase 'the signed chunks of the example of AWS'; then
    ok 'they have the signatures of the example' \
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
fi

# Keys

if testcase 'a wrong key'; then
    fresh
    refused 'one that is not UTF-8 is refused' 400 InvalidURI PUT /test/%ff data=a
    refused 'one of 1,025 bytes is refused' 400 KeyTooLongError \
        PUT "/test/$(printf 'k%.0s' {1..1025})" data=a
    refused 'one in a bucket that is not there is refused' 404 NoSuchBucket GET /none/key
    s3 HEAD /test/none
    is 'a HEAD of one without an object has no body' "$code $(wc -c <body)" '404 0'
fi

if testcase 'every key comes back byte for byte'; then
    fresh
    for key in 'a b' a+b a%2Bb 'x//y' ./x ../x / 'q?a=b&c' '#' '*()' $'tab\tnew\nline' \
        $'\001' $'cr\r' 'ü€𝄞' '~-._' "'\"" '<&>' "$(printf 'k%.0s' {1..1024})"; do
        path=/test/$(percent "$key" /)
        name=$(printf %.20q "$key")
        s3 PUT "$path" data="$key"
        s3 GET "$path"
        is "$name is put and got" "$code $(cat body && echo x)" "200 ${key}x"
        s3 GET '/test?list-type=2&encoding-type=url'
        is "$name is listed" "$(unplus "$(element Key)")" "$key"
        s3 DELETE "$path"
        is "$name is deleted" "$code" 204
    done
fi

# Listing

# pages QUERY: the names of all pages of a listing, `|` between two.
pages() {
    local token='' all=''
    while :; do
        s3 GET "/test?list-type=2&$1${token:+&continuation-token=$token}"
        all+=$(element 'Key|Prefix><\/CommonPrefixes' | tr '\n' ' ')'|'
        token=$(percent "$(element NextContinuationToken)")
        [ -n "$token" ] || break
    done
    printf '%s\n' "$all"
}
if testcase 'a listing'; then
    fresh
    puts p/1 p/2 p/3 p/4 p/4/x p/4/y p/5 p/6 p/7 q
    is 'it comes in pages of three, in order' "$(pages 'max-keys=3')" \
        'p/1 p/2 p/3 |p/4 p/4/x p/4/y |p/5 p/6 p/7 |q |'
    is 'it is limited by a prefix' "$(pages 'prefix=p%2F4')" 'p/4 p/4/x p/4/y |'
    is 'it begins behind the key of start-after' "$(pages 'start-after=p%2F6')" 'p/7 q |'
    s3 GET '/test?marker=p%2F5&max-keys=2'
    is 'it begins behind the marker in the first version' \
        "$(keys)$(element IsTruncated)" 'p/6 p/7 true'
    refused 'it refuses a token that the server did not make' 400 InvalidArgument \
        GET '/test?list-type=2&continuation-token=abc'
    refused 'it refuses max-keys that is not a number' 400 InvalidArgument \
        GET '/test?list-type=2&max-keys=x'
fi

if testcase 'a common prefix'; then
    fresh
    puts p/1 p/2 p/3 p/4 p/4/x p/4/y p/5 p/6 p/7 q
    list='/test?list-type=2&delimiter=%2F&prefix=p%2F'
    s3 GET "$list&max-keys=4"
    is 'it is not in a page that ends before it' "$(keys)$(element KeyCount)" \
        'p/1 p/2 p/3 p/4 4'
    token=$(percent "$(element NextContinuationToken)")
    s3 GET "$list&max-keys=1&continuation-token=$token"
    is 'it counts as one key, at its place' "$(element KeyCount) $(grep -o \
        '<CommonPrefixes><Prefix>[^<]*' body)" '1 <CommonPrefixes><Prefix>p/4/'
    token=$(percent "$(element NextContinuationToken)")
    s3 GET "$list&continuation-token=$token"
    is 'it is told once' "$(keys)$(element KeyCount)" 'p/5 p/6 p/7 3'
fi

if testcase 'a control character in a key'; then
    fresh
    s3 PUT "/test/$(percent $'\001')" data=x
    s3 GET '/test?list-type=2'
    is 'it is listed as U+FFFD without encoding-type' "$(element Key)" $'\uFFFD'
    ok 'it leaves the listing well-formed' xml_well_formed
fi

# DeleteObjects

md5() { openssl md5 -binary | base64; }
# delete_body [TEXT]: a <Delete> with the text behind its objects p/1 and p/2
delete_body() {
    printf '<Delete>%s<Object><Key>p/1</Key></Object>%s</Delete>' "${1-}" \
        '<Object><Key>p/2</Key></Object>'
}
if testcase 'DeleteObjects'; then
    fresh
    puts p/1 p/2 p/3
    refused 'it wants a digest' 400 InvalidRequest \
        POST '/test?delete' data="$(delete_body)"
    s3 POST '/test?delete' data="$(delete_body)" \
        header="Content-MD5: $(delete_body | md5)"
    is 'it names what is gone' "$code $(keys)" '200 p/1 p/2 '
    is 'it leaves the other objects' "$(object_count)" 1
    s3 POST '/test?delete' data="$(delete_body '<Quiet>true</Quiet>')" \
        header="Content-MD5: $(delete_body '<Quiet>true</Quiet>' | md5)"
    is 'it names nothing when it is asked to be quiet' "$code $(element Key)" '200 '
    body=$(printf '<Delete>'
        printf '<Object><Key>k%d</Key></Object>' {1..1001}
        printf '</Delete>')
    refused 'it refuses 1,001 keys' 400 MalformedXML POST '/test?delete' \
        data="$body" header="Content-MD5: $(printf %s "$body" | md5)"
fi

# Ranges and conditions

if testcase 'a range'; then
    fresh
    s3 PUT /test/ten data=0123456789
    for pair in 2-4=234 7-=789 -3=789 5-100=56789 -100=0123456789; do
        s3 GET /test/ten header="Range: bytes=${pair%=*}"
        is "bytes=${pair%=*} has its bytes" "$code $(cat body)" "206 ${pair#*=}"
    done
    matches 'it has its place in Content-Range' "$(cat head)" \
        'Content-Range: bytes 0-9/10'
    refused 'it may not begin behind the end' 416 InvalidRange \
        GET /test/ten header='Range: bytes=10-'
    matches 'the answer to one behind the end has the size' "$(cat head)" \
        'Content-Range: bytes \*/10'
fi

if testcase 'a condition'; then
    fresh
    s3 PUT /test/ten data=0123456789
    etag=$(sed -n 's/^ETag: //p' head | tr -d '\r')
    s3 GET /test/ten header="If-Match: $etag"
    is 'If-Match of the ETag gets the object' "$code" 200
    refused 'If-Match of another ETag is refused' 412 PreconditionFailed \
        GET /test/ten header='If-Match: "x"'
    s3 GET /test/ten header="If-None-Match: $etag"
    is 'If-None-Match of the ETag is a 304' "$code" 304
    s3 GET /test/ten header="If-Modified-Since: $(LC_ALL=C date -u -R |
        sed 's/+0000/GMT/')"
    is 'If-Modified-Since of now is a 304' "$code" 304
    refused 'If-None-Match: * over an object is refused' 412 PreconditionFailed \
        PUT /test/ten data=x header='If-None-Match: *'
    s3 PUT /test/new data=x header='If-None-Match: *'
    is 'If-None-Match: * of a new key is taken' "$code" 200
fi

if testcase 'headers that need more'; then
    fresh
    s3 PUT /test/ten data=0123456789
    refused 'object lock needs a digest' 400 InvalidRequest PUT /test/lock \
        data=x header='x-amz-object-lock-mode: GOVERNANCE'
    refused 'a key of SSE-C needs https' 400 InvalidRequest GET /test/ten \
        header='x-amz-server-side-encryption-customer-key-md5: x'
fi

# Multipart uploads

# begin: an upload of the key mp; part NUMBER: sends the file part1, and so on;
# complete NUMBER...: asks for the object of these parts.
begin() {
    s3 POST '/test/mp?uploads'
    id=$(percent "$(element UploadId)")
    etags=()
}
part() {
    s3 PUT "/test/mp?partNumber=$1&uploadId=$id" file="part$1"
    etags[$1]=$(sed -n 's/^ETag: //p' head | tr -d '\r')
}
complete_body() {
    printf '<CompleteMultipartUpload>'
    for n; do
        printf '<Part><PartNumber>%d</PartNumber><ETag>%s</ETag></Part>' \
            "$n" "${etags[n]-x}"
    done
    printf '</CompleteMultipartUpload>'
}
complete() { s3 POST "/test/mp?uploadId=$id" data="$(complete_body "$@")"; }
if testcase 'completing an upload'; then
    fresh
    head -c 5242880 "$T/big" >part1
    head -c 10 "$T/big" >part2
    cp part2 part3
    begin
    part 1
    part 2
    complete 2 1
    is 'parts in descending order are refused' "$code $(error_code)" '400 InvalidPartOrder'
    complete 1 3
    is 'a part that nobody sent is refused' "$code $(error_code)" '400 InvalidPart'
    part 3
    complete 1 2 3
    is 'a small part that is not the last is refused' "$code $(error_code)" \
        '400 EntityTooSmall'
    refused 'no part at all is refused' 400 MalformedXML POST "/test/mp?uploadId=$id" \
        data='<CompleteMultipartUpload/>'
    refused 'a part of number 10,001 is refused' 400 InvalidArgument \
        PUT "/test/mp?partNumber=10001&uploadId=$id" data=x
    complete 1 2
    is 'parts in order are taken' "$code" 200
    s3 GET /test/mp
    ok 'the object is its parts' cmp body <(cat part1 part2)
    complete 1 2
    is 'a second time is refused' "$code $(error_code)" '404 NoSuchUpload'
fi

if testcase 'a listing of uploads'; then
    fresh
    for n in 1 2 3; do s3 POST "/test/many$n?uploads"; done
    s3 GET '/test?uploads&max-uploads=2'
    is 'it comes in pages' "$(keys)$(element IsTruncated)" 'many1 many2 true'
    s3 GET "/test?uploads&key-marker=$(element NextKeyMarker)&upload-id-marker=$(
        percent "$(element NextUploadIdMarker)")"
    is 'its next page follows the markers' "$(element Key) $(element IsTruncated)" \
        'many3 false'
fi

# What is on disk, and who may live on

files() { find "$served/buckets/test" -type f | wc -l; }
no_files() { same "$(files)" 0; }
if testcase 'the bytes on disk'; then
    fresh
    s3 PUT /test/key data=one
    s3 PUT /test/key data=two
    is 'an object that was replaced leaves none' "$(files)" 2
    fault '{"op":"GetObject","action":{"stall":1,"at":"body"}}'
    curl -sS "$(aws s3 presign s3://test/key)" >slow &
    await 10 eval '[ "$(faults_fired)" = 1 ]'
    s3 DELETE /test/key
    wait $!
    is 'an object that is deleted while it is read is read to its end' "$(cat slow)" two
    ok 'an object that was deleted while it was read leaves none' await 10 no_files
fi

# Whatever the cases above have done to the same server counts too.
if testcase 'the temporary directory'; then
    fresh
    s3 PUT /test/k data=abc
    s3 PUT /test/k data=abc send=abd
    s3 POST '/test/k?uploads'
    id=$(percent "$(element UploadId)")
    s3 PUT "/test/k?partNumber=1&uploadId=$id" data=x
    s3 PUT "/test/k?partNumber=1&uploadId=$id" data=y
    s3 DELETE "/test/k?uploadId=$id"
    is 'no body is left in it' "$code $(ls "$served/tmp")" '204 '
fi

if testcase 'a server started again'; then
    head -c 10 "$T/big" >part1
    s3server_start --dir "$PWD/again"
    s3 PUT /test/ten data=0123456789
    s3 PUT "/test/$(percent $'\001ü')" data=x
    begin
    part 1
    complete 1
    s3 POST '/test/mp?uploads'
    is 'it has had three objects and an upload' "$(object_count) $(uploads_left)" '3 1'
    s3server_stop "$s3server_pid"
    s3server_start --dir "$PWD/again" --session-token 'T/+=' --region eu-test-1
    is 'it finds its objects' "$(object_count)" 3
    is 'it forgets unfinished uploads' "$(uploads_left)" 0
    refused 'it may ask for a session token' 403 InvalidAccessKeyId GET /test region=eu-test-1
    s3 GET /test/ten region=eu-test-1 token='T/+='
    is 'it takes the right session token' "$code $(cat body)" '200 0123456789'
    s3server_stop "$s3server_pid"
fi

if testcase 'a server of another region'; then
    s3server_start --region eu-test-1
    host=bucket.localhost:${S3_ENDPOINT##*:}
    s3 PUT / host="$host" region=eu-test-1
    s3 PUT /k host="$host" data=virtual region=eu-test-1
    s3 GET /bucket/k region=eu-test-1
    is 'virtual and path style are the same place' "$code $(cat body)" \
        '200 virtual'
    s3 HEAD /test
    matches 'a HEAD of a bucket tells the region' "$code $(cat head)" \
        '^400 .*x-amz-bucket-region: eu-test-1'
    s3server_stop "$s3server_pid"
fi

if testcase 'a server with a parent'; then
    sleep 30 &
    parent=$!
    s3server_start --parent-pid "$parent"
    kill "$parent"
    wait "$parent" 2>/dev/null
    wait "$s3server_pid"
    is 'it ends when its parent does' "$?" 0
fi
done_testing
