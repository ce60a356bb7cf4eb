#!/usr/bin/env bash
# verify-backup.sh tells how it ended: ping, hook, metrics and state of its own; and
# a sample takes another few databases each run.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/store.sh"
. "$TESTS/lib/scripts.sh"
. "$TESTS/lib/pings.sh"
store_start
pings_start
cat >"$T/hook" <<'HOOK'
#!/bin/sh
echo "$1 $S3PIPE_EVENT $S3PIPE_MESSAGE" $S3PIPE_KEYS "$(env | grep -c SECRET_KEY)" >>"$HOOKED"
[ "$1" != start ] || exit "${HOOK_STATUS:-0}"
HOOK
chmod +x "$T/hook"
mkdir "$T/metrics"
export HOOKED=$T/hooked VERIFY_PING_URL=$pings/v VERIFY_HOOK=$T/hook BACKUP_METRICS_FILE=$T/metrics/s3pipe.prom
export BACKUP_GLOBALS=false POSTGRES_DB=one
state() { (cd "$S3PIPE_STATE_DIR" && for f in last-*; do echo "$f $(cut -d ' ' -f 2- "$f")"; done); }
metric() { grep -F "s3pipe_verify_$1 " "$BACKUP_METRICS_FILE" | cut -d ' ' -f 2; }
verify() { run "$S/verify-backup.sh" "$@"; }
# The databases that the last run verified, in that order.
verified() { sed -n 's|.*: ok .*/\([a-z]*\)_[0-9]*\.sql\.gz: .*|\1|p' "$T/err" | xargs; }
for name in one two three four; do createdb $name && q -d $name -c 'CREATE TABLE t AS SELECT 1 AS i'; done
BACKUP_DATABASES=one,two,three,four "$S/backup.sh" 2>"$T/err" || cat "$T/err"
rm "$S3PIPE_STATE_DIR"/last-*
key=$(s3ls | grep one_)

before=$(date +%s)
verify
is 'a good one: status and pings' "$status $(pinged)" '0 /v/start /v'
matches 'its state' "$(state)" '^last-verify ok: PostgreSQL is reachable, S3 can be written to, 1 backups can be restored$'
is 'its hook' "$(cat "$HOOKED")" "start start  0
success success ok: PostgreSQL is reachable, S3 can be written to, 1 backups can be restored $key 0"
ok 'when it was verified' test "$(metric 'last_success_timestamp_seconds{database="one"}')" -ge "$before"
made=$(date -u -d "$(sed -E 's|(..../../..)/.*_(..)(..)(..)\..*|\1 \2:\3:\4|' <<<"$key")" +%s)
is 'when the backup was made, and failures' "$(metric 'backup_timestamp_seconds{database="one"}') $(metric 'failures_total{database="one"}')" "$made 0"
ok 'nothing is left' nothing_left

day=$(date -u +%Y/%m/%d)
printf 'no gzip' | s3put -q "$day/bad_235957.sql.gz"
: >"$HOOKED"
verify --all
is 'a bad one among good ones: status and pings' "$status $(pinged)" '1 /v/start /v/fail'
is 'all others are verified' "$(verified)" 'four one three two'
matches 'its state stays beside the last success' "$(state)" $'^last-verify ok: .*\nlast-verify-failure FAILED: 1 of 5 backups$'
matches 'its hook, with those that are good' "$(tail -n 5 "$HOOKED" | xargs)" '^start start 0 failure failure FAILED: 1 of 5 backups .*four_.*one_.*three_.*two_[0-9]+.sql.gz 0$'
mkdir "$T/image" && cp "$ROOT/docker/backup/healthcheck" "$T/image" && ln -s "$S/lib" "$T/image/lib"
run "$T/image/healthcheck"
matches 'the container is unhealthy' "$status $(cat "$T/out")" '^1 the last verification failed: .*FAILED: 1 of 5 backups$'
is 'its failures' "$(metric 'failures_total{database="bad"}') $(metric 'failures_total{database="two"}')" '1 0'
verify "$day/bad_235957.sql.gz"
verify "$key"
is 'what is asked of one key is told to nobody' "$status $(pinged) $(state | wc -l)" '0  2'
printf '%s\0' 2026/01/01/four_000000.sql.gz | "$TESTS/lib/make_objects.py"
s3ls | grep four_ | grep -v ^2026/01 | s3rm -q
s3rm -q "$day/bad_235957.sql.gz"
verify --all
matches 'one that is too old is a failure, and the others are verified' "$status $(verified) $(last)" '^1 one three two .*FAILED: 1 of 4 backups$'
is 'as metrics' "$(metric 'failures_total{database="four"}')" 1
s3ls | grep four_ | s3rm -q
dropdb four
verify --all
is 'all well again: the failure goes' "$status $(state | cut -d ' ' -f 1 | xargs)" '0 last-verify'
pinged >/dev/null

PGPORT=1 verify --all
is 'no server: status and pings' "$status $(pinged)" '1 /v/fail'
is 'is a failure of all' "$(metric 'failures_total{database="*"}')" 1
PGPORT=1 verify
is 'or of the one that was to be verified' "$(metric 'failures_total{database="one"}')" 1
LOG_FORMAT=xml verify
is 'wrong settings are told, and no failure of a backup' "$status $(pinged) $(metric 'failures_total{database="one"}')" '2 /v/fail /v/fail 1'
HOOK_STATUS=1 verify
matches 'a hook that says no' "$status $(cat "$T/err")" '^1 .*VERIFY_HOOK failed at the start: nothing is verified'
is 'nothing is verified then' "$(verified)" ''
VERIFY_DIRECTORY=$T/none verify --cluster
matches 'of a cluster there is a state of its own' "$(state)" 'last-verify-cluster-failure VERIFY_DIRECTORY: .*none cannot be written to'
pinged >/dev/null
BACKUP_PING_URL=$pings/backup BACKUP_HOOK=false verify
is 'a success does not take the place of a backup' "$status $(pinged)" '0 /v/start /v'

# ---- a sample
export S3_PREFIX=sampled BACKUP_DATABASES=a,b,c,d,e
for name in a b c d e; do createdb $name; done
"$S/backup.sh" 2>"$T/err" || cat "$T/err"
turns=''
for _ in 1 2 3; do
    verify --sample 2
    turns+="$(verified), "
    sleep 1
done
is 'each run another two, so that all have their turn' "$turns" 'a b, c d, e a, '
verify --sample 9
# e and a were verified in the same run, perhaps in the same second.
matches 'more than there are' "$status $(verified)" '^0 b c d (a e|e a)$'
sleep 1
createdb f && BACKUP_DATABASES=f "$S/backup.sh" 2>"$T/err"
verify --sample 1
is 'one that was never verified comes first' "$(verified)" f
printf 'no gzip' | s3put -q "sampled/$day/b_235959.sql.gz"
sleep 1
verify --all
matches 'one that fails' "$status $(last)" '^1 .*FAILED: 1 of 6 backups'
sleep 1
verify --sample 2
matches 'comes again besides the next ones' "$status $(verified) $(last)" '^1 a c .*FAILED: 1 of 3 backups'
s3rm -q "sampled/$day/b_235959.sql.gz"
sleep 1
verify --sample 1
matches 'until it is well' "$status $(cat "$T/err")" '^0 .*ok sampled/.*/d_.*ok sampled/.*/b_.*2 backups can be restored'
verify --sample
exits 'a sample of nothing' 2 '--sample wants a number of databases, not nothing'
verify --sample 0
exits 'a sample of none' 2 '--sample wants a number of databases, not 0'
ok 'nothing is left at the end' nothing_left
done_testing
