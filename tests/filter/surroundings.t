#!/usr/bin/env bash
# What goes wrong around the programs: settings, credentials, the network. One
# clear line on stderr and the right exit status for each of the four.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/s3server.sh"
s3server_start
export S3_RETRIES=2

# each NAME STATUS ERE: for s3put, s3get, s3ls and s3rm.
each() {
    run s3put k <<<x
    exits "s3put, $1" "$2" "$3"
    run s3get k
    exits "s3get, $1" "$2" "$3"
    run s3ls
    exits "s3ls, $1" "$2" "$3"
    run s3rm k
    exits "s3rm, $1" "$2" "$3"
}
keep=$S3_SECRET_KEY
S3_SECRET_KEY=wrong
each 'a wrong secret' 1 '403 SignatureDoesNotMatch'
S3_SECRET_KEY=$keep
keep=$S3_BUCKET
S3_BUCKET=unknown
each 'an unknown bucket' 3 '404 NoSuchBucket'
S3_BUCKET=no/slash
each 'a bucket that cannot be' 2 'not a valid bucket name: no/slash'
S3_BUCKET=
each 'no bucket' 2 'no bucket: set S3_BUCKET'
S3_BUCKET=$keep
keep=$S3_ENDPOINT
S3_ENDPOINT=http://127.0.0.1:1
each 'nobody there' 1 '127.0.0.1:1: .*(\(2 tries\))'
S3_ENDPOINT=http://no-such-host.invalid
each 'no such host' 1 'no-such-host.invalid: .*[Rr]esolve'
for wrong in ftp://x x http:// http://h/path 'http://h:99999' 'http://a b'; do
    S3_ENDPOINT=$wrong
    run s3ls
    exits "the endpoint $wrong" 2 "endpoint"
done
S3_ENDPOINT=$keep
keep=$S3_ACCESS_KEY
unset S3_ACCESS_KEY
each 'no credentials' 2 'no credentials: set S3_ACCESS_KEY'
S3_ACCESS_KEY=$keep
export S3_ACCESS_KEY
keep=$S3_SECRET_KEY
unset S3_SECRET_KEY
AWS_SECRET_ACCESS_KEY=$keep run s3ls
exits 'a key whose secret is of another source' 2 'S3_ACCESS_KEY is set, but not S3_SECRET_KEY'
printf '%s\n' "$keep" >"$T/secret"
S3_SECRET_KEY_FILE=$T/secret run s3ls
exits 'a secret in a file' 0
S3_SECRET_KEY_FILE=$T/none run s3ls
exits 'a secret in a file that is not there' 1 'S3_SECRET_KEY_FILE: .*none: No such file'
S3_SECRET_KEY_FILE=$T run s3ls
exits 'a secret in a directory' 1 'S3_SECRET_KEY_FILE: .*directory'
export S3_SECRET_KEY=$keep
S3_SECRET_KEY_FILE=$T/secret run s3ls
exits 'a secret twice' 2 'both S3_SECRET_KEY and S3_SECRET_KEY_FILE are set'
S3_TIMEOUT=x run s3ls
exits 'a setting that is no number' 2 'S3_TIMEOUT: not a number'
theirs=("AWS_ACCESS_KEY_ID=$S3_ACCESS_KEY" "AWS_SECRET_ACCESS_KEY=$S3_SECRET_KEY" "AWS_ENDPOINT_URL=$S3_ENDPOINT")
run env "${theirs[@]}" S3_ACCESS_KEY= S3_SECRET_KEY= S3_ENDPOINT= s3ls
exits "AWS's names, where ours are empty" 0
S3_REGION=eu-north-1 run s3ls
exits 'another region is learned from the answer' 0
fault '{"op":"*","times":-1,"action":{"skew":1200}}'
run s3ls
exits 'a clock that differs is learned from the answer' 0
faults_clear

for program in s3put s3get s3ls s3rm gzstream retain; do
    run "$program" -h
    exits "$program -h" 0
    matches "$program -h is its usage" "$(cat "$T/out")" "^usage: $program "
    run sh -c "$program -h >/dev/full"
    exits "$program -h on a full disk" 1 'write stdout: No space left'
    # As musl writes it. stdbuf preloads a library, which ASan would refuse.
    run env ASAN_OPTIONS=verify_asan_link_order=0 stdbuf -oL sh -c "$program -h >/dev/full"
    exits "$program -h on a full disk, by line" 1 'write stdout: No space left'
    run "$program" --version
    exits "$program --version" 0
    matches "$program --version" "$(cat "$T/out")" "^$program \\(s3pipe\\) [0-9]+\\.[0-9]+\\.[0-9]+"
    run "$program" --no-such
    exits "$program with an unknown option" 2 "^$program: .*no-such"
    run "$program" --version=yes
    exits "$program with a value that nothing takes" 2 "^$program: --version: takes no argument$"
    run "$program" -Y
    exits "$program with an unknown letter" 2 "^$program: .*-?Y"
done

run s3get --bucket
exits 'a long option without its argument' 2 '^s3get: --bucket: an argument is missing$'
run s3get -qb
exits 'a short one' 2 '^s3get: -b: an argument is missing$'
run s3get --part=1M -zq k
exits 'an unknown letter behind a long option' 2 '^s3get: -z: unknown option$'
run s3get --qui=yes -v k
exits 'a value behind a name that is cut' 2 '^s3get: --qui: takes no argument$'

# ---- secrets
S3_SECRET_KEY=wrong-secret-value run s3ls -l
ok 'a secret is not in a message' not grep -q wrong-secret-value "$T/err"
done_testing
