#!/usr/bin/env bash
# receive-wal.sh: all WAL comes to the store, the newest bytes within seconds;
# whatever dies, nothing is missing; and what is lost is an alarm.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/s3server.sh"
. "$TESTS/lib/scripts.sh"
. "$TESTS/lib/wal.sh"
s3server_start
write_wal 1000
SYSTEM=$(system)
export WAL_PARTIAL_SECONDS=1 S3_RETRIES=2
receiver=''
start() { env --default-signal=TERM,INT "$S/receive-wal.sh" 2>>rec.err & receiver=$!; }
stop() { kill -TERM "$receiver" 2>/dev/null && wait "$receiver"; }
at_exit 'kill "$receiver" 2>/dev/null'
in_store() { is_stored "${S3_PREFIX:-}$SYSTEM/wal/$1.gz"; }
ended_segment() { q -d postgres -c "INSERT INTO t SELECT i, md5(i::text) FROM generate_series(1, ${1:-1000}) i" -c 'SELECT pg_walfile_name(pg_switch_wal() - 1)' | tail -1; }
no_gap() { # of the full segments of the first timeline
    local names
    mapfile -t names < <(s3ls "${S3_PREFIX:-}$SYSTEM/wal/00000001" | sed 's|.*/||' | grep -E '^[0-9A-F]{24}\.gz$')
    [ $((16#${names[-1]:16:8} - 16#${names[0]:16:8} + 1)) = ${#names[@]} ] || { printf '%s\n' "${names[@]}" && return 1; }
}

# ---- settings
run "$S/receive-wal.sh" slot
exits 'an operand' 2 'unexpected operand'
WAL_SLOT=My-Slot run "$S/receive-wal.sh"
matches 'a slot that cannot be' "$status $(last)" '^2 .*WAL_SLOT holds lower case letters'
WAL_SPOOL_MAX=1M run "$S/receive-wal.sh"
matches 'a spool that is too small' "$status $(last)" '^2 .*WAL_SPOOL_MAX is a size of 64M or more, not 1M'
S3_ENDPOINT=http://127.0.0.1:1 PGPORT=1 run "$S/receive-wal.sh" --check-settings
is '--check-settings asks nobody' "$status" 0

# ---- segments, and the one being written
mkdir metrics
export BACKUP_METRICS_FILE=$T/metrics/s3pipe.prom
start
ok 'the slot is made' await 10 eval '[ "$(q -d postgres -c "SELECT active FROM pg_replication_slots")" = t ]'
name=$(ended_segment 200000)
ok 'a segment that is full comes to the store' await 20 in_store "$name"
run "$S/receive-wal.sh"
matches 'a second one is turned away' "$status $(last)" "^75 .*receive-wal.sh, process $receiver .* has the lock"
q -d postgres -c "CREATE TABLE newest AS SELECT 42 AS answer"
sleep 2.5
partial=$(s3ls "$SYSTEM/wal/" | grep partial)
matches 'the segment being written is there' "$partial" "/[0-9A-F]{24}\.partial\.gz$"
ok 'with what was committed last' eval 's3get -q "$partial" | gzstream -d | grep -qa newest'
before=$(s3ls -l "$partial")
server_log_clear
sleep 2.5
is 'one that is unchanged is not stored again' "$(server_log | grep -c PutObject)" 0
ended_segment >/dev/null
ok 'it is deleted once the full one is there' await 10 eval '[ -z "$(s3ls "$partial")" ]'
ok 'the spool holds only what is being written' await 10 eval '[ "$(find "$S3PIPE_STATE_DIR/wal/s3pipe" -type f | grep -vc partial)" = 0 ]'
ok 'metrics' await 15 grep -qE "^s3pipe_wal_received_timestamp_seconds\{system=\"$SYSTEM\"\} 1[0-9]{9}" "$BACKUP_METRICS_FILE"
unset BACKUP_METRICS_FILE

# ---- a base backup, and the end of the archive is a partial segment
"$S/basebackup.sh" 2>/dev/null
q -d postgres -c "INSERT INTO newest VALUES (43)"
sleep 2.5
run "$S/recover.sh" --latest "$T/pg/latest"
ok 'what is in the partial segment can be recovered: it opens' opens latest
is 'what is in the partial segment is recovered' "$(q2 -c 'SELECT string_agg(answer::text, $$,$$) FROM newest')" 42,43
closes latest && rm -rf "$T/pg/latest"

# ---- the server goes away, the store goes away
postgres_stop
await 20 grep -q 'the server cannot be reached' rec.err
postgres_up
name=$(ended_segment)
ok 'a server that comes back is received from' await 40 in_store "$name"
fault '{"op":"PutObject","times":-1,"action":{"status":503}}'
for _ in 1 2 3; do name=$(ended_segment); done
ok 'a store that fails is told of, once' await 20 grep -q 'WAL cannot be stored' rec.err
faults_clear
ok 'and all is stored when it is well again' await 60 in_store "$name"
stop
is 'TERM ends it with 0' $? 0
ok 'TERM: nothing that is full is left' eval '[ -z "$(find "$S3PIPE_STATE_DIR/wal/s3pipe" -type f | grep -v partial)" ]'
name=$(ended_segment)
start
ok 'what was written while it was down is received' await 20 in_store "$name"
ok 'no gap' await 30 no_gap

# ---- a store that is down for long: the disk is not filled
stop
fault '{"op":"PutObject","times":-1,"action":{"status":403}}'
WAL_SPOOL_MAX=64M start
for _ in 1 2 3 4 5 6 7 8; do name=$(ended_segment); done
ok 'receiving stops where the spool is full' await 60 grep -q 'receiving stops until half of WAL_SPOOL_MAX is free' rec.err
spool_files() { find "$S3PIPE_STATE_DIR/wal/s3pipe" -type f | wc -l; }
ok 'and it has stopped' await 10 not below "$receiver" pg_receivewal
before=$(spool_files)
for _ in 1 2 3; do name=$(ended_segment); done
sleep 2
ok "the spool does not grow any more" eval '[ "$(spool_files)" -le "$before" ]'
faults_clear
ok 'and goes on when it is stored' await 180 in_store "$name"
ok 'no gap then' await 30 no_gap
stop

# ---- a file that pg_receivewal was filling with zeros when it was killed
cut=$(find "$S3PIPE_STATE_DIR/wal/s3pipe" -name '*.partial')
head -c 2752512 /dev/zero >"$cut"
start
name=$(ended_segment)
ok 'a file that was cut while it was made is received again' await 60 in_store "$name"
ok 'a file that was cut: no gap' await 30 no_gap
stop

# ---- TERM at the moment at which files are stored: bash loses the end of a child
# that it waits for again.
cat >storing <<'END'
. "$ROOT/scripts/lib/receive.sh"
finished() { files=(1 2 3); }
store_one() { /bin/true && kill -TERM $$ && /bin/true; }
store_failed() { echo failed; }
trouble_is_over() { :; }
trap 'ending=1' TERM
wal_jobs=3
sleep 60 &
for ((i = 0; i < 60; i++)); do store_finished; done
kill $!
echo "$i rounds, ending=$ending"
END
is 'TERM while files are stored: it goes on' "$(timeout -k 1 40 bash storing)" '60 rounds, ending=1'

# ---- killed at random moments
RANDOM=${SEED:-2}
start
for ((i = 0; i < ${KILL_MOMENTS:-4}; i++)); do
    ended_segment 30000 >/dev/null
    sleep "0.$(printf %03d $((RANDOM % 1000)))"
    case $((RANDOM % 4)) in
    0) kill -9 "$receiver" && wait "$receiver" ;; # or it seems to be there yet
    1) kill -9 "$(below "$receiver" pg_receivewal)" ;;
    2) await 3 is_ours '^[^ ]*s3put ' && ours '^[^ ]*s3put ' | xargs -r kill -9 ;;
    3) crash_server && postgres_up ;;
    esac 2>/dev/null
    kill -0 "$receiver" 2>/dev/null || {
        await 10 not is_ours '^[^ ]*pg_receivewal '
        start
    }
done 2>/dev/null
name=$(ended_segment)
ok "after ${KILL_MOMENTS:-4} kills all is stored" await 90 in_store "$name"
ok 'after kills: no gap' await 30 no_gap
whole() {
    local key
    for key in $(s3ls "$SYSTEM/wal/" | grep -E '/[0-9A-F]{24}\.gz$'); do
        [ "$(s3get -q "$key" | gzstream -d | wc -c)" = 16777216 ] || { echo "$key" && return 1; }
    done
}
ok 'after kills: nothing that is cut' whole

# ---- a slot that is lost is an alarm
stop
q -d postgres -c 'ALTER SYSTEM SET max_slot_wal_keep_size = "16MB"' -c 'ALTER SYSTEM SET wal_keep_size = 0' -c 'SELECT pg_reload_conf()' >/dev/null
for _ in 1 2 3 4 5 6; do ended_segment >/dev/null; done
q -d postgres -c CHECKPOINT
for _ in 1 2; do ended_segment >/dev/null; done
q -d postgres -c CHECKPOINT
is 'the slot is lost' "$(q -d postgres -c 'SELECT wal_status FROM pg_replication_slots')" lost
# The next slot is not to be lost too, to a checkpoint that comes before its feedback.
q -d postgres -c 'ALTER SYSTEM RESET max_slot_wal_keep_size' -c 'SELECT pg_reload_conf()' >/dev/null
start
ok 'an alarm is kept' await 30 grep -q 'take a new base backup' "$S3PIPE_STATE_DIR/last-wal-failure"
await 20 eval '[ "$(q -d postgres -c "SELECT wal_status, active FROM pg_replication_slots")" = "reserved|t" ]'
name=$(ended_segment)
ok 'and what comes now is received all the same' await 40 in_store "$name"
ok 'the gap is one' not no_gap
run "$S/basebackup.sh"
is 'a new base backup: status' "$status" 0
ok 'ends the alarm' await 30 eval '[ ! -e "$S3PIPE_STATE_DIR/last-wal-failure" ]'
stop

# ---- encrypted; another cluster; secrets
export S3_PREFIX=enc/ BACKUP_FILTER='openssl enc -aes-256-ctr -pbkdf2 -pass pass:x' BACKUP_FILTER_SUFFIX=.enc S3PIPE_STATE_DIR=$T/state2 WAL_SLOT=second
start
await 20 eval '[ "$(q -d postgres -c "SELECT active FROM pg_replication_slots WHERE slot_name = '"'second'"'")" = t ]'
name=$(ended_segment)
ok 'encrypted' await 20 is_stored "enc/$SYSTEM/wal/$name.gz.enc"
q -d postgres -c "INSERT INTO newest VALUES (44)"
ok 'encrypted: the one being written' await 20 eval '[ -n "$(s3ls enc/ | grep "partial.gz.enc$")" ]'
ok 'no secret in an argument' eval '! ps axww -o args | grep -F "$S3_SECRET_KEY" | grep -v grep'
stop
is 'encrypted: TERM ends it with 0' $? 0
matches 'the last line' "$(tail -n 1 rec.err)" 'receive-wal.sh: ended: all that was received is stored'
done_testing
