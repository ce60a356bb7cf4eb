#!/usr/bin/env bash
# Where the credentials come from: each source against a scripted endpoint, in
# its order, as a whole set or not at all, renewed in time, never shown.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/s3server.sh"
token='session/Token+0123456789=='
s3server_start --session-token "$token"
export S3_RETRIES=2 HOME=$T/home
key=$S3_ACCESS_KEY secret=$S3_SECRET_KEY
unset S3_ACCESS_KEY S3_SECRET_KEY S3_REGION AWS_SHARED_CREDENTIALS_FILE AWS_CONFIG_FILE
unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_REGION AWS_DEFAULT_REGION AWS_ENDPOINT_URL AWS_ENDPOINT_URL_STS
mkdir -p "$HOME/.aws"

script() { printf '%s' "$1" >"$T/script" && : >"$T/log"; }
script '{}'
IDENTITY_ACCESS_KEY=$key IDENTITY_SECRET_KEY=$secret IDENTITY_TOKEN=$token \
    /usr/bin/python3 -EB "$TESTS/lib/identity.py" "$T/url" "$T/log" "$T/script" &
at_exit "kill $!"
await 10 test -s "$T/url" || { echo 'Bail out! identity.py did not start' && exit 1; }
url=$(cat "$T/url")
asked() { cut -d' ' -f1,2 "$T/log" | xargs; }
# sees NAME ENVIRONMENT...: a put with these settings works and tells where
# the credentials are from.
sees() {
    local name=$1
    shift
    run env "$@" s3put -v "k" <<<x
    is "$name: status" "$status" 0
    ok "$name: no secret is shown" not grep -qF -e "$secret" -e "$token" "$T/err"
}
# fails NAME STATUS ERE ENVIRONMENT...
fails() {
    local name=$1 code=$2 words=$3
    shift 3
    run env "$@" s3put k <<<x
    exits "$name" "$code" "$words"
    ok "$name: no secret is shown" not grep -qF -e "$secret" -e "$token" "$T/err"
}

# ---- the shared files
cat >"$HOME/.aws/credentials" <<INI
# a comment
[default]
aws_access_key_id = nobody
aws_secret_access_key = wrong
[ work ] ; and another
aws_access_key_id=$key
aws_secret_access_key	=  $secret
aws_session_token = $token   # said twice
[half]
aws_access_key_id = $key
INI
cat >"$HOME/.aws/config" <<INI
[default]
region = eu-north-1
[profile work]
region = us-east-1
s3 =
  max_concurrent_requests = 20
  aws_access_key_id = nested
[profile half]
aws_secret_access_key = $secret
[profile process]
credential_process = "$T/process" 'a b'
[profile lying]
credential_process = echo '{"Version": 1, "AccessKeyId": "$key"}'
[profile failing]
credential_process = echo no >&2; exit 3
[profile future]
credential_process = echo '{"Version": 2, "AccessKeyId": "a", "SecretAccessKey": "b"}'
[profile nothing]
output = json
[profile web]
role_arn = arn:aws:iam::1:role/backup
web_identity_token_file = $T/web
role_session_name = nightly
[profile chained]
role_arn = arn:aws:iam::1:role/backup
source_profile = work
[profile sso]
sso_session = me
[profile configured]
aws_access_key_id = $key
aws_secret_access_key = $secret
aws_session_token = $token
INI
chmod 600 "$HOME/.aws/"*
fails 'the default profile' 1 '403 InvalidAccessKeyId' A=
sees 'a named profile' AWS_PROFILE=work
matches 'a named profile is told of' "$err" 'credentials: profile work \(tried before: environment: no access key\)'
sees 'a profile of the config file' AWS_PROFILE=configured
sees 'files of other names' AWS_PROFILE=work HOME=/nonexistent "AWS_SHARED_CREDENTIALS_FILE=$HOME/.aws/credentials"
fails 'a key without its secret, which another file has' 2 'profile half: an access key without its secret' AWS_PROFILE=half
fails 'a profile that is not there' 2 'AWS_PROFILE: there is no profile none$' AWS_PROFILE=none
fails 'a profile in files that are not there' 2 'there is no profile work \(no /nonexistent/.aws/credentials, no /n' \
    AWS_PROFILE=work HOME=/nonexistent
fails 'a credentials file that is a directory' 1 "$T: Is a directory" "AWS_SHARED_CREDENTIALS_FILE=$T"
printf '[default]\nnonsense\n' >"$T/broken"
fails 'a broken file' 2 "$T/broken: line 2: no setting" "AWS_CONFIG_FILE=$T/broken"
fails 'a profile without credentials' 2 'no credentials: .*profile nothing: no credentials in it' AWS_PROFILE=nothing
fails 'a role by another profile' 2 'profile chained: a role_arn without.*export-credentials' AWS_PROFILE=chained
printf '[default]\nsso_session = me\n' >"$T/sso"
fails 'single sign-on of the default profile' 2 'no credentials: .*profile default: single sign-on is not supported' \
    "AWS_CONFIG_FILE=$T/sso" AWS_SHARED_CREDENTIALS_FILE=/dev/null
fails 'single sign-on' 2 'profile sso: single sign-on is not supported' AWS_PROFILE=sso
chmod 644 "$HOME/.aws/credentials"
run env AWS_PROFILE=work s3ls k
exits 'a credentials file that others can read' 0 'warning: .*/credentials: others than its owner can read it'
is 'is only warned of' "$(cat "$T/out")" k
chmod 600 "$HOME/.aws/credentials"
server_log_clear
sees 'the environment comes first' AWS_PROFILE=work S3_ACCESS_KEY="$key" S3_SECRET_KEY="$secret" S3_SESSION_TOKEN="$token"
is 'and is asked for nothing else' "$(wc -l <"$T/err")" 1

# ---- secrets in files
printf '%s\r\n' "$key" >"$T/id"
printf '%s\n' "$secret" >"$T/secret"
sees 'keys in files, line ends and all' "S3_ACCESS_KEY_FILE=$T/id" "S3_SECRET_KEY_FILE=$T/secret" S3_SESSION_TOKEN="$token"
: >"$T/empty"
head -c 100000 /dev/zero | tr '\0' k >"$T/long"
in_file() { fails "$1" "$2" "$3" "S3_ACCESS_KEY=$key" "S3_SECRET_KEY_FILE=$4"; }
in_file 'a secret in an empty file' 1 "$T/empty: is empty" "$T/empty"
in_file 'in one of 100 kB' 1 "$T/long: too long for a secret" "$T/long"
in_file 'in a directory' 1 "$T: Is a directory" "$T"
in_file 'in none' 1 "$T/none: No such file" "$T/none"

# ---- regions
run env -u S3_ENDPOINT AWS_PROFILE=work S3_RETRIES=1 https_proxy=http://127.0.0.1:1 s3ls
is "a profile's region decides AWS's host: status" "$status" 1
matches "a profile's region decides AWS's host" "$err" 's3.us-east-1.amazonaws.com'
run env -u S3_ENDPOINT AWS_PROFILE=work AWS_REGION=cn-north-1 S3_RETRIES=1 https_proxy=http://127.0.0.1:1 s3ls
matches 'a region in China has its own domain' "$err" 's3.cn-north-1.amazonaws.com.cn'

# ---- credential_process
ls -l /proc/self/fd | sed -n 's/.*socket:\[\(.*\)\]/ \1 /p' >"$T/inherited"
cat >"$T/process" <<SH
#!/bin/sh
cat >"$T/stdin"
printf '%s' "\$1" >"$T/argument"
echo x >>"$T/ran"
ls -l /proc/self/fd | sed -n 's/.*socket:\[\(.*\)\]/ \1 /p' | grep -vxF -f "$T/inherited" >"$T/sockets"
grep -F -f "$T/sockets" /proc/net/tcp >>"$T/held"
printf '{"Version":1,"AccessKeyId":"%s","SecretAccessKey":"%s","SessionToken":"%s","Expiration":"%s"}\n' \
    '$key' '$secret' '$token' "\$(date -u -d '+100 seconds' +%Y-%m-%dT%H:%M:%S+00:00)"
SH
chmod 755 "$T/process"
sees 'a credential_process' AWS_PROFILE=process
matches 'a credential_process is told of' "$err" 'credentials: profile process, credential_process'
is 'its arguments are those of a shell' "$(cat "$T/argument")" 'a b'
is 'it cannot eat the stream' "$(wc -c <"$T/stdin")" 0
is 'what was put is whole' "$(AWS_PROFILE=process s3get -q k)" x
is 'what expires within minutes is asked for again' "$(($(wc -l <"$T/ran") >= 4))" 1
fault '{"op":"PutObject","action":{"status":400,"code":"ExpiredToken"}}'
run env AWS_PROFILE=process s3put held <<<x
exits 'one that is asked while a connection is open' 0
is 'does not hold it' "$(cat "$T/held")" ''
sees 'a credential_process where SIGCHLD is ignored' AWS_PROFILE=process env --ignore-signal=CHLD
fails 'a credential_process that lies' 1 'profile lying: credential_process: the answer has no credentials' AWS_PROFILE=lying
run env AWS_PROFILE=failing s3ls
is 'a credential_process that fails: status' "$status" 1
matches 'a credential_process that fails' "$err" 'profile failing: credential_process: exit status 3'
fails 'a credential_process of another version' 1 'version 2, not 1' AWS_PROFILE=future

# ---- web identity
printf 'web+identity/token=\n' >"$T/web"
rm "$HOME/.aws/credentials" && sed -i /default/,/region/d "$HOME/.aws/config"
web=("AWS_WEB_IDENTITY_TOKEN_FILE=$T/web" AWS_ROLE_ARN=arn:aws:iam::1:role/backup "AWS_ENDPOINT_URL_STS=$url")
script '{}'
sees 'web identity' "${web[@]}"
matches 'web identity is told of' "$err" 'credentials: AWS_WEB_IDENTITY_TOKEN_FILE, arn:aws:iam::1:role/backup \(tried before: environment: no access key; profile default: no .*credentials\)'
matches 'STS is asked for the role' "$(cat "$T/log")" 'POST / Action=AssumeRoleWithWebIdentity RoleArn=arn:aws:iam::1:role/backup RoleSessionName=s3pipe'
script '{"status":500,"times":1}'
sees 'an STS that fails once' "${web[@]}"
is 'is asked again' "$(asked)" 'POST / POST /'
script '{}'
fails 'a role that is denied' 1 'role arn:x:denied: http://.*: 403: AccessDenied: Not authorized' "${web[@]}" AWS_ROLE_ARN=arn:x:denied
fails 'a token file that is not there' 1 "AWS_WEB_IDENTITY_TOKEN_FILE: $T/none: No such file" "${web[@]}" "AWS_WEB_IDENTITY_TOKEN_FILE=$T/none"
fails 'a token without a role' 2 'is set, but not AWS_ROLE_ARN' "AWS_WEB_IDENTITY_TOKEN_FILE=$T/web"
script '{}'
sees "a profile's web identity" AWS_PROFILE=web "AWS_ENDPOINT_URL_STS=$url"
matches "a profile's session name" "$(cat "$T/log")" 'RoleSessionName=nightly'

# ---- a container
script '{"authorization":"the-token"}'
container=("AWS_CONTAINER_CREDENTIALS_FULL_URI=$url/v1/credentials" AWS_CONTAINER_AUTHORIZATION_TOKEN=the-token)
sees "the container's endpoint" "${container[@]}" http_proxy=http://127.0.0.1:1 no_proxy="${S3_ENDPOINT#http://}",127.0.0.1
matches "the container's endpoint is told of" "$err" "credentials: the container's endpoint"
echo the-token >"$T/auth"
sees 'its token from a file, which comes first' "${container[@]}" AWS_CONTAINER_AUTHORIZATION_TOKEN=old "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=$T/auth"
fails 'a token that is refused' 1 "the container's credentials: http://.*: 403: AccessDenied: the token is another" "${container[@]}" AWS_CONTAINER_AUTHORIZATION_TOKEN=other
fails 'a token with a newline' 2 'control character' "${container[@]}" AWS_CONTAINER_AUTHORIZATION_TOKEN=$'a\nb: c'
fails 'a token file that is not there' 1 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: .*none: No such' "${container[@]}" "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=$T/none"
: >"$T/log"
fails 'a host that is not allowed' 2 'neither https nor a host that is this machine' AWS_CONTAINER_CREDENTIALS_FULL_URI=http://example.com/x
script '{"status":503,"times":2}'
sees 'an endpoint that fails at first' "${container[@]}"
script '{"broken":true}'
fails 'an answer that is no JSON' 1 "the container's credentials: .*: 200: the JSON is broken" "${container[@]}"

# ---- an instance
script '{}'
instance=(AWS_EC2_METADATA_DISABLED=false "AWS_EC2_METADATA_SERVICE_ENDPOINT=$url/")
sees "the instance's role" "${instance[@]}" http_proxy=http://127.0.0.1:1 no_proxy=127.0.0.1
matches "the instance's role is told of" "$err" 'credentials: instance metadata, role backup-role \(tried before: .*container: not configured\)'
is 'IMDSv2 is spoken' "$(asked)" 'PUT /latest/api/token GET /latest/meta-data/iam/security-credentials/ GET /latest/meta-data/iam/security-credentials/backup-role'
matches 'with its token' "$(sed -n 3p "$T/log")" ' TOKEN==$'
: >"$T/log"
fails 'a service that is switched off' 2 'no credentials: set .*instance metadata: AWS_EC2_METADATA_DISABLED' "${instance[@]}" AWS_EC2_METADATA_DISABLED=true
is 'is not asked' "$(asked)" ''
script '{"role":""}'
fails 'an instance without a role' 2 'no credentials: .*instance metadata: the instance has no role' "${instance[@]}"
script '{"status":403}'
fails 'a service that gives no token' 2 'no credentials: .*instance metadata: no token \(status 403\)' "${instance[@]}"
script '{"stall":5}'
before=$SECONDS
fails 'a service that does not answer' 2 'no credentials: .*instance metadata: 127.0.0.1:[0-9]+: .*1 seconds' "${instance[@]}"
ok 'is not waited for' test $((SECONDS - before)) -le 3
fails 'no service at all' 2 'no credentials: .*instance metadata: 127.0.0.1:1: ' "${instance[@]}" AWS_EC2_METADATA_SERVICE_ENDPOINT=http://127.0.0.1:1

# ---- renewed
script '{}'
fault '{"op":"UploadPart","part":2,"times":1,"action":{"status":400,"code":"ExpiredToken"}}'
head -c 20000000 /dev/zero >"$T/in"
run env "${instance[@]}" s3put -j 1 long <"$T/in"
exits 'a token that expires under way' 0
is 'is asked for again, once' "$(grep -c backup-role "$T/log")" 2
faults_clear
script '{"seconds":120}'
run env "${instance[@]}" s3put long <"$T/in"
exits 'credentials that are about to expire' 0
is 'are asked for ahead of time, but not for every request' "$(grep -c backup-role "$T/log")" 2
fault '{"op":"*","times":-1,"action":{"status":400,"code":"ExpiredToken"}}'
fails 'a token that stays expired' 1 '400 ExpiredToken' "${instance[@]}"
faults_clear
run env "${instance[@]}" AWS_EC2_METADATA_DISABLED=TRUE S3_ENDPOINT= s3ls -b x/y
exits 'a bad bucket is told before credentials are looked for' 2 'not a valid bucket name'
done_testing
