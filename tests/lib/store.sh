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

# store_kill: by -9, as a machine that goes down. store_again: the same server on
# the same data, at the same port.
store_kill() {
    local pid
    pid=$(<"$T/store/pid")
    if [ ! -e "$T/store.command" ]; then
        cp "/proc/$pid/cmdline" "$T/store.command"
        cp "/proc/$pid/environ" "$T/store.environment"
    fi
    kill -9 "$pid" && await 10 not kill -0 "$pid"
}
store_again() {
    local words environment
    mapfile -d '' -t words <"$T/store.command"
    mapfile -d '' -t environment <"$T/store.environment"
    setsid env -i "${environment[@]}" "${words[@]}" >>"$T/store/log" 2>&1 </dev/null &
    echo $! >"$T/store/pid"
    disown
    await 20 s3ls none/
}
