# The checks that every store has to pass, all the same: . tests/lib/tap.sh,
# then this. A test file names the store, says what is different about it, and
# calls conformance.
# shellcheck shell=bash

. "$TESTS/lib/s3request.sh"

# What a store may be different in.
unfit_keys=()  # it refuses them, or takes them for others
encrypts=      # it knows SSE-C (over https)
keeps_sums=yes # it keeps checksums of whole objects

# conformance_start KIND [HOW]: the store, by http, https or virtual addressing.
conformance_start() {
    local args=() settings
    case ${2:-http} in
    https)
        openssl req -x509 -newkey rsa:2048 -nodes -keyout "$T/tls.key" -out "$T/ca.pem" -subj /CN=store \
            -addext 'subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:*.localhost' -days 2 2>/dev/null
        args=(--cert "$T/ca.pem" --key "$T/tls.key")
        export S3_CA_FILE=$T/ca.pem AWS_CA_BUNDLE=$T/ca.pem
        ;;
    virtual) args=(--virtual-domain localhost) ;;
    esac
    settings=$(LOCAL_S3=$1 LOCAL_S3_ARGS="${args[*]}" "$ROOT/scripts/local-s3" start "$T/store" 2>"$T/store.err") ||
        skip_all "$(tail -1 "$T/store.err")"
    at_exit '"$ROOT/scripts/local-s3" stop "$T/store"'
    eval "$settings"
    export AWS_ACCESS_KEY_ID=$S3_ACCESS_KEY AWS_SECRET_ACCESS_KEY=$S3_SECRET_KEY AWS_DEFAULT_REGION=$S3_REGION
    export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true
    export path_endpoint=$S3_ENDPOINT
    if [ "${2:-}" = virtual ]; then
        export S3_ENDPOINT=${S3_ENDPOINT/127.0.0.1/localhost} S3_ADDRESSING=virtual
    fi
    wanted_https=${2:-http}
}

aws() { /usr/bin/env -u S3_CA_FILE aws --endpoint-url "$path_endpoint" "$@"; }
# Over TLS aws sends its checksums behind the body; versitygw leaves them unread
# at times (1 of 60 here), and takes them for the next request: a 400.
thrice() { "$@" || "$@" || "$@"; }
holds() { s3get -q "$1" | cmp - "$2"; }
sorted() { LC_ALL=C sort -z; }
uploads() { s3ls -u | wc -l; }

check_sizes() {
    local size
    head -c $((20 << 20)) /dev/urandom >"$T/in"
    for size in 0 1 $((8 << 20)) $(((8 << 20) + 1)) $((20 << 20)); do
        head -c "$size" "$T/in" >"$T/part"
        run s3put "size/$size" <"$T/part"
        exits "put $size bytes" 0
        ok "get $size bytes" holds "size/$size" "$T/part"
    done
    is 'sizes are listed' "$(s3ls -l size/ | cut -f1 | sort -n | xargs)" '0 1 8388608 8388609 20971520'
    matches 'times are listed' "$(s3ls -l size/1)" $'^1\t20[0-9-]{8}T[0-9:]{8}Z\tsize/1'
    run s3put -v -p 5M -j 3 parts <"$T/in"
    exits 'equal parts' 0 'in 4 parts'
    ok 'in ranges' eval 's3get -q -p 1M -j 7 parts | cmp - "$T/in"'
    ok 'in one' eval 's3get -q -p 1G -j 1 parts | cmp - "$T/in"'
    is 'no upload is left' "$(uploads)" 0
}

is_unfit() {
    local key
    for key in "${unfit_keys[@]}"; do [ "$key" != "$1" ] || return 0; done
    return 1
}

# A key the store cannot hold: refused in one line, or all that is known of it
# is true.
check_unfit() { # KEY
    local name
    name=$(printf 'the unfit key %.40q' "$1")
    run s3put "$1" <<<"$1"
    if [ "$status" != 0 ]; then
        exits "$name" 1 '400|404|409|5..'
        return
    fi
    is "$name comes back" "$(s3get -q "$1")" "$1"
    s3rm -q "$1" >/dev/null 2>&1
}

check_key() { # KEY
    local key=$1
    run s3put "$key" <<<"$key"
    exits "$(printf 'put the key %.40q' "$key")" 0
    ok 'it comes back' eval 's3get -q "$key" | cmp - <(cat <<<"$key")'
    printf '%s\0' "$key" >"$T/key"
    ok 'it is listed' eval 's3ls -0 "$key" | cmp - "$T/key"'
    ok 'it is deleted' eval 's3rm -0 "$key" | cmp - "$T/key"'
    run s3get "$key"
    is 'it is gone' "$status" 3
}

# Every key goes in, is listed, comes out and goes, exactly.
check_keys() {
    local key x
    x=$(printf 'x%.0s' $(seq 250))
    for key in 'a b' 'a+b' 'a%41' 'a%2Fb' 'a&b;c' 'a<b>"c' "a'b" 'ünï☃' '日本/語' ' lead' 'trail ' 'x=y?z#' '~*()!$,:@' \
        '\back\slash' 'dir//x' '/lead/slash' 'dir/../x' './x' '..' 'a/.' 'trail/' $'tab\there' $'new\nline' $'cr\rlf\n' \
        $'bell\a' $'\x01' $'\x7f' '😀' "$x/$x/$x/${x:0:200}"; do
        if is_unfit "$key"; then check_unfit "$key"; else check_key "$key"; fi
    done
    # What was taken for another key goes too.
    s3ls -0 | grep -zvE '^(parts|size/[0-9]+)$' | s3rm -0 -q 2>/dev/null
    is 'nothing else came of it' "$(s3ls | wc -l)" 6
}

check_no_replace() {
    run s3put -n once <<<1
    exits '-n of a new key' 0
    run s3put -n once <<<2
    exits '-n of a taken key' 4 'the key exists'
    run s3put -n once-multi <"$T/in"
    exits '-n of a new key, in parts' 0
    run s3put -n once-multi <"$T/in"
    exits '-n of a taken key, in parts' 4 'the key exists'
    is 'it is the first' "$(s3get -q once)" 1
    # Both have looked, and found nothing; only one of them looks again.
    run s3put -n race sh -c 'sleep 1; echo first | s3put -q race; echo second'
    exits 'another writer came first' 4 'race: (the key exists|412)'
    is 'and is not replaced' "$(s3get -q race)" first
}

check_listing() {
    local i
    for i in $(seq -w 1100); do printf 'list/%s/a b\0' "$i"; done >"$T/many"
    S3_ENDPOINT=$path_endpoint python3 "$TESTS/lib/make_objects.py" <"$T/many"
    ok 'more keys than a page are listed' eval 's3ls -0 list/ | sorted | cmp - "$T/many"'
    is 'a prefix' "$(s3ls list/110)" 'list/1100/a b'
    is 'common prefixes, over pages' "$(s3ls -d / list/ | sort | sha256sum)" \
        "$(for i in $(seq -w 1100); do echo "list/$i/"; done | sha256sum)"
    matches 'as JSON' "$(s3ls -J list/0001)" '^\{"key":"list/0001/a b","size":0,"time":"20'
    is 'nothing of no prefix' "$(s3ls none/)" ''
    ok 'all are deleted' eval 's3ls -0 list/ | s3rm -0 -v >"$T/gone" && sorted <"$T/gone" | cmp - "$T/many"'
    is 'and gone' "$(s3ls list/)" ''
    run s3rm none/such
    exits 'a key that is not there is deleted' 0
}

check_uploads() {
    local put
    rm -f "$T/feed" && mkfifo "$T/feed"
    { cat "$T/in" && exec sleep 30; } >"$T/feed" &
    local feeder=$!
    s3put -q 'stray/a b+%' <"$T/feed" &
    put=$!
    await 20 eval '[ "$(uploads)" = 1 ]'
    kill -KILL $put && wait $put 2>/dev/null
    kill $feeder 2>/dev/null
    sleep 1 # what was in flight may come in after an abort
    is 'an upload is listed' "$(s3ls -u | cut -f3)" 'stray/a b+%'
    matches 'with its start' "$(s3ls -u | cut -f2)" '^20[0-9-]{8}T[0-9:]{8}Z$'
    is 'by prefix' "$(s3ls -u none/)" ''
    ok 'it is aborted' eval 's3ls -u | s3rm -u >/dev/null'
    is 'and gone' "$(uploads)" 0
    run s3put failed sh -c 'head -c 20000000 /dev/zero; exit 3'
    exits 'a command that fails' 1 'exit status 3'
    is 'leaves no upload' "$(uploads)" 0
    run s3get failed
    is 'and no object' "$status" 3
}

check_metadata() {
    run s3put -t text/x-sql -m by=me -m 'note=a  b' meta <<<x
    exits 'metadata' 0
    run s3put -t text/x-sql -m by=me meta-multi <"$T/in"
    exits 'metadata, in parts' 0
    aws s3api head-object --bucket "$S3_BUCKET" --key meta >"$T/head"
    is 'aws sees the type' "$(jq -r .ContentType "$T/head")" text/x-sql
    is 'and the metadata' "$(jq -r .Metadata.by "$T/head")" me
    is 'of parts too' "$(aws s3api head-object --bucket "$S3_BUCKET" --key meta-multi | jq -r '.ContentType + " " + .Metadata.by')" 'text/x-sql me'
}

check_errors() {
    run s3get none/such
    exits 'no such key' 3 '404 NoSuchKey'
    run s3ls -b nosuchbucket
    is 'no such bucket: status' "$status" 3
    S3_SECRET_KEY=wrong run s3ls
    is 'a wrong secret: status' "$status" 1
    matches 'a wrong secret' "$err" '403 (SignatureDoesNotMatch|AccessDenied)'
    S3_ACCESS_KEY=nobody run s3ls
    is 'an unknown key: status' "$status" 1
    S3_REGION=eu-west-7 run s3ls size/1
    matches 'another region is mended or told of' "$status $err" '^(0 $|1 .*(400|403|301) )'
}

check_others() {
    local host=${path_endpoint#*://}
    seq 1 2000000 >"$T/text"
    gzstream <"$T/text" | s3put -q 'others/ours é.gz'
    ok 'aws and gunzip read what we wrote' eval 'aws s3 cp "s3://$S3_BUCKET/others/ours é.gz" - | gunzip | cmp - "$T/text"'
    gzip -1 <"$T/text" | aws s3 cp - "s3://$S3_BUCKET/others/theirs.gz" >/dev/null
    ok 'we read what gzip and aws wrote' eval 's3get -q others/theirs.gz | gzstream -d | cmp - "$T/text"'
    ok 'aws writes in parts' thrice aws s3 cp "$T/in" "s3://$S3_BUCKET/others/aws.in"
    ok 'we read them' holds others/aws.in "$T/in"
    is 'aws lists what we list' "$(aws s3api list-objects-v2 --bucket "$S3_BUCKET" --prefix others/ | jq -r '.Contents[].Key')" "$(s3ls others/)"
    cat >"$T/s3cfg" <<CFG
[default]
access_key = $S3_ACCESS_KEY
secret_key = $S3_SECRET_KEY
bucket_location = $S3_REGION
host_base = $host
host_bucket = $host
use_https = $([[ $path_endpoint == https:* ]] && echo True || echo False)
ca_certs_file = ${S3_CA_FILE:-}
signature_v2 = False
CFG
    s3cmd() { command s3cmd -q -c "$T/s3cfg" "$@"; }
    ok 's3cmd reads what we wrote' eval 's3cmd get --force parts "$T/got" 2>/dev/null || s3cmd get --force "s3://$S3_BUCKET/parts" "$T/got" && cmp "$T/got" "$T/in"'
    ok 's3cmd writes' s3cmd --multipart-chunk-size-mb=5 put "$T/in" "s3://$S3_BUCKET/others/cmd"
    ok 'we read what s3cmd wrote' holds others/cmd "$T/in"
    ok 'we delete what they wrote' eval 's3ls others/ | s3rm -q'
    is 'and aws finds nothing' "$(aws s3 ls "s3://$S3_BUCKET/others/" 2>/dev/null)" ''
}

check_encryption() {
    head -c 32 /dev/urandom >"$T/key" && head -c 32 /dev/urandom >"$T/other"
    export S3_SSE_C_KEY_FILE=$T/key
    run s3put -n sse/one <<<secret
    exits "a customer's key" 0
    run s3put -n sse/many <"$T/in"
    exits "a customer's key, in parts" 0
    is 'it comes back' "$(s3get -q sse/one)" secret
    ok 'in ranges too' eval 's3get -q -p 3M sse/many | cmp - "$T/in"'
    S3_SSE_C_KEY_FILE=$T/other run s3get sse/one
    is 'another key does not get it' "$status" 1
    run env -u S3_SSE_C_KEY_FILE s3get sse/one
    is 'nor does none' "$status" 1
    unset S3_SSE_C_KEY_FILE
    ok 'it is deleted without one' s3rm -q sse/one sse/many
}

# What the store says of an object's checksum, as base64.
kept_sum() {
    local name=$1
    (
        cd "$T" && export S3_ENDPOINT=$path_endpoint
        s3 HEAD "/$S3_BUCKET/$name" header='x-amz-checksum-mode: ENABLED'
        tr -d '\r' <./head | sed -n 's/^x-amz-checksum-crc64nvme: //Ip'
    )
}
check_checksums() {
    local sum
    printf 123456789 | s3put -q sums/nine
    s3put -q -p 5M sums/parts <"$T/in"
    if [ -n "$keeps_sums" ]; then
        is 'an object has its checksum' "$(kept_sum sums/nine)" 'rosUhgp5mIg='
        matches 'one of parts too' "$(kept_sum sums/parts)" '^[A-Za-z0-9+/]{11}=$'
    fi
    is 'a get is compared with it' "$(s3get -q sums/nine)" 123456789
    ok 'one in ranges too' eval 's3get -q -p 1M sums/parts | cmp - "$T/in"'
    sum=$(openssl dgst -sha256 -binary <"$T/in" | base64)
    run s3put -q -H "x-amz-checksum-sha256: $sum" sums/ours <"$T/in"
    exits 'a checksum of our own' 0
    ok 'is no hindrance' holds sums/ours "$T/in"
    run s3put -q -H "x-amz-checksum-sha256: ${sum:1:1}${sum:0:1}${sum:2}" sums/wrong <"$T/in"
    exits 'a wrong one' 1 'put sums/wrong: not published: the SHA256 of the input is'
    run s3put -q -H 'x-amz-checksum-crc32: AAAAAA==' sums/wrong <<<x
    is 'of a small object: status' "$status" 1
    is 'publishes nothing' "$(s3ls sums/wrong)$(uploads)" 0
}

conformance() {
    check_sizes
    check_checksums
    check_keys
    check_no_replace
    [ "$wanted_https" = https ] || check_listing
    check_uploads
    check_metadata
    check_errors
    check_others
    if [ -n "$encrypts" ]; then check_encryption; fi
    s3ls -0 | s3rm -0 -q
    is 'the bucket is empty in the end' "$(s3ls)" ''
    is 'of uploads too' "$(uploads)" 0
    done_testing
}
