# Single requests to an S3 server, signed by botocore (of Debian's awscli), sent
# by curl exactly as told: for tests of what no program of ours would send.
# shellcheck shell=bash

# s3 METHOD PATH [NAME=VALUE]... [-- CURL-OPTION...]
# Signs and sends a request; leaves the status in $code, curl's exit status (0
# for a whole answer) in $curl, the answer's head and body in the files head and
# body. The names:
#   data=TEXT file=FILE   the body, signed and sent
#   send=TEXT             another body to send instead
#   header='Name: value'  signed with the rest; may be repeated
#   payload=TEXT          x-amz-content-sha256 in place of the body's hash
#   skew=SECONDS region= access= secret= token=   to sign with
#   host=HOST             to sign and send as Host
#   to=PATH               where it goes in truth
s3() {
    local arguments problem body=body
    arguments=("directory=$PWD" "method=$1" "path=$2" "endpoint=$S3_ENDPOINT"
        "access=$S3_ACCESS_KEY" "secret=$S3_SECRET_KEY" "region=$S3_REGION")
    [ "$1" != HEAD ] || body=/dev/null # curl takes its head for the body
    shift 2
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        arguments+=("$1")
        shift
    done
    [ -n "${s3_signer_PID-}" ] || s3_signer_start
    printf '%s\0' "${#arguments[@]}" "${arguments[@]}" >&"${s3_signer[1]}"
    read -r problem <&"${s3_signer[0]}"
    [ -z "$problem" ] || printf 'Bail out! %s\n' "$problem"
    : >body
    : >./head
    # shellcheck disable=SC2034 # for the caller
    code=$(curl -sSk --noproxy '*' --path-as-is -D head -o "$body" \
        -w '%{http_code}' -K .curl "${@:2}" 2>.curl.err) && curl=0 || curl=$?
}
s3_signer_start() {
    coproc s3_signer { exec /usr/bin/python3 "$TESTS/lib/s3sign.py"; }
}

# element NAME: the text of each such element of the answer, XML undone.
element() {
    grep -zoP "<(?:$1)>\K[^<]*" body | tr '\0' '\n' |
        sed 's/&lt;/</g; s/&gt;/>/g; s/&quot;/"/g; s/&#13;/\r/g; s/&amp;/\&/g'
}
error_code() { element Code; }

# percent TEXT [KEPT]: in percent form but for letters, digits, -._~ and KEPT.
percent() {
    local LC_ALL=C text=$1 i
    for ((i = 0; i < ${#text}; i++)); do
        case ${text:i:1} in
        [A-Za-z0-9._~${2-}-]) printf %s "${text:i:1}" ;;
        *) printf %%%02X "'${text:i:1}" ;;
        esac
    done
}
# unplus TEXT: out of percent form, `+` being a space.
unplus() {
    local text=${1//+/ }
    printf %b "${text//%/\\x}"
}
xml_well_formed() {
    /usr/bin/python3 -c 'import xml.dom.minidom
xml.dom.minidom.parse("body")'
}
