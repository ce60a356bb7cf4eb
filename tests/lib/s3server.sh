# The test server for tests in shell: . tests/lib/tap.sh, then this.
# s3server_start, and S3_* are set; it ends with the test.
# shellcheck shell=bash

S3SERVER_ACCESS=AKIATESTTESTTESTTEST
S3SERVER_SECRET='test+Secret/0123456789abcdefghijklmnopqr'

# s3server_start [OPTION...]: starts a server with a bucket `test` and exports
# what a client needs. Options are those of tests/lib/s3server.
s3server_start() {
    local ready=$T/.s3server.ready tries=0
    rm -f "$ready"
    S3SERVER_ACCESS_KEY=$S3SERVER_ACCESS S3SERVER_SECRET_KEY=$S3SERVER_SECRET \
        /usr/bin/python3 -E "$TESTS/lib/s3server" --parent-pid $$ \
        --bucket test --ready-file "$ready" "$@" \
        >"$T/.s3server.out" 2>"$T/.s3server.err" &
    s3server_pid=$!
    at_exit s3server_stop
    while [ ! -s "$ready" ]; do
        tries=$((tries + 1))
        if [ $tries -gt 200 ] || ! kill -0 "$s3server_pid" 2>/dev/null; then
            printf 'Bail out! the test server did not start: %s\n' \
                "$(cat "$T/.s3server.err")"
            exit 1
        fi
        sleep 0.05
    done
    S3_ENDPOINT=$(cat "$ready")
    S3_BUCKET=test
    S3_ACCESS_KEY=$S3SERVER_ACCESS
    S3_SECRET_KEY=$S3SERVER_SECRET
    S3_REGION=us-east-1
    export S3_ENDPOINT S3_BUCKET S3_ACCESS_KEY S3_SECRET_KEY S3_REGION
}

# s3server_stop: ends the server; what Python had to complain of is shown.
s3server_stop() {
    [ -n "${s3server_pid-}" ] || return 0
    kill "$s3server_pid" 2>/dev/null
    wait "$s3server_pid" 2>/dev/null
    s3server_pid=
    if [ -s "$T/.s3server.err" ]; then
        sed 's/^/# s3server: /' "$T/.s3server.err"
    fi
}

# control METHOD NAME [DATA]: talks to the server about itself.
control() {
    curl -sSk --noproxy '*' --fail-with-body -X "$1" ${3+--data-binary "$3"} \
        "$S3_ENDPOINT/_test/$2"
}

# query FILTER: applies a jq filter to stdin.
query() { jq -c "$1"; }

# server_log [FILTER]: the requests seen so far, one JSON object a line, or
# what a jq filter makes of the list of them.
server_log() { control GET log | query "${1-.[]}"; }
server_log_clear() { control DELETE log >/dev/null; }

# uploads_left, object_count: how many there are in all buckets.
uploads_left() { control GET uploads | query length; }
object_count() { control GET objects | query length; }
