# A real S3 server for tests in shell: . tests/lib/tap.sh, then this. It is what
# scripts/local-s3 starts: versitygw where it can be had, else the repository's
# own test server, said aloud. LOCAL_S3=versitygw insists on it, as CI does.
# shellcheck shell=bash

# store_start: S3_* are exported; it ends with the test.
store_start() {
    local settings
    settings=$("$ROOT/scripts/local-s3" start "$T/store" 2>"$T/store.err") ||
        skip_all "no S3 server: $(tail -1 "$T/store.err")"
    sed 's/^/# /' "$T/store.err"
    at_exit '"$ROOT/scripts/local-s3" stop "$T/store"'
    eval "$settings"
    # for awscli
    export AWS_ACCESS_KEY_ID=$S3_ACCESS_KEY AWS_SECRET_ACCESS_KEY=$S3_SECRET_KEY AWS_DEFAULT_REGION=$S3_REGION
    export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true
}
aws_s3() { /usr/bin/aws --endpoint-url "$S3_ENDPOINT" s3 "$@"; }
