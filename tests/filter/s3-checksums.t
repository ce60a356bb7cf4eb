#!/usr/bin/env bash
# Checksums: sent with every part and of the whole, verified after a get, left
# out where a store refuses them, and the user's own for streams of any length.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/s3server.sh"
s3server_start --checksums --min-part 0
export S3_RETRIES=2

fresh() { faults_clear && server_log_clear; }
ops() { server_log '[.[].op] | join(" ")' | tr -d '"'; }
# header OP NAME: its values in the requests of that kind, each once.
header() {
    server_log "[.[] | select(.op == \"$1\") | .headers[] | select((.[0] | ascii_downcase) == \"$2\") | .[1]] | unique | join(\" \")" | tr -d '"'
}
kind=x-amz-checksum-crc64nvme
head -c 700000 /dev/urandom >"$T/in"
long() { s3put -q -p 5M "$@"; }
head -c 6000000 /dev/zero >"$T/long" # its checksums are quickly computed
printf 123456789 >"$T/nine"

# ---- what is sent
run s3put -q nine <"$T/nine"
exits 'a small object' 0
is 'has its checksum' "$(header PutObject $kind)" 'rosUhgp5mIg='
fresh
is 'a get of it' "$(s3get -q nine)" 123456789
is 'asks for the checksum, and again where a range has none' "$(ops)" 'GetObject HeadObject'
run long long <"$T/long"
exits 'a long stream' 0
is 'its upload is to have checksums' "$(header CreateMultipartUpload x-amz-checksum-algorithm) $(header CreateMultipartUpload x-amz-checksum-type)" 'CRC64NVME FULL_OBJECT'
is 'so has each part' "$(header UploadPart $kind | wc -w)" 2
is 'and the whole' "$(header CompleteMultipartUpload $kind | wc -w)" 1
ok 'a get of it' cmp -s <(s3get -q -p 1M long) "$T/long"

# ---- what is not as it was sent
fresh
fault '{"op":"PutObject","times":1,"action":{"status":400,"code":"BadDigest"}}'
run s3put -q again <"$T/nine"
exits 'a body that broke on the way' 0
is 'is sent again, with its checksum' "$(ops) $(header PutObject $kind)" 'PutObject PutObject rosUhgp5mIg='
for range in 5M 100K; do
    s3put -q flip <"$T/in"
    fresh
    fault '{"op":"GetObject","times":1,"action":{"flip_bit":70000}}'
    run s3get -q -p $range flip
    exits "a bit that changed on the way (ranges of $range)" 1 \
        'get flip: what was written has the CRC64NVME [A-Za-z0-9+/]*=, and the object [A-Za-z0-9+/]*='
done

# ---- a store that refuses them
for answer in '501,"code":"NotImplemented"' '400,"code":"InvalidArgument"'; do
    fresh
    fault '{"op":"CreateMultipartUpload","times":1,"action":{"status":'"$answer"'}}'
    run long refused <"$T/long"
    exits "an upload whose checksums are refused ($answer)" 0
    is 'has none in its parts' "$(header UploadPart $kind)$(header CompleteMultipartUpload $kind)" ''
    fresh
    fault '{"op":"PutObject","times":1,"action":{"status":'"$answer"'}}'
    run s3put refused <"$T/nine"
    exits "an object whose checksum is refused ($answer)" 0
    fault '{"op":"GetObject","times":1,"action":{"status":'"$answer"'}}'
    is 'a get that may not ask for it' "$(s3get -q refused)" 123456789
done

# ---- the user's own
sum() { openssl dgst "-$1" -binary | base64 -w0; }
crc32() { /usr/bin/python3 -c 'import base64, sys, zlib
print(base64.b64encode(zlib.crc32(sys.stdin.buffer.read()).to_bytes(4, "big")).decode())'; }
for name in sha256 sha1 crc32; do
    value=$(case $name in crc32) crc32 ;; *) sum $name ;; esac <"$T/long")
    for part in 5M 8M; do
        fresh
        run s3put -q -p $part -H "x-amz-checksum-$name: $value" own <"$T/long"
        exits "a stream with a $name of the user's (-p $part)" 0
        ok 'is whole' cmp -s <(s3get -q own) "$T/long"
        s3rm -q own >"$T/gone"
        run s3put -q -p $part -H "x-amz-checksum-$name: ${value:1:1}${value:0:1}${value:2}" own <"$T/long"
        exits "one with another's $name (-p $part)" 1 'put own: (400 BadDigest|not published: the [A-Z0-9]* of the input is)'
        is 'is not there' "$(s3ls own)" ''
        is 'and leaves nothing' "$(uploads_left)" 0
    done
done
fresh
run long -H 'x-amz-checksum-algorithm: SHA256' own <"$T/long"
exits 'a kind without a value' 0
is 'is that of each part' "$(header CreateMultipartUpload x-amz-checksum-algorithm) $(header UploadPart x-amz-checksum-sha256 | wc -w)" 'SHA256 2'
fresh
fault '{"op":"CreateMultipartUpload","times":-1,"action":{"status":501,"code":"NotImplemented"}}'
run long -H 'x-amz-checksum-algorithm: SHA256' own <"$T/long"
exits 'one that the user wants is not left out' 1 'create upload of own: 501 NotImplemented'

# ---- over https the signature need not cover what the store verifies
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$T/tls.key" -out "$T/tls.pem" -subj /CN=store \
    -addext 'subjectAltName=IP:127.0.0.1' -days 2 2>/dev/null
s3server_start --checksums --cert "$T/tls.pem" --key "$T/tls.key"
export S3_CA_FILE=$T/tls.pem
head -c 12000000 /dev/zero >"$T/long"
run long -j 1 tls <"$T/long"
exits 'parts over https' 0
is 'are hashed until the store has shown that it verifies them' \
    "$(server_log '[.[] | select(.op == "UploadPart") | .headers[] | select((.[0] | ascii_downcase) == "x-amz-content-sha256") | .[1] == "UNSIGNED-PAYLOAD"]')" '[false,true,true]'
fresh
fault '{"op":"UploadPart","skip":1,"times":1,"action":{"status":403,"code":"AccessDenied"}}'
run long -j 1 tls <"$T/long"
exits 'a store that wants signatures to cover bodies' 0
is 'has them from then on' \
    "$(server_log '[.[] | select(.op == "UploadPart") | .headers[] | select((.[0] | ascii_downcase) == "x-amz-content-sha256") | .[1] == "UNSIGNED-PAYLOAD"]')" '[false,true,false,false]'
done_testing
