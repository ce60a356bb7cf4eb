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

script() { printf '%s' "$1" >"$T/script" && : >"$T/log"; }
script '{}'
IDENTITY_ACCESS_KEY=$key IDENTITY_SECRET_KEY=$secret IDENTITY_TOKEN=$token \
    /usr/bin/python3 -EB "$TESTS/lib/identity.py" "$T/url" "$T/log" "$T/script" &
at_exit "kill $!"
await 10 test -s "$T/url" || { echo 'Bail out! identity.py did not start' && exit 1; }
url=$(cat "$T/url")
printf 'web+identity/token=\n' >"$T/web"
web=("AWS_WEB_IDENTITY_TOKEN_FILE=$T/web" AWS_ROLE_ARN=arn:aws:iam::1:role/backup "AWS_ENDPOINT_URL_STS=$url")
container=("AWS_CONTAINER_CREDENTIALS_FULL_URI=$url/v1/credentials" AWS_CONTAINER_AUTHORIZATION_TOKEN=the-token)
instance=(AWS_EC2_METADATA_DISABLED=false "AWS_EC2_METADATA_SERVICE_ENDPOINT=$url/")

# fresh: no shared files, nothing stored, no faults, nothing asked.
fresh() {
    rm -rf "$HOME" && mkdir -p "$HOME/.aws"
    script '{}'
    s3server_empty
}
# config: makes stdin the shared config file.
config() { (umask 077 && cat >"$HOME/.aws/config"); }
# shared_files: both of them, with a profile for each case.
shared_files() {
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
    chmod 600 "$HOME/.aws/credentials"
    config <<INI
[default]
region = eu-north-1
[profile work]
region = us-east-1
s3 =
  max_concurrent_requests = 20
  aws_access_key_id = nested
[profile half]
aws_secret_access_key = $secret
[profile nothing]
output = json
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
}
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

if testcase 'the default profile'; then
    fresh
    shared_files
    fails 'its key is what the store refuses' 1 '403 InvalidAccessKeyId' A=
fi

if testcase 'a named profile'; then
    fresh
    shared_files
    sees 'AWS_PROFILE finds it' AWS_PROFILE=work
    matches '-v names it as the source' "$err" 'credentials: profile work \(tried before: environment: no access key\)'
    sees 'AWS_PROFILE finds it in the config file' AWS_PROFILE=configured
    sees 'AWS_PROFILE finds it in files of other names' AWS_PROFILE=work HOME=/nonexistent \
        "AWS_SHARED_CREDENTIALS_FILE=$HOME/.aws/credentials"
fi

if testcase 'a profile that has no credentials'; then
    fresh
    shared_files
    fails 'its key is without its secret, which another file has' 2 'profile half: an access key without its secret' AWS_PROFILE=half
    fails 'it is in no file' 2 'AWS_PROFILE: there is no profile none$' AWS_PROFILE=none
    fails 'its files are not there' 2 'there is no profile work \(no /nonexistent/.aws/credentials, no /n' \
        AWS_PROFILE=work HOME=/nonexistent
    fails 'it has other settings only' 2 'no credentials: .*profile nothing: no credentials in it' AWS_PROFILE=nothing
    fails 'it has a role by another profile' 2 'profile chained: a role_arn without.*export-credentials' AWS_PROFILE=chained
    fails 'it has single sign-on' 2 'profile sso: single sign-on is not supported' AWS_PROFILE=sso
    printf '[default]\nsso_session = me\n' >sso
    fails 'it is the default with single sign-on' 2 'no credentials: .*profile default: single sign-on is not supported' \
        "AWS_CONFIG_FILE=$PWD/sso" AWS_SHARED_CREDENTIALS_FILE=/dev/null
fi

if testcase 'a shared file that cannot be used'; then
    fresh
    fails 's3put reports a directory' 1 "$PWD: Is a directory" "AWS_SHARED_CREDENTIALS_FILE=$PWD"
    printf '[default]\nnonsense\n' >broken
    fails 's3put reports the line that is broken' 2 "$PWD/broken: line 2: no setting" "AWS_CONFIG_FILE=$PWD/broken"
fi

if testcase 'a credentials file that others can read'; then
    fresh
    shared_files
    AWS_PROFILE=work s3put k <<<x
    chmod 644 "$HOME/.aws/credentials"
    run env AWS_PROFILE=work s3ls k
    exits 's3ls warns' 0 'warning: .*/credentials: others than its owner can read it'
    is 's3ls works all the same' "$(cat "$T/out")" k
fi

if testcase 'the environment'; then
    fresh
    shared_files
    sees 'its keys come before a profile' AWS_PROFILE=work S3_ACCESS_KEY="$key" S3_SECRET_KEY="$secret" S3_SESSION_TOKEN="$token"
    is 'no other source is named after its keys' "$(wc -l <"$T/err")" 1
fi

# ---- secrets in files

if testcase 'secrets in files'; then
    fresh
    printf '%s\r\n' "$key" >id
    printf '%s\n' "$secret" >secret
    sees 'their line ends do not count' "S3_ACCESS_KEY_FILE=$PWD/id" "S3_SECRET_KEY_FILE=$PWD/secret" S3_SESSION_TOKEN="$token"
    : >empty
    head -c 100000 /dev/zero | tr '\0' k >long
    in_file() { fails "$1" 1 "$2" "S3_ACCESS_KEY=$key" "S3_SECRET_KEY_FILE=$3"; }
    in_file 'an empty file is refused' "$PWD/empty: is empty" "$PWD/empty"
    in_file 'a file of 100 kB is refused' "$PWD/long: too long for a secret" "$PWD/long"
    in_file 'a directory is refused' "$PWD: Is a directory" "$PWD"
    in_file 'a file that is not there is reported' "$PWD/none: No such file" "$PWD/none"
fi

# ---- regions

if testcase 'the region'; then
    fresh
    shared_files
    run env -u S3_ENDPOINT AWS_PROFILE=work S3_RETRIES=1 https_proxy=http://127.0.0.1:1 s3ls
    is 'AWS is not reached through a proxy that is not there: status' "$status" 1
    matches 'that of the profile decides the host of AWS' "$err" 's3.us-east-1.amazonaws.com'
    run env -u S3_ENDPOINT AWS_PROFILE=work AWS_REGION=cn-north-1 S3_RETRIES=1 https_proxy=http://127.0.0.1:1 s3ls
    matches 'one in China has its own domain' "$err" 's3.cn-north-1.amazonaws.com.cn'
fi

# ---- credential_process

# process_profile: a profile whose command leaves here what it was given, and
# what it has inherited.
process_profile() {
    config <<INI
[profile process]
credential_process = "$PWD/process" 'a b'
INI
    ls -l /proc/self/fd | sed -n 's/.*socket:\[\(.*\)\]/ \1 /p' >inherited
    cat >process <<SH
#!/bin/sh
cat >"$PWD/stdin"
printf '%s' "\$1" >"$PWD/argument"
echo x >>"$PWD/ran"
ls -l /proc/self/fd | sed -n 's/.*socket:\[\(.*\)\]/ \1 /p' | grep -vxF -f "$PWD/inherited" >"$PWD/sockets"
grep -F -f "$PWD/sockets" /proc/net/tcp >>"$PWD/held"
printf '{"Version":1,"AccessKeyId":"%s","SecretAccessKey":"%s","SessionToken":"%s","Expiration":"%s"}\n' \
    '$key' '$secret' '$token' "\$(date -u -d '+100 seconds' +%Y-%m-%dT%H:%M:%S+00:00)"
SH
    chmod 755 process
}
if testcase 'a credential_process'; then
    fresh
    process_profile
    sees 's3put asks it' AWS_PROFILE=process
    matches '-v names it as the source' "$err" 'credentials: profile process, credential_process'
    is 'its arguments are those of a shell' "$(cat argument)" 'a b'
    is 'it cannot read the stream' "$(wc -c <stdin)" 0
    is 'it leaves the stream whole' "$(AWS_PROFILE=process s3get -q k)" x
    is 'it is asked again for what expires within minutes' "$(($(wc -l <ran) >= 4))" 1
    fault '{"op":"PutObject","action":{"status":400,"code":"ExpiredToken"}}'
    run env AWS_PROFILE=process s3put held <<<x
    exits 'it is asked while a connection is open' 0
    is 'it does not hold a connection' "$(cat held)" ''
    sees 'it works where SIGCHLD is ignored' AWS_PROFILE=process env --ignore-signal=CHLD
fi

if testcase 'a credential_process that gives nothing'; then
    fresh
    config <<INI
[profile lying]
credential_process = echo '{"Version": 1, "AccessKeyId": "$key"}'
[profile failing]
credential_process = echo no >&2; exit 3
[profile future]
credential_process = echo '{"Version": 2, "AccessKeyId": "a", "SecretAccessKey": "b"}'
INI
    fails 'its answer has no secret' 1 'profile lying: credential_process: the answer has no credentials' AWS_PROFILE=lying
    run env AWS_PROFILE=failing s3ls
    is 'it fails: status' "$status" 1
    matches 'its exit status is reported' "$err" 'profile failing: credential_process: exit status 3'
    fails 'its answer is of another version' 1 'version 2, not 1' AWS_PROFILE=future
fi

# ---- web identity

if testcase 'web identity'; then
    fresh
    config <<<'[profile other]'
    sees 'the environment has it' "${web[@]}"
    matches '-v names it as the source' "$err" 'credentials: AWS_WEB_IDENTITY_TOKEN_FILE, arn:aws:iam::1:role/backup \(tried before: environment: no access key; profile default: no .*credentials\)'
    matches 'STS is asked for the role' "$(cat "$T/log")" 'POST / Action=AssumeRoleWithWebIdentity RoleArn=arn:aws:iam::1:role/backup RoleSessionName=s3pipe'
    script '{"status":500,"times":1}'
    sees 'STS may fail once' "${web[@]}"
    is 'STS is asked again after a failure' "$(asked)" 'POST / POST /'
    script '{}'
    fails 'STS may deny the role' 1 'role arn:x:denied: http://.*: 403: AccessDenied: Not authorized' "${web[@]}" AWS_ROLE_ARN=arn:x:denied
    fails 'its token file is not there' 1 "AWS_WEB_IDENTITY_TOKEN_FILE: $T/none: No such file" "${web[@]}" "AWS_WEB_IDENTITY_TOKEN_FILE=$T/none"
    fails 'its token is without a role' 2 'is set, but not AWS_ROLE_ARN' "AWS_WEB_IDENTITY_TOKEN_FILE=$T/web"
fi

if testcase 'web identity of a profile'; then
    fresh
    config <<INI
[profile web]
role_arn = arn:aws:iam::1:role/backup
web_identity_token_file = $T/web
role_session_name = nightly
INI
    sees 'AWS_PROFILE finds it' AWS_PROFILE=web "AWS_ENDPOINT_URL_STS=$url"
    matches 'STS is given the name of its session' "$(cat "$T/log")" 'RoleSessionName=nightly'
fi

if testcase 'STS is the one of the region'; then
    fresh
    # A proxy that is not there: the error names the host that was meant.
    sts() { # HOST ENVIRONMENT...
        run env -u S3_ENDPOINT "${web[@]:0:2}" S3_RETRIES=1 https_proxy=http://127.0.0.1:1 "${@:2}" s3ls
        exits "$1" 1 "role/backup: ${1//./\\.}: Failed to connect to 127\\.0\\.0\\.1"
    }
    sts sts.amazonaws.com
    sts sts.eu-west-1.amazonaws.com AWS_REGION=eu-west-1
    sts sts.cn-north-1.amazonaws.com.cn AWS_REGION=cn-north-1
    sts sts-fips.us-east-1.amazonaws.com AWS_REGION=us-east-1 AWS_USE_FIPS_ENDPOINT=true
    sts sts.eu-west-1.api.aws AWS_REGION=eu-west-1 AWS_USE_DUALSTACK_ENDPOINT=true
    config <<INI
[profile web]
region = eu-west-1
use_fips_endpoint = true
INI
    sts sts-fips.eu-west-1.amazonaws.com AWS_PROFILE=web
fi

# ---- a container

if testcase 'the endpoint of a container'; then
    fresh
    script '{"authorization":"the-token"}'
    sees 'its URL is taken without a proxy' "${container[@]}" http_proxy=http://127.0.0.1:1 no_proxy="${S3_ENDPOINT#http://}",127.0.0.1
    matches '-v names it as the source' "$err" "credentials: the container's endpoint"
    echo the-token >auth
    sees 'its token comes from a file first' "${container[@]}" AWS_CONTAINER_AUTHORIZATION_TOKEN=old "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=$PWD/auth"
    fails 'it refuses a token' 1 "the container's credentials: http://.*: 403: AccessDenied: the token is another" "${container[@]}" AWS_CONTAINER_AUTHORIZATION_TOKEN=other
    : >"$T/log"
    fails 'its token may not have a newline' 2 'control character' "${container[@]}" AWS_CONTAINER_AUTHORIZATION_TOKEN=$'a\nb: c'
    fails 'its token file is not there' 1 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: .*none: No such' "${container[@]}" "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=$T/none"
    fails 'its host is not allowed' 2 'neither https nor a host that is this machine' AWS_CONTAINER_CREDENTIALS_FULL_URI=http://example.com/x
    is 'it is not asked where its settings are wrong' "$(asked)" ''
    script '{"status":503,"times":1}'
    sees 'it may fail at first' "${container[@]}"
    script '{"broken":true}'
    fails 'its answer is not JSON' 1 "the container's credentials: .*: 200: the JSON is broken" "${container[@]}"
fi

# ---- an instance

if testcase 'the role of an instance'; then
    fresh
    sees 'its service is asked without a proxy' "${instance[@]}" http_proxy=http://127.0.0.1:1 no_proxy=127.0.0.1
    matches '-v names it as the source' "$err" 'credentials: instance metadata, role backup-role \(tried before: .*container: not configured\)'
    is 'its service is asked by IMDSv2' "$(asked)" 'PUT /latest/api/token GET /latest/meta-data/iam/security-credentials/ GET /latest/meta-data/iam/security-credentials/backup-role'
    matches 'its service gets the token that it gave' "$(sed -n 3p "$T/log")" ' TOKEN==$'
fi

if testcase 'an instance that gives nothing'; then
    fresh
    fails 'its service is switched off' 2 'no credentials: set .*instance metadata: AWS_EC2_METADATA_DISABLED' "${instance[@]}" AWS_EC2_METADATA_DISABLED=true
    is 'a service that is switched off is not asked' "$(asked)" ''
    script '{"role":""}'
    fails 'it has no role' 2 'no credentials: .*instance metadata: the instance has no role' "${instance[@]}"
    script '{"status":403}'
    fails 'its service gives no token' 2 'no credentials: .*instance metadata: no token \(status 403\)' "${instance[@]}"
    script '{"stall":60}'
    fails 'its service does not answer' 2 'no credentials: .*instance metadata: 127.0.0.1:[0-9]+: .*1 seconds' "${instance[@]}" timeout 30
    ok 'a service that does not answer is not waited for' test "$status" != 124
    fails 'it has no service' 2 'no credentials: .*instance metadata: 127.0.0.1:1: ' "${instance[@]}" AWS_EC2_METADATA_SERVICE_ENDPOINT=http://127.0.0.1:1
fi

# ---- renewed

if testcase 'credentials that expire'; then
    fresh
    fault '{"op":"UploadPart","part":2,"times":1,"action":{"status":400,"code":"ExpiredToken"}}'
    head -c 20000000 /dev/zero >in
    run env "${instance[@]}" s3put -j 1 long <in
    exits 's3put goes on when they expire under way' 0
    is 'they are asked for once more when they expire under way' "$(grep -c backup-role "$T/log")" 2
    faults_clear
    script '{"seconds":120}'
    run env "${instance[@]}" s3put long <in
    exits 's3put goes on when they are about to expire' 0
    is 'they are asked for ahead of time, but not for every request' "$(grep -c backup-role "$T/log")" 2
    fault '{"op":"*","times":-1,"action":{"status":400,"code":"ExpiredToken"}}'
    fails 's3put fails when they stay expired' 1 '400 ExpiredToken' "${instance[@]}"
fi

if testcase 'a bad bucket'; then
    fresh
    run env "${instance[@]}" AWS_EC2_METADATA_DISABLED=TRUE S3_ENDPOINT= s3ls -b x/y
    exits 's3ls reports it before it looks for credentials' 2 'not a valid bucket name'
fi
done_testing
