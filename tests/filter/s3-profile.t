#!/usr/bin/env bash
# Where requests go by the settings of a profile and of AWS's own variables,
# as the AWS command line has it, and whom they tell to pay.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/s3server.sh"
s3server_start --bucket tenant:test
export HOME=$T/home
mkdir -p "$HOME/.aws"
unset AWS_CA_BUNDLE AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SHARED_CREDENTIALS_FILE AWS_CONFIG_FILE
url=$S3_ENDPOINT
unset S3_ENDPOINT S3_REGION
export S3_RETRIES=1 https_proxy=http://127.0.0.1:1 # Amazon is not reached
cat >"$HOME/.aws/config" <<INI
[default]
services = ours
endpoint_url = http://127.0.0.1:2
[services ours]
s3 =
  endpoint_url = $url
[profile "two words"]
Endpoint_URL : $url
[profile none]
region = eu-central-1
[profile virtual]
endpoint_url = ${url/127.0.0.1/localhost}
s3 =
  addressing_style = virtual
[profile fips]
use_fips_endpoint = true
use_dualstack_endpoint = true
region = us-gov-east-1
[profile login]
login_session = arn:aws:iam::1:user/me
[profile bundle]
endpoint_url = ${url/http:/https:}
ca_bundle = $T/bundle.pem
INI

goes() { # NAME ENVIRONMENT...: to our server
    local name=$1
    shift
    run env -u S3_ENDPOINT "$@" s3put k <<<x
    exits "$name" 0
}
names() { # NAME WORDS ENVIRONMENT...: elsewhere, as the error says
    local name=$1 words=$2
    shift 2
    run env -u S3_ENDPOINT "$@" s3ls
    is "$name: status" "$status" "${code:-1}"
    matches "$name" "$err" "$words"
}
goes "the endpoint of the profile's services"
goes 'a profile in quotes' AWS_PROFILE='two words'
goes 'AWS_ENDPOINT_URL' AWS_ENDPOINT_URL="$url" AWS_PROFILE=none
goes 'S3_ENDPOINT' S3_ENDPOINT="$url" AWS_PROFILE=nobody
names 'AWS_ENDPOINT_URL comes before the profile' '127.0.0.1:3' AWS_ENDPOINT_URL=http://127.0.0.1:3
names 'endpoints can be ignored' 's3.us-east-1.amazonaws.com' AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true AWS_ENDPOINT_URL="$url"
names "the region of a profile, with keys of the environment" 's3.eu-central-1.amazonaws.com' AWS_PROFILE=none
names 'FIPS and dual-stack by the profile' 's3-fips.dualstack.us-gov-east-1.amazonaws.com' AWS_PROFILE=fips
names 'a variable comes before the profile' 's3.dualstack.us-gov-east-1.amazonaws.com' AWS_PROFILE=fips AWS_USE_FIPS_ENDPOINT=false
code=2 names 'FIPS beside an endpoint' 'cannot be kept with the endpoint' AWS_USE_FIPS_ENDPOINT=true S3_ENDPOINT="$url"
names 'the European cloud has its own domain' 's3.eusc-de-east-1.amazonaws.eu' AWS_PROFILE=none AWS_REGION=eusc-de-east-1
code=2 names 'a profile that is not there' 'no profile nobody' AWS_PROFILE=nobody
code=2 names 'a login session' 'profile login: login_session is not supported; as credential_process' \
    -u S3_ACCESS_KEY -u S3_SECRET_KEY AWS_PROFILE=login
names "the profile's CA bundle" "$T/bundle.pem" AWS_PROFILE=bundle https_proxy=
names 'AWS_CA_BUNDLE comes before it' "$T/other.pem" AWS_PROFILE=bundle AWS_CA_BUNDLE="$T/other.pem" https_proxy=
names 'an access point' 'logs-123456789012.s3-accesspoint.eu-west-1.amazonaws.com' \
    AWS_PROFILE=none S3_BUCKET=arn:aws:s3:eu-west-1:123456789012:accesspoint/logs

export S3_ENDPOINT=$url
server_log_clear
goes "the profile's addressing" AWS_PROFILE=virtual
is 'the bucket is in the host' "$(server_log '[.[].headers[] | select(.[0] == "Host") | .[1]] | unique | join(" ")' | tr -d '"')" "test.${url/*127.0.0.1/localhost}"
run s3put -b tenant:test 'a b' <<<tenant
exits "a tenant's bucket" 0
is 'a get from it' "$(s3get -b tenant:test -q 'a b')" tenant
is 'a listing of it' "$(s3ls -b tenant:test)" 'a b'
is 'a delete from it' "$(s3rm -b tenant:test 'a b')" 'a b'

# ---- who pays
with() { server_log '[.[] | select([.headers[] | select((.[0] | ascii_downcase) == "'"$1"'" and .[1] == "'"$2"'")] | length > 0) | .op] | unique | join(" ")' | tr -d '"'; }
export S3_REQUEST_PAYER=requester
server_log_clear
head -c 9000000 /dev/zero | s3put -q long
s3get -q long >"$T/out"
s3ls >/dev/null
s3ls -u >/dev/null
s3rm -q k long >/dev/null
is 'every request says who pays' "$(with x-amz-request-payer requester)" "$(server_log '[.[].op] | unique | join(" ")' | tr -d '"')"
is 'which were all kinds' "$(with x-amz-request-payer requester | wc -w)" 8
server_log_clear
s3put -q -H 'x-amz-request-payer: other' k <<<x
is 'an option comes before the setting' "$(with x-amz-request-payer other)" PutObject
done_testing
