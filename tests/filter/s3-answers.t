#!/usr/bin/env bash
# Answers that are almost right: each is told apart from what it pretends to be,
# and nothing is taken from it that was not in it.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/s3server.sh"
s3server_start

# strike OP ACTION-WITHOUT-BRACES [TIMES]: from now on, for ever.
strike() { faults_clear && fault "{\"op\":\"$1\",\"times\":${3:--1},\"action\":{$2}}"; }
body() { printf '"body":%s' "$(jq -Rs . <<<"$1")"; }

# ---- put
strike PutObject '"status":200,"body":""'
run s3put k <<<x
exits 'a put answered 200 without an ETag' 1 'put k: the answer has no ETag'
strike PutObject '"status":200,"body":"","carry_out":true'
run s3put k <<<x
exits 'it is asked for, and is there' 0
strike PutObject '"reset":"after"'
S3_RETRIES=1 run s3put k <<<x
exits 'an answer that is lost' 0
is 'is found by its id' "$(s3get -q k)" x
page='"status":200,"foreign":true,"body":"<html>Log in"'
strike HeadObject "$page"
run s3put -n page <<<x
exits 'a page in place of an object' 1 'head page: the answer has no ETag'
head -c 6000000 /dev/zero >"$T/in"
run s3put -p 5M page2 <"$T/in"
exits 'in place of the size after Complete' 1 'not confirmed; may exist: head page2: the answer has no ETag'
strike UploadPart '"status":200,"body":""'
run s3put -p 5M parts <"$T/in"
exits 'a part answered 200 without an ETag' 1 'put part [12] of parts: the answer has no ETag'
is 'leaves nothing' "$(s3ls parts)$(uploads_left)" 0
strike CreateMultipartUpload "$(body '<InitiateMultipartUploadResult><Bucket>test</Bucket></InitiateMultipartUploadResult>')"
run s3put -p 5M parts <"$T/in"
is 'a create without an upload id: status' "$status" 1
matches 'is told' "$err" 'create upload of parts: the answer has no <UploadId>'
matches 'and the upload that there may be' "$err" 'upload .*, may be of a try whose answer was lost; this removes it: s3ls -u'

# ---- get
faults_clear
head -c 300000 /dev/urandom >"$T/in" && s3put -q k <"$T/in"
get() { # NAME CONTENT-RANGE WORDS
    strike GetObject "\"content_range\":\"$2\""
    run s3get -p 64K -j 2 k
    exits "$1" 1 "get k: the answer$3"
    is "$1: nothing is written" "$(wc -c <"$T/out")" 0
}
for range in 'bytes' 'bytes ' '0-65535/300000' 'bytes 0/300000' 'bytes 0-65535' 'bytes 0-65535/*' 'bytes 9-5/300000' \
    'bytes 0-65535/300000x' 'bytes 0-65535/65535' 'items 0-65535/300000'; do
    get "the range '$range'" "$range" "'s Content-Range is no range"
done
get 'a range behind' 'bytes 1-65536/300000' ' is of another range'
get 'a shorter one' 'bytes 0-65534/300000' ' is of another length'
get 'a longer one' 'bytes 0-65536/300000' ' is of another length'

# ---- list
list() { # NAME XML WORDS
    strike ListObjectsV2 "$(body "<ListBucketResult>$2</ListBucketResult>")"
    run s3ls
    exits "$1" 1 "list test: .*$3"
    is "$1: nothing is listed" "$(cat "$T/out")" ''
}
list 'more pages, and no token' '<IsTruncated>true</IsTruncated><Contents><Key>k</Key></Contents>' \
    'goes on, but does not say where'
list 'a size that is none' '<Contents><Key>k</Key><Size>many</Size></Contents>' 'has a size many'
list 'a size below nothing' '<Contents><Key>k</Key><Size>-1</Size></Contents>' 'has a size -1'
list 'a key that is badly encoded' '<EncodingType>url</EncodingType><Contents><Key>a%4</Key></Contents>' \
    'a key that is badly encoded'
strike ListMultipartUploads "$(body "<ListMultipartUploadsResult><EncodingType>url</EncodingType>\
<IsTruncated>true</IsTruncated><NextKeyMarker>%zz</NextKeyMarker><NextUploadIdMarker>u</NextUploadIdMarker>\
<Upload><Key>k</Key><UploadId>u</UploadId></Upload></ListMultipartUploadsResult>")"
run s3ls -u
exits 'a marker that is badly encoded' 1 'a marker that is badly encoded'

# ---- delete: line ends may have gone through XML's normalisation
faults_clear
keys() { printf '%s\0' "$@" | tee "$T/keys" | python3 "$TESTS/lib/make_objects.py"; }
answer() { # KEY...: they are gone, it says
    local key
    strike DeleteObjects "\"carry_out\":true,$(body "<DeleteResult>$(for key in "$@"; do
        printf '<Deleted><Key>%s</Key></Deleted>' "$key"
    done)</DeleteResult>")"
}
keys $'cr\rlf'
answer $'cr\nlf'
run s3rm -0 <"$T/keys"
exits 'a key whose return became a newline' 0
ok 'is told as it was given' cmp "$T/out" "$T/keys"
keys $'cr\r\nlf' $'end\r'
answer $'end\n' $'cr\nlf'
run s3rm -0 <"$T/keys"
exits 'two keys, in the other order' 0
ok 'are told in theirs' cmp "$T/out" "$T/keys"
keys $'x\ny' $'x\ry'
answer $'x\ny' $'x\ny'
run s3rm -0 <"$T/keys"
exits 'two keys that became the same, both named' 0
keys $'x\ry' $'x\r\ny'
answer $'x\ny'
run s3rm -0 <"$T/keys"
is 'one named of two that became the same: status' "$status" 1
matches 'both are told to have failed' "$err" '2 of 2 not deleted'
is 'none is told to be gone' "$(wc -c <"$T/out")" 0
keys one
answer one more one
run s3rm one
exits 'keys nobody asked for' 0
is 'are not told' "$(cat "$T/out")" one
faults_clear
fault '[{"op":"DeleteObjects","action":{"not_implemented":true}},{"op":"DeleteObject","action":{'"$page"'}}]'
run s3rm one
is 'a page in place of a DELETE: status' "$status" 1
matches 'a page in place of a DELETE' "$err" 'delete one: the answer has no request id'
is 'is not told to be gone' "$(wc -c <"$T/out")" 0
faults_clear
fault '[{"op":"DeleteObjects","action":{"not_implemented":true}},{"op":"DeleteObject","action":{"status":200,"body":""}}]'
run s3rm one
exits 'an empty 200 of a store' 0
strike AbortMultipartUpload "$page"
run s3rm -u $'id\t2026\tone'
is 'a page in place of an abort: status' "$status" 1
matches 'a page in place of an abort' "$err" 'abort upload of one: the answer has no request id'
answer One on onee
run s3rm one
is 'another key in place of the one: status' "$status" 1
matches 'is said' "$err" 'delete one: the answer does not name it'
done_testing
