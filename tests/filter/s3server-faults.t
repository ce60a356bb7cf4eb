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
plain=$S3_ENDPOINT

# fresh: the first server, with the object `ten` and nothing else.
fresh() {
    S3_ENDPOINT=$plain
    s3server_empty
    s3 PUT /test/ten data=0123456789
}
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
list='/test?list-type=2&encoding-type=url'
# next_token: where the last page of a listing ends.
next_token() { percent "$(element NextContinuationToken)"; }

# Which requests a rule strikes

if testcase 'a rule'; then
    fresh
    s3 PUT /test/eleven data=0123456789x
    fault '{"op":"GetObject","key":"ten","skip":1,"times":2,"action":{"status":500}}'
    got=
    for _ in 1 2 3 4; do
        s3 GET /test/ten
        got+=" $code"
        s3 GET /test/eleven
        got+=" $code"
    done
    is 'it skips, strikes and ends, for its key only' "$got" \
        ' 200 200 500 200 500 200 200 200'
    is 'it counts how often it strikes' "$(faults_fired)" 2
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
    is 'it goes by operation and by prefix' "$got" '200 503 200 504 504 504'
    faults_clear
    ok 'it is refused when it is misspelt' not fault '{"action":{"stauts":503}}'
    ok 'it is refused with an unknown value' not fault '{"action":{"reset":"maybe"}}'
    fault '{"op":"UploadPart","part":2,"action":{"status":500}}'
    s3 POST '/test/mp?uploads'
    id=$(percent "$(element UploadId)")
    got=
    for n in 1 2 2; do
        s3 PUT "/test/mp?partNumber=$n&uploadId=$id" data=x
        got+=" $code"
    done
    is 'it can be for one part' "$got" ' 200 500 200'
fi

# In place of the operation

if testcase 'status'; then
    fresh
    with '{"status":503,"code":"SlowDown","headers":{"Retry-After":"1"}}' \
        PUT /test/new data=x
    shows 'the answer has the status and the code' 503 SlowDown
    is 'the answer has the header' "$(header retry-after)" 1
    is 'the operation is not carried out' "$(object_count)" 1
    with '{"status":500,"carry_out":true}' PUT /test/new data=x
    shows 'the answer to what is carried out is the same' 500 InternalError
    is 'the operation is carried out on demand' "$(object_count)" 2
    with '{"status":400,"body":"not XML"}' GET /test/ten
    is 'the body may be any text' "$code $(cat body)" '400 not XML'
    with '{"status":403}' GET /test/ten secret=wrong
    shows 'a bad signature is not hidden' 403 SignatureDoesNotMatch
    with '{"status":503,"before_body":true}' PUT /test/none data=x
    shows 'the answer can come before the body is read' 503 SlowDown
    is 'an answer before the body is read ends the connection' "$(header connection)" close
fi

if testcase 'error_200 and not_implemented'; then
    fresh
    s3 POST '/test/mp?uploads'
    id=$(percent "$(element UploadId)")
    with '{"error_200":"InternalError"}' POST "/test/mp?uploadId=$id" data=x
    shows 'an error comes in a 200' 200 InternalError
    with '{"not_implemented":true}' POST '/test?delete' data=x
    shows 'what is not implemented is a 501' 501 NotImplemented
fi

if testcase 'redirect'; then
    fresh
    with '{"redirect":"self","region":"eu-west-1"}' GET /test/ten
    is 'the answer has the place and the region' \
        "$code $(header location) $(header x-amz-bucket-region)" \
        "307 $S3_ENDPOINT/test/ten eu-west-1"
    fault '{"times":-1,"action":{"redirect":"self"}}'
    s3 GET /test/ten -- -L --max-redirs 5
    faults_clear
    breaks 'a redirect to itself can go on without end' 47
    with '{"status":301,"redirect":"http://other.test"}' GET /test/ten
    is 'a permanent one has the place in its body alone' \
        "$code $(header location)$(element Endpoint)" '301 other.test'
fi

# To the operation

if testcase 'ignore_range and ignore_condition'; then
    fresh
    with '{"ignore_range":true}' GET /test/ten header='Range: bytes=2-3'
    is 'a range is ignored' "$code $(cat body)" '200 0123456789'
    with '{"ignore_condition":true}' PUT /test/ten data=y header='If-None-Match: *'
    is 'a condition is ignored' "$code" 200
fi

if testcase 'skew'; then
    fresh
    with '{"skew":1200}' GET /test/ten
    shows 'the clock of the server judges the request' 403 RequestTimeTooSkewed
    s3 GET /test/ten
    date=$(date -d "$(header date)" +%s)
    with '{"skew":1200}' GET /test/ten skew=1200
    difference=$(($(date -d "$(header date)" +%s) - date))
    ok 'the clock of the server stands in Date' test "$difference" -ge 1200 -a \
        "$difference" -lt 1210
fi

if testcase 'delete_errors and hide_results'; then
    fresh
    s3 PUT /test/new data=x
    body='<Delete><Object><Key>new</Key></Object><Object><Key>k2</Key></Object></Delete>'
    digest="Content-MD5: $(printf %s "$body" | openssl md5 -binary | base64)"
    with '{"delete_errors":{"new":"AccessDenied"}}' \
        POST '/test?delete' data="$body" header="$digest"
    is 'a key is not deleted' \
        "$(element 'Error><Key') $(error_code) $(element 'Deleted><Key')" \
        'new AccessDenied k2'
    is 'a key that is not deleted is still there' "$(object_count)" 2
    with '{"hide_results":1}' POST '/test?delete' data="$body" header="$digest"
    is 'a result is not told' "$(element Key)" new
fi

if testcase 'encodings of a listing'; then
    fresh
    s3 PUT "/test/$(percent $'a\001&')" data=x
    with '{"no_encoding_type":true}' GET "$list&max-keys=1"
    is 'no_encoding_type neither echoes nor applies it' "$(element Key)$(element EncodingType)" \
        $'a\uFFFD&'
    with '{"raw_controls":true,"no_encoding_type":true}' GET "$list"
    ok 'raw_controls lets control characters through' grep -q '<Key>a&#x1;&amp;<' body
    ok 'raw_controls makes what is not XML' not xml_well_formed
fi

if testcase 'a listing without end'; then
    fresh
    token=
    got=
    fault '{"op":"ListObjectsV2","times":-1,"action":{"endless":true}}'
    for _ in 1 2 3; do
        s3 GET "$list&prefix=p&max-keys=2${token:+&continuation-token=$token}"
        got+=" $(element Key | tr '\n' ' ')$(element IsTruncated)"
        token=$(next_token)
    done
    is 'endless invents keys' "$got" " p000000000001 p000000000002 true\
 p000000000003 p000000000004 true p000000000005 p000000000006 true"
    faults_clear
    s3 PUT /test/eleven data=x
    fault '{"times":2,"action":{"repeat_token":true}}'
    s3 GET "$list&max-keys=1"
    got=$(next_token)
    s3 GET "$list&max-keys=1&continuation-token=$got"
    is 'repeat_token gives the same token again' \
        "$(next_token) $(element IsTruncated)" \
        "$got true"
    faults_clear
    fault '{"times":3,"action":{"repeat_token":2}}'
    got=
    token=
    for _ in 1 2 3; do
        s3 GET "$list&max-keys=1${token:+&continuation-token=$token}"
        token=$(next_token)
        got+="$token "
    done
    ok 'repeat_token gives several tokens in turn' like "$got" '^([^ ]+) ([^ ]+) \1 $'
fi

# To the answer

if testcase 'an answer that is altered'; then
    fresh
    with '{"etag":"\"wrong\""}' GET /test/ten
    is 'etag is another ETag' "$(header etag)" '"wrong"'
    with '{"content_range":"bytes 5-6/7"}' GET /test/ten header='Range: bytes=1-2'
    is 'content_range is another Content-Range' "$(header content-range)" 'bytes 5-6/7'
    with '{"flip_bit":3}' GET /test/ten
    is 'flip_bit changes a byte' "$(cat body)" 0122456789
    with '{"flip_bit":-1}' GET /test/ten header='Range: bytes=0-4'
    is 'flip_bit of -1 changes the last byte of a range' "$(cat body)" 01235
    with '{"truncate_xml":10}' GET "$list"
    ok 'truncate_xml cuts XML' not xml_well_formed
    is 'truncate_xml leaves the answer whole' "$curl $code" '0 200'
    with '{"garbage":true}' GET "$list"
    ok 'garbage takes the place of XML' not xml_well_formed
    with '{"garbage":"head"}' GET /test/ten
    ok 'garbage takes the place of HTTP' test "$curl" != 0
    with '{"big_headers":200000}' GET /test/ten
    ok 'big_headers makes the head large' test "$(wc -c <./head)" -gt 200000
    with '{"keep_alive":false}' GET /test/ten
    is 'keep_alive of false ends the connection' "$(header connection) $(cat body)" \
        'close 0123456789'
fi

if testcase 'change_object'; then
    fresh
    with '{"change_object":true}' GET /test/ten
    is 'the answer has the object as it was' "$(cat body)" 0123456789
    before=$(header etag)
    s3 GET /test/ten
    ok 'the object is another of the same length after the answer' \
        test "$before" != "$(header etag)" -a "$(header content-length)" = 10
fi

# To the connection

if testcase 'reset'; then
    fresh
    head -c 3000000 /dev/zero >zeros
    with '{"reset":"before"}' PUT /test/r1 data=x
    ok 'it strikes before the body' test "$curl" = 52 -o "$curl" = 55 -o "$curl" = 56
    with '{"reset":"during"}' PUT /test/r2 file=zeros
    ok 'it strikes in the body' test "$curl" = 52 -o "$curl" = 55 -o "$curl" = 56
    with '{"reset":"after"}' PUT /test/r3 data=x
    breaks 'it strikes before the answer' 56
    s3 GET '/test?list-type=2&prefix=r'
    is 'only the operation before the answer is carried out' "$(element Key)" r3
    s3 PUT /test/zeros file=zeros
    with '{"reset":"during"}' GET /test/zeros
    is 'it strikes half-way through an answer' "$curl $(wc -c <body)" '56 1500000'
fi

if testcase 'down'; then
    fresh
    with '{"down":1}' PUT /test/r4 data=x
    ok 'the request fails' test "$curl" != 0
    s3 GET /test/ten 2>/dev/null
    is 'the next connection is refused' "$curl" 7
    ok 'the server comes up again' await 5 control GET log
    s3 GET /test/ten
    is 'the server has its objects again' "$code $(cat body)" '200 0123456789'
fi

if testcase 'lengths'; then
    fresh
    with '{"short":4}' GET /test/ten
    is 'short ends the answer early' "$curl $(cat body)" '18 012345'
    with '{"long":4}' GET /test/ten
    is 'long sends more behind the answer' "$curl $(cat body)" '0 0123456789'
    with '{"wrong_length":5}' GET /test/ten
    is 'wrong_length can be too large' "$curl $(header content-length)" '18 15'
    with '{"wrong_length":-5}' GET /test/ten
    is 'wrong_length can be too small' "$curl $(cat body)" '0 01234'
fi

# lasts NAME SECONDS ACTION BODY [CURL-OPTION...]: a GET takes so long, and has
# so much of a body when it ends.
lasts() {
    local name=$1 least=$2 action=$3 body=$4 begin=$EPOCHREALTIME
    with "$action" GET /test/ten -- "${@:5}"
    ok "$name delays the end" test "$((${EPOCHREALTIME/./} - ${begin/./}))" -ge \
        "${least}00000"
    is "$name lets its bytes through" "$curl $(cat body)" "$body"
}
if testcase 'slow answers'; then
    fresh
    lasts 'a stall before the request is read' 4 \
        '{"stall":0.4,"at":"request"}' '0 0123456789'
    lasts 'a stall before the answer' 4 '{"stall":0.4}' '0 0123456789'
    lasts 'a stall before the body' 4 '{"stall":9,"at":"body"}' '28 ' \
        --max-time 0.5
    lasts 'a stall half-way' 4 '{"stall":9,"at":"mid"}' '28 01234' --max-time 0.5
    lasts 'a drip' 4 '{"drip":20}' '0 0123456789'
    begin=$EPOCHREALTIME
    with '{"spaces":0.5}' GET "$list"
    ok 'spaces delay the XML' test \
        "$((${EPOCHREALTIME/./} - ${begin/./}))" -ge 500000
    ok 'spaces leave the XML well-formed' xml_well_formed
fi

if testcase 'a body without end'; then
    fresh
    with '{"endless":true}' GET /test/ten -- --max-time 0.3
    is 'the client gives it up' "$curl" 28
    ok 'it is long' test "$(wc -c <body)" -gt 100000
fi

# The control interface

if testcase 'the log'; then
    fresh
    server_log_clear
    with '{"reset":"after"}' PUT /test/logged data=12345
    s3 GET /test/logged
    is 'it has operation, key, status, length and fault' \
        "$(server_log 'map([.op,.key,.status,.length,.fault.reset])')" \
        '[["PutObject","logged",null,5,"after"],["GetObject","logged",200,0,null]]'
    ok 'it has no signature' not grep -qE 'Signature=[0-9a-f]{9}' \
        <(control GET log)
fi

if testcase 'the control interface'; then
    fresh
    s3 PUT /test/logged data=12345
    s3 POST '/test/mp?uploads'
    id=$(percent "$(element UploadId)")
    for n in 1 2; do s3 PUT "/test/mp?partNumber=$n&uploadId=$id" data=x; done
    is 'it has the objects with their headers' "$(control GET objects |
        query '.[] | select(.key == "logged") | [.size,.headers["content-type"]]')" \
        '[5,"binary/octet-stream"]'
    is 'it has the uploads with their parts' \
        "$(control GET uploads | query '.[] | [.key,.parts]')" \
        '["mp",{"1":1,"2":1}]'
    matches 'it counts connections' "$(control GET connections)" \
        '"accepted": [0-9]+, "open": 0'
    control DELETE objects >/dev/null
    is 'it removes all objects and uploads' "$(object_count) $(uploads_left)" '0 0'
fi

# TLS, and what is for it alone

secured=
# over_tls: a server that speaks TLS, the same for each case that asks.
over_tls() {
    if [ -z "$secured" ]; then
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
            -days 2 -subj /CN=localhost \
            -addext subjectAltName=IP:127.0.0.1 -keyout "$T/key.pem" -out "$T/cert.pem" 2>"$T/openssl.log"
        s3server_start --cert "$T/cert.pem" --key "$T/key.pem"
        secured=$S3_ENDPOINT
    fi
    S3_ENDPOINT=$secured
}
if testcase 'https'; then
    over_tls
    s3 PUT /test/tls data=secret
    s3 GET /test/tls
    is 'an object comes back' "$code $(cat body)" '200 secret'
    with '{"reset":"during"}' GET /test/tls
    is 'a reset cuts TLS' "$curl $(cat body)" '56 sec'
    run curl -sS "$S3_ENDPOINT/test/tls"
    is 'a certificate that nobody vouches for is refused' "$status" 60
fi

if testcase 'SSE-C'; then
    over_tls
    sse=x-amz-server-side-encryption-customer
    customer=$(printf 'k%.0s' {1..32})
    keys=("header=$sse-algorithm: AES256"
        "header=$sse-key: $(printf %s "$customer" | base64)"
        "header=$sse-key-md5: $(printf %s "$customer" | openssl md5 -binary | base64)")
    s3 PUT /test/sse data=secret "${keys[@]}"
    s3 GET /test/sse
    shows 'an object under a key is refused without it' 400 InvalidRequest
    s3 GET /test/sse "${keys[@]}"
    is 'an object under a key comes back with it' "$code $(cat body)" '200 secret'
    keys[2]="header=$sse-key-md5: AAAAAAAAAAAAAAAAAAAAAA=="
    s3 GET /test/sse "${keys[@]}"
    shows 'an object under a key is refused with another' 403 AccessDenied
    ok 'the key stands in no log' not grep -q "$(printf %s "$customer" | base64)" \
        <(control GET log)
fi
done_testing
