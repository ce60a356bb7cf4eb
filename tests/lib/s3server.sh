# The test server for tests in shell: . tests/lib/tap.sh, then this.
# s3server_start, and S3_* are set; it ends with the test.
# shellcheck shell=bash

S3SERVER_ACCESS=AKIATESTTESTTESTTEST
S3SERVER_SECRET='test+Secret/0123456789abcdefghijklmnopqr'

s3server_pid=
s3server_count=0

# s3server_start [OPTION...]: starts a server with a bucket `test` and exports
# what a client needs. Options are those of tests/lib/s3server. A second call
# starts a second server, which is then the one that all below talks to.
s3server_start() {
    s3server_count=$((s3server_count + 1))
    local files=$T/.s3server.$s3server_count
    S3SERVER_ACCESS_KEY=$S3SERVER_ACCESS S3SERVER_SECRET_KEY=$S3SERVER_SECRET \
        "${S3SERVER_PYTHON:-/usr/bin/python3}" -EB "$TESTS/lib/s3server" --parent-pid $$ \
        --bucket test --dir "$files" --ready-file "$files.url" "$@" \
        >/dev/null 2>"$files.err" &
    s3server_pid=$!
    at_exit s3server_stop "$s3server_pid" "$files"
    s3server_wait "$files"
    S3_ENDPOINT=$(cat "$files.url")
    S3_BUCKET='test'
    S3_ACCESS_KEY=$S3SERVER_ACCESS
    S3_SECRET_KEY=$S3SERVER_SECRET
    S3_REGION=us-east-1
    export S3_ENDPOINT S3_BUCKET S3_ACCESS_KEY S3_SECRET_KEY S3_REGION
    # What the machine itself may have is none of a test's business.
    export AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_CONFIG_FILE=/dev/null
    export AWS_EC2_METADATA_DISABLED=true
}

# s3server_wait FILES: until the server listens; ten seconds at most.
s3server_wait() {
    local tries=0
    while [ ! -s "$1.url" ]; do
        tries=$((tries + 1))
        if [ $tries -gt 200 ] || ! kill -0 "$s3server_pid" 2>/dev/null; then
            printf 'Bail out! the test server did not start: %s\n' \
                "$(cat "$1.err")"
            exit 1
        fi
        sleep 0.05
    done
}

# s3server_stop [PID [FILES]]: ends a server, the last one if none is named;
# at the end of a test what it had to complain of is shown.
s3server_stop() {
    kill "${1-$s3server_pid}" 2>/dev/null
    wait "${1-$s3server_pid}" 2>/dev/null
    if [ -s "${2-}.err" ]; then
        sed 's/^/# s3server: /' "$2.err"
    fi
}

# control METHOD NAME [DATA]: talks to the server about itself.
control() {
    curl -sSk --noproxy '*' --fail-with-body -X "$1" ${3+--data-binary "$3"} \
        "$S3_ENDPOINT/_test/$2"
}

# query FILTER: applies a jq filter to stdin. Without jq only `length` and
# `.[]` are known, and a test that needs more says so.
query() {
    if command -v jq >/dev/null; then
        jq -c "$1"
    else
        /usr/bin/python3 -E -c '
import json, sys
items, wanted = json.load(sys.stdin), sys.argv[1]
if wanted == "length":
    print(len(items))
elif wanted == ".[]":
    for item in items:
        print(json.dumps(item, separators=(",", ":")))
else:
    sys.exit("this needs jq: " + wanted)' "$1"
    fi
}

# fault JSON: adds a rule, or a list of rules (see s3server.md).
fault() { control POST faults "$1" >/dev/null; }
faults_clear() { control DELETE faults >/dev/null; }
# faults_fired: how often rules have struck since they were cleared.
faults_fired() { control GET faults | query '[.[].fired] | add // 0'; }

# server_log [FILTER]: the requests seen so far, one JSON object a line, or
# what a jq filter makes of the list of them.
server_log() { control GET log | query "${1-.[]}"; }
server_log_clear() { control DELETE log >/dev/null; }

# s3server_empty: forgets objects, uploads, faults and the log, by one process.
s3server_empty() {
    curl -sSk --noproxy '*' --fail -X DELETE "$S3_ENDPOINT/_test/"{faults,objects,log} >/dev/null
}

# uploads_left, object_count: how many there are in all buckets.
uploads_left() { control GET uploads | query length; }
object_count() { control GET objects | query length; }
