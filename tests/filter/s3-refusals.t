#!/usr/bin/env bash
# Stores that refuse an optional call or condition in words of their own, or
# something that was not asked for: what the plain call can do is done.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/s3server.sh"
s3server_start

fresh() { faults_clear && server_log_clear; }
ops() { server_log '[.[].op] | join(" ")' | tr -d '"'; }
head -c 17000000 /dev/urandom >"$T/long"

# ---- a refusal to read is none to write
for code in InvalidObjectState AccessDenied KMS.DisabledException SomethingNew; do
    fresh
    fault '{"op":"GetObject","times":-1,"action":{"status":403,"code":"'$code'"}}'
    run s3put "slow/$code" sh -c 'sleep 1; echo row'
    exits "a slow stream to an object whose reading is refused with $code" 0
    fresh
    is "that stream is put, $code" "$(s3get -q "slow/$code")" row
done
fresh
fault '{"op":"*","times":-1,"action":{"status":403,"code":"SignatureDoesNotMatch"}}'
run timeout 5 s3put refused sleep 30
exits 'a slow stream where the signature is refused' 1 'put refused: 403 SignatureDoesNotMatch'

# ---- conditions
fresh
fault '{"op":"PutObject","times":1,"action":{"status":501,"code":"NotImplemented"}}'
run s3put -n new/501 <<<row
exits '-n where a condition is refused' 0
is '-n looks for the key, puts, and puts again without the condition' \
    "$(ops)" 'HeadObject HeadObject PutObject PutObject'
fresh
is '-n writes the object where a condition is refused' "$(s3get -q new/501)" row
fresh
fault '{"op":"PutObject","times":1,"action":{"status":501,"code":"NotImplemented"}}'
run s3put -n new/501 <<<other
exits '-n where the key exists and conditions are refused' 4 'the key exists'
is '-n leaves the existing object as it is' "$(s3get -q new/501)" row
fresh
fault '{"op":"CompleteMultipartUpload","times":1,"action":{"status":501,"code":"NotImplemented"}}'
run s3put -n new/long <"$T/long"
exits '-n of a long stream where a condition is refused' 0
ok '-n of a long stream writes all of it' cmp -s <(s3get -q new/long) "$T/long"
fresh
fault '{"op":"PutObject","times":-1,"action":{"status":501,"code":"NotImplemented"}}'
run s3put plain <<<row
exits 'a put without a condition that is refused with 501' 1 'put plain: 501 NotImplemented'
is 'and is sent once more, without a checksum' "$(ops)" 'PutObject PutObject'

# ---- a store that contradicts itself: 412, and no object
lost='"action":{"status":412,"code":"PreconditionFailed"}'
conditional() { server_log '[.[] | select(.op == "'"$1"'") | .headers | map(select((.[0] | ascii_downcase) == "if-none-match")) | length]'; }
fresh
fault '{"op":"PutObject","times":2,'"$lost}"
run s3put -n half/there <<<row
exits '-n of a key that is taken and not there' 0
is 'the condition is left out only where it is contradicted twice' "$(conditional PutObject)" '[1,1,0]'
fresh
is 'and the object is put' "$(s3get -q half/there)" row
fault '{"op":"PutObject","times":2,'"$lost}"
run s3put -n half/there <<<other
exits '-n of a key that is taken and there' 4 'the key exists'
fresh
is 'leaves it as it is' "$(s3get -q half/there)" row
fault '{"op":"PutObject","times":1,'"$lost}"
run s3put -n half/gone <<<row
exits '-n of a key that was there for a moment' 0
is 'asks with the condition again' "$(conditional PutObject)" '[1,1]'
fresh
fault '{"op":"PutObject","times":2,'"$lost}"
fault '{"op":"HeadObject","times":-1,"action":{"status":403,"code":"AccessDenied"}}'
run s3put -n -e half/unseen <<<row
exits '-n where the key cannot be looked at' 1 'head half/unseen: 403'
is 'puts nothing' "$(conditional PutObject)" '[]'
fresh
fault '{"op":"PutObject","times":-1,'"$lost}"
S3_CONDITIONAL_PUT=true run s3put -n half/known <<<row
exits '-n where the store is known to honour conditions' 4 '412'
is 'never leaves it out either' "$(conditional PutObject)" '[1]'
fresh
fault '{"op":"CompleteMultipartUpload","times":2,'"$lost}"
run s3put -n half/long <"$T/long"
exits '-n of a long stream to a key that is taken and not there' 0
is 'its last request leaves the condition out' "$(conditional CompleteMultipartUpload)" '[1,1,0]'
fresh
ok 'and the long object is put' cmp -s <(s3get -q half/long) "$T/long"

# ---- DeleteObjects
for answer in '400,"code":"InvalidArgument"' '400,"code":"MalformedXML"' '403,"code":"AccessDenied"' '501,"code":"NotImplemented"' '405,"code":"MethodNotAllowed"'; do
    fresh
    # More than one request takes, once: the refusal is remembered.
    printf 'gone/%04d\0' $(seq "${many:-1100}") >"$T/keys"
    many=20
    sed -zn '1~10p' "$T/keys" | python3 "$TESTS/lib/make_objects.py"
    echo kept | s3put -q gone/kept
    server_log_clear
    fault '{"op":"DeleteObjects","times":-1,"action":{"status":'"$answer"'}}'
    run s3rm -0 -j 1 <"$T/keys"
    exits "s3rm where DeleteObjects is answered with $answer" 0
    is "s3rm prints what it deleted one by one, $answer" "$(cmp "$T/out" "$T/keys" && echo same)" same
    is "s3rm deletes nothing else, $answer" "$(s3ls gone/)" gone/kept
    is "s3rm asks once for DeleteObjects, $answer" "$(ops | tr ' ' '\n' | grep -cx DeleteObjects)" 1
done
fresh
fault '[{"op":"DeleteObjects","times":-1,"action":{"status":403,"code":"AccessDenied"}},{"op":"DeleteObject","times":-1,"action":{"status":403,"code":"AccessDenied"}}]'
run s3rm gone/kept new/long
exits 's3rm where both ways are refused' 1 '403 AccessDenied'
is 's3rm tries one key alone, where both ways are refused' "$(ops)" 'DeleteObjects DeleteObject'
fresh
fault '{"op":"DeleteObjects","times":-1,"action":{"status":403,"code":"InvalidAccessKeyId"}}'
run s3rm gone/kept new/long
exits 's3rm where the key id is refused' 1 '403 InvalidAccessKeyId'
is 's3rm tries no key alone, where the key id is refused' "$(ops)" DeleteObjects

# ---- credentials that have expired, by the names of several services
for code in ExpiredToken ExpiredTokenException ExpiredCredentials InvalidTokenId TokenRefreshRequired RequestExpired; do
    fresh
    fault '{"op":"PutObject","times":1,"action":{"status":403,"code":"'$code'"}}'
    run s3put "expired/$code" <<<row
    exits "credentials refused with $code are read again" 0
    fresh
    fault '{"op":"PutObject","times":-1,"action":{"status":400,"code":"'$code'"}}'
    run s3put "expired/$code" <<<row
    exits "credentials refused twice with $code" 1 "400 $code"
    is "credentials refused with $code are tried twice" "$(ops)" 'PutObject PutObject'
done

# ---- a redirect
fresh
fault '{"op":"PutObject","times":-1,"action":{"status":302,"headers":{"Location":"https://login.test/portal"}}}'
run s3put portal <<<row
exits 'a redirect' 1 'put portal: 302 .*; it points to https://login\.test/portal'
done_testing
