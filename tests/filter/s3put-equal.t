#!/usr/bin/env bash
# s3put -e: the same content again is success, other content never; and -n where
# the store is known to honour conditions.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/s3server.sh"
s3server_start

fresh() { faults_clear && server_log_clear; }
ops() { server_log '[.[].op] | join(" ")' | tr -d '"'; }
nothing_left() { [ "$(uploads_left)" = 0 ]; }
head -c 20000000 /dev/urandom >"$T/long"
{ cat "$T/long" && echo x; } >"$T/longer"
{ head -c 19999999 "$T/long" && tail -c 1 "$T/long" | tr '\0-\377' '\1-\377\0'; } >"$T/other"

run s3put -e key <<<x
exits '-e without -n' 2 '-e goes with -n'
for conditional in false true; do
    export S3_CONDITIONAL_PUT=$conditional
    fresh
    run s3put -e -n "one/$conditional" <<<row
    exits "-e of a free key, conditional $conditional" 0
    fresh
    run s3put -env "one/$conditional" <<<row
    is "-e of the same content, conditional $conditional" "$status" 0
    matches "-e of the same content says so, conditional $conditional" "$err" 'the same 4 bytes are there already'
    is "-e of the same content fetches nothing, conditional $conditional" "$(ops | grep -c GetObject)" 0
    run s3put -e -n "one/$conditional" <<<wor
    exits "-e of other content of that length, conditional $conditional" 4 'exists with other content'
    run s3put -e -n "one/$conditional" <<<rows
    exits "-e of longer content, conditional $conditional" 4 'exists with other content'
    run s3put -e -n "one/$conditional" </dev/null
    exits "-e of nothing, conditional $conditional" 4 'exists with other content'
    is "-e leaves the object as it is, conditional $conditional" "$(s3get -q "one/$conditional")" row
    run s3put -e -n "one/$conditional" sh -c 'echo row; exit 1'
    exits "-e of a command that fails, conditional $conditional" 1 'exit status 1'

    s3put -q "plain/$conditional" <<<row
    run s3put -e -n "plain/$conditional" <<<row
    exits "-e of what was put without -n, conditional $conditional" 0
    run s3put -e -n "plain/$conditional" <<<wor
    exits "-e of other than what was put without -n, conditional $conditional" 4 'exists with other content'

    s3put -q "long/$conditional" <"$T/long"
    run s3put -e -n "long/$conditional" <"$T/long"
    exits "-e of the same long stream, conditional $conditional" 0
    for file in other longer; do
        run s3put -e -n "long/$conditional" <"$T/$file"
        exits "-e of the $file stream, conditional $conditional" 4 'exists with other content'
    done
    ok "-e leaves the long object as it is, conditional $conditional" cmp -s <(s3get -q "long/$conditional") "$T/long"
    ok "-e leaves no upload, conditional $conditional" nothing_left
    fresh
    fault '{"op":"GetObject","times":-1,"action":{"status":403,"code":"AccessDenied"}}'
    run s3put -e -n "long/$conditional" <"$T/long"
    exits "-e where the object cannot be read, conditional $conditional" 1 "put long/$conditional: the key exists: .*403 AccessDenied"
    fresh
    fault '{"op":"PutObject","times":1,"action":{"reset":"after"}}'
    run s3put -e -n "lost/$conditional" <<<row
    exits "-e whose answer was lost, conditional $conditional" 0
done

fresh
export S3_CONDITIONAL_PUT=true
run s3put -n single <<<row
exits '-n where conditions are honoured' 0
is '-n of one part is one request where conditions are honoured' "$(ops)" PutObject
run s3put -n single <<<other
exits '-n of a taken key where conditions are honoured' 4 'put single: 412 PreconditionFailed'
is '-n has not replaced it where conditions are honoured' "$(s3get -q single)" row
fresh
run s3put -n several <"$T/long"
exits '-n of a long stream where conditions are honoured' 0
run s3put -n several <"$T/other"
exits '-n of a long stream to a taken key where conditions are honoured' 4 'the key exists'
ok '-n has not replaced a long object' cmp -s <(s3get -q several) "$T/long"
fresh
fault '{"op":"PutObject","times":-1,"action":{"status":501,"code":"NotImplemented"}}'
run s3put -n single <<<other
exits '-n where the setting is wrong and conditions are refused' 1 '501 NotImplemented'
is '-n never puts without the condition that it relies on' \
    "$(server_log '[.[] | select(.op == "PutObject") | .headers | map(select((.[0] | ascii_downcase) == "if-none-match")) | length]')" '[1,1]'
fresh
is 'the object is as it was' "$(s3get -q single)" row
S3_CONDITIONAL_PUT=yes run s3put single <<<x
exits 'a setting that is no truth' 2 'S3_CONDITIONAL_PUT is not true or false: yes'

# ---- an endpoint with the bucket in it
S3_ENDPOINT=https://test.s3.example.com run s3put single <<<x
exits 'an endpoint that begins with the bucket' 2 \
    'the endpoint test\.s3\.example\.com begins with the name of the bucket: write S3_ENDPOINT=https://s3\.example\.com'
S3_ADDRESSING=path S3_ENDPOINT=http://test.localhost:1 S3_RETRIES=1 S3_CONNECT_TIMEOUT=1 run s3ls
is 'an endpoint that begins with the bucket may be meant' "$status" 1
done_testing
