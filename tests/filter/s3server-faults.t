#!/bin/bash
# Every fault that the S3 test server can be asked for strikes as its manual
# says, and only where it was asked to.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/s3server.sh
. "$TESTS/lib/s3server.sh"
# shellcheck source=tests/lib/s3request.sh
. "$TESTS/lib/s3request.sh"

[ -x /usr/bin/aws ] || skip_all 'no awscli in /usr/bin'
s3server_start
s3 PUT /test/ten data=0123456789
s3 PUT /test/eleven data=0123456789x

# with ACTION [what s3 takes...]: one request with a fault for it alone; leaves
# curl's exit status in $curl, which is 0 for a whole answer.
with() {
    fault "{\"action\":$1}"
    s3 "${@:2}"
    faults_clear
}
# shows NAME STATUS CODE: how the last request was answered.
shows() { is "$1" "$code $(error_code)" "$2 $3"; }
# breaks NAME EXIT: curl's own status for a broken answer: 18 too short, 52 no
# answer, 56 reset, 28 too slow, 47 too many redirects.
breaks() { is "$1" "$curl" "$2"; }
# header NAME: a header of the last answer
header() { sed -n "s/^$1: //Ip" head | tr -d '\r'; }

# Which requests a rule strikes

fault '{"op":"GetObject","key":"ten","skip":1,"times":2,"action":{"status":500}}'
got=
for _ in 1 2 3 4; do
    s3 GET /test/ten
    got+=" $code"
    s3 GET /test/eleven
    got+=" $code"
done
is 'a rule skips, strikes and ends, for its key only' "$got" \
    ' 200 200 500 200 500 200 200 200'
is 'and counts' "$(faults_fired)" 2
faults_clear
fault '[{"op":["HeadObject","DeleteObject"],"action":{"status":503}},
    {"op":"GetObject","key":"e*","times":-1,"action":{"status":504}}]'
s3 GET /test/ten
got=$code
s3 HEAD /test/ten
got+=" $code"
s3 HEAD /test/ten
got+=" $code"
for _ in 1 2 3; do
    s3 GET /test/eleven
    got+=" $code"
done
is 'rules go by operation and by prefix' "$got" '200 503 200 504 504 504'
faults_clear
ok 'a misspelt rule is refused' not fault '{"action":{"stauts":503}}'
ok 'so is an unknown value' not fault '{"action":{"reset":"maybe"}}'
fault '{"op":"UploadPart","part":2,"action":{"status":500}}'
s3 POST '/test/mp?uploads'
id=$(percent "$(element UploadId)")
got=
for n in 1 2 2; do
    s3 PUT "/test/mp?partNumber=$n&uploadId=$id" data=x
    got+=" $code"
done
is 'a rule can be for one part' "$got" ' 200 500 200'
faults_clear

# In place of the operation

with '{"status":503,"code":"SlowDown","headers":{"Retry-After":"1"}}' \
    PUT /test/new data=x
shows 'a status and code' 503 SlowDown
is 'a header with it' "$(header retry-after)" 1
is 'the operation was not carried out' "$(object_count)" 2
with '{"status":500,"carry_out":true}' PUT /test/new data=x
shows 'a failure though the work was done' 500 InternalError
is 'it was carried out' "$(object_count)" 3
with '{"status":400,"body":"not XML"}' GET /test/ten
is 'a body of any text' "$code $(cat body)" '400 not XML'
with '{"status":403}' GET /test/ten secret=wrong
shows 'a fault does not hide a bad signature' 403 SignatureDoesNotMatch
with '{"status":503,"before_body":true}' PUT /test/none data=x
shows 'an answer before the body is read' 503 SlowDown
is 'ends the connection' "$(header connection)" close
with '{"error_200":"InternalError"}' POST "/test/mp?uploadId=$id" data=x
shows 'an error in a 200' 200 InternalError
with '{"not_implemented":true}' POST '/test?delete' data=x
shows 'what is not implemented' 501 NotImplemented
with '{"redirect":"self","region":"eu-west-1"}' GET /test/ten
is 'a redirect' "$code $(header location) $(header x-amz-bucket-region)" \
    "307 $S3_ENDPOINT/test/ten eu-west-1"
fault '{"times":-1,"action":{"redirect":"self"}}'
s3 GET /test/ten -- -L --max-redirs 5
faults_clear
breaks 'a redirect to itself without end' 47
with '{"status":301,"redirect":"http://other.test"}' GET /test/ten
is 'a permanent redirect tells the place in its body alone' \
    "$code $(header location)$(element Endpoint)" '301 other.test'

# To the operation

with '{"ignore_range":true}' GET /test/ten header='Range: bytes=2-3'
is 'a range that is ignored' "$code $(cat body)" '200 0123456789'
with '{"ignore_condition":true}' PUT /test/new data=y header='If-None-Match: *'
is 'a condition that is ignored' "$code" 200
with '{"skew":1200}' GET /test/ten
shows 'a clock that is off' 403 RequestTimeTooSkewed
s3 GET /test/ten
date=$(date -d "$(header date)" +%s)
with '{"skew":1200}' GET /test/ten skew=1200
difference=$(($(date -d "$(header date)" +%s) - date))
ok 'and tells its own time' test "$difference" -ge 1200 -a \
    "$difference" -lt 1210
body='<Delete><Object><Key>new</Key></Object><Object><Key>k2</Key></Object></Delete>'
digest="Content-MD5: $(printf %s "$body" | openssl md5 -binary | base64)"
with '{"delete_errors":{"new":"AccessDenied"}}' \
    POST '/test?delete' data="$body" header="$digest"
is 'a key that is not deleted' \
    "$(element 'Error><Key') $(error_code) $(element 'Deleted><Key')" \
    'new AccessDenied k2'
is 'is still there' "$(object_count)" 3
with '{"hide_results":1}' POST '/test?delete' data="$body" header="$digest"
is 'a result that is not told' "$(element Key)" new
s3 PUT "/test/$(percent $'a\001&')" data=x
list='/test?list-type=2&encoding-type=url'
with '{"no_encoding_type":true}' GET "$list&max-keys=1"
is 'an encoding that is not echoed' "$(element Key)$(element EncodingType)" \
    $'a\uFFFD&'
with '{"raw_controls":true,"no_encoding_type":true}' GET "$list"
ok 'control characters that XML cannot hold' grep -q '<Key>a&#x1;&amp;<' body
ok 'which is no XML then' not xml_well_formed
token=
got=
fault '{"op":"ListObjectsV2","times":-1,"action":{"endless":true}}'
for _ in 1 2 3; do
    s3 GET "$list&prefix=p&max-keys=2${token:+&continuation-token=$token}"
    got+=" $(element Key | tr '\n' ' ')$(element IsTruncated)"
    token=$(percent "$(element NextContinuationToken)")
done
faults_clear
is 'a listing without end' "$got" " p000000000001 p000000000002 true\
 p000000000003 p000000000004 true p000000000005 p000000000006 true"
fault '{"times":2,"action":{"repeat_token":true}}'
s3 GET "$list&max-keys=1"
got=$(percent "$(element NextContinuationToken)")
s3 GET "$list&max-keys=1&continuation-token=$got"
is 'a listing whose token comes again' \
    "$(percent "$(element NextContinuationToken)") $(element IsTruncated)" \
    "$got true"
faults_clear
fault '{"times":3,"action":{"repeat_token":2}}'
got=
token=
for _ in 1 2 3; do
    s3 GET "$list&max-keys=1${token:+&continuation-token=$token}"
    token=$(percent "$(element NextContinuationToken)")
    got+="$token "
done
faults_clear
ok 'or tokens in turn' like "$got" '^([^ ]+) ([^ ]+) \1 $'

# To the answer

with '{"etag":"\"wrong\""}' GET /test/ten
is 'a wrong ETag' "$(header etag)" '"wrong"'
with '{"content_range":"bytes 5-6/7"}' GET /test/ten header='Range: bytes=1-2'
is 'a wrong Content-Range' "$(header content-range)" 'bytes 5-6/7'
with '{"flip_bit":3}' GET /test/ten
is 'a bit that is flipped' "$(cat body)" 0122456789
with '{"flip_bit":-1}' GET /test/ten header='Range: bytes=0-4'
is 'or the last byte of a range' "$(cat body)" 01235
with '{"truncate_xml":10}' GET "$list"
ok 'XML that is cut' not xml_well_formed
is 'though the answer is whole' "$curl $code" '0 200'
with '{"garbage":true}' GET "$list"
ok 'garbage in place of XML' not xml_well_formed
with '{"garbage":"head"}' GET /test/ten
ok 'garbage in place of HTTP' test "$curl" != 0
with '{"big_headers":200000}' GET /test/ten
ok 'large headers' test "$(wc -c <./head)" -gt 200000
with '{"keep_alive":false}' GET /test/ten
is 'a connection that is not kept' "$(header connection) $(cat body)" \
    'close 0123456789'
with '{"change_object":true}' GET /test/eleven
is 'an object changes after its answer' "$(cat body)" 0123456789x
before=$(header etag)
s3 GET /test/eleven
ok 'into another' test "$before" != "$(header etag)" -a \
    "$(header content-length)" = 11

# To the connection

with '{"reset":"before"}' PUT /test/r1 data=x
ok 'a reset before the body' test "$curl" = 52 -o "$curl" = 55 -o "$curl" = 56
head -c 3000000 /dev/zero >zeros
with '{"reset":"during"}' PUT /test/r2 file=zeros
ok 'a reset in the body' test "$curl" = 52 -o "$curl" = 55 -o "$curl" = 56
with '{"reset":"after"}' PUT /test/r3 data=x
breaks 'a reset before the answer' 56
s3 GET '/test?list-type=2&prefix=r'
is 'of these only the last was carried out' "$(element Key)" r3
s3 PUT /test/zeros file=zeros
with '{"reset":"during"}' GET /test/zeros
is 'a reset half-way through an answer' "$curl $(wc -c <body)" '56 1500000'
with '{"down":1}' PUT /test/r4 data=x
ok 'a server that goes down' test "$curl" != 0
s3 GET /test/ten 2>/dev/null
is 'refuses connections' "$curl" 7
ok 'until it is up again' await 5 control GET log
s3 GET /test/ten
is 'with what it had' "$code $(cat body)" '200 0123456789'
with '{"short":4}' GET /test/ten
is 'an answer that ends early' "$curl $(cat body)" '18 012345'
with '{"long":4}' GET /test/ten
is 'an answer with more behind it' "$curl $(cat body)" '0 0123456789'
with '{"wrong_length":5}' GET /test/ten
is 'a length that is too large' "$curl $(header content-length)" '18 15'
with '{"wrong_length":-5}' GET /test/ten
is 'a length that is too small' "$curl $(cat body)" '0 01234'

# lasts NAME SECONDS ACTION BODY [CURL-OPTION...]: a GET takes so long, and has
# so much of a body when it ends.
lasts() {
    local name=$1 least=$2 action=$3 body=$4 begin=$EPOCHREALTIME
    with "$action" GET /test/ten -- "${@:5}"
    ok "$name" test "$((${EPOCHREALTIME/./} - ${begin/./}))" -ge \
        "${least}00000"
    is "$name: what has come" "$curl $(cat body)" "$body"
}
lasts 'a stall before the request is read' 4 \
    '{"stall":0.4,"at":"request"}' '0 0123456789'
lasts 'a stall before the answer' 4 '{"stall":0.4}' '0 0123456789'
lasts 'a stall before the body' 4 '{"stall":9,"at":"body"}' '28 ' \
    --max-time 0.5
lasts 'a stall half-way' 4 '{"stall":9,"at":"mid"}' '28 01234' --max-time 0.5
lasts 'an answer that drips' 4 '{"drip":20}' '0 0123456789'
with '{"endless":true}' GET /test/ten -- --max-time 0.3
is 'a body without end' "$curl" 28
ok 'is long' test "$(wc -c <body)" -gt 100000
begin=$EPOCHREALTIME
with '{"spaces":0.5}' GET "$list"
ok 'spaces before the XML take their time' test \
    "$((${EPOCHREALTIME/./} - ${begin/./}))" -ge 500000
ok 'and it is XML all the same' xml_well_formed

# The control interface

control DELETE log >/dev/null
with '{"reset":"after"}' PUT /test/logged data=12345
s3 GET /test/logged
is 'the log tells operation, key, status, length and fault' \
    "$(server_log 'map([.op,.key,.status,.length,.fault.reset])')" \
    '[["PutObject","logged",null,5,"after"],["GetObject","logged",200,0,null]]'
ok 'and no signature' not grep -qE 'Signature=[0-9a-f]{9}' \
    <(control GET log)
is 'the objects are told with their headers' "$(control GET objects |
    query '.[] | select(.key == "logged") | [.size,.headers["content-type"]]')" \
    '[5,"binary/octet-stream"]'
is 'the uploads with their parts' \
    "$(control GET uploads | query '.[] | [.key,.parts]')" \
    '["mp",{"1":1,"2":1}]'
matches 'connections are counted' "$(control GET connections)" \
    '"accepted": [0-9]+, "open": 0'

control DELETE objects >/dev/null
is 'all objects and uploads can be removed' "$(object_count) $(uploads_left)" '0 0'

# TLS, and what is for it alone

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem 2>log
s3server_start --cert cert.pem --key key.pem
s3 PUT /test/tls data=secret
s3 GET /test/tls
is 'an object over https' "$code $(cat body)" '200 secret'
with '{"reset":"during"}' GET /test/tls
is 'a reset of TLS' "$curl $(cat body)" '56 sec'
run curl -sS "$S3_ENDPOINT/test/tls"
is 'a certificate that nobody vouches for' "$status" 60
sse=x-amz-server-side-encryption-customer
keys=("header=$sse-algorithm: AES256" "header=$sse-key: $(printf 'k%.0s' \
    {1..32} | base64)" "header=$sse-key-md5: $(printf 'k%.0s' {1..32} |
    openssl md5 -binary | base64)")
s3 PUT /test/sse data=secret "${keys[@]}"
s3 GET /test/sse
shows 'an object under a key of SSE-C, without it' 400 InvalidRequest
s3 GET /test/sse "${keys[@]}"
is 'and with it' "$code $(cat body)" '200 secret'
keys[2]="header=$sse-key-md5: AAAAAAAAAAAAAAAAAAAAAA=="
s3 GET /test/sse "${keys[@]}"
shows 'and with another' 403 AccessDenied
ok 'the key stands in no log' not grep -q "$(printf 'k%.0s' {1..32} | base64)" \
    <(control GET log)
done_testing
