#!/usr/bin/env bash
# What receive-wal.sh tells a monitor: how old the newest WAL in the store is, what
# failed, what waits, how far the slot lags, and whether it is lost.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/s3server.sh"
. "$TESTS/lib/scripts.sh"
. "$TESTS/lib/wal.sh"
s3server_start
write_wal 1000
SYSTEM=$(system)
mkdir metrics
export WAL_PARTIAL_SECONDS=1 S3_RETRIES=1 BACKUP_METRICS_FILE=$T/metrics/s3pipe.prom
receiver=''
start() { env --default-signal=TERM,INT "$S/receive-wal.sh" 2>>rec.err & receiver=$!; }
stop() { kill -TERM "$receiver" 2>/dev/null && wait "$receiver"; }
at_exit 'kill "$receiver" 2>/dev/null'
segment() { q -d postgres -c "INSERT INTO t SELECT i, md5(i::text) FROM generate_series(1, 1000) i" -c 'SELECT pg_switch_wal()' >/dev/null; }
metric() { sed -n "s/^s3pipe_wal_$1{system=\"$SYSTEM\"} //p" "$BACKUP_METRICS_FILE" 2>/dev/null; }
above() { local now; now=$(metric "$1") && [ -n "$now" ] && [ "$now" -gt "$2" ]; } # NAME VALUE
equal() { [ "$(metric "$1")" = "$2" ]; }
# Timestamps are of the last ten seconds or so while all is well.
young() { above "$1" $(($(date +%s) - 20)); }

start
ok 'the time at which all was stored is told' await 30 young received_timestamp_seconds
segment
ok 'the time of the last upload is told' await 30 young last_upload_timestamp_seconds
ok 'all of them are told' await 20 equal slot_lost 0
is 'nothing failed' "$(metric failures_total)" 0
is 'no slot is lost' "$(metric slot_lost)" 0
matches 'the lag is a number' "$(metric slot_lag_bytes)" '^[0-9]+$'
before=$(metric received_timestamp_seconds)
ok 'the age of the newest byte stays small though nothing is written' await 30 above received_timestamp_seconds "$before"

# ---- a store that is away
fault '{"op":"PutObject","times":-1,"action":{"status":503}}'
segment && segment
ok 'files that cannot be stored are counted' await 40 above failures_total 0
ok 'and what waits for the store, in bytes' await 40 above spool_bytes 33554432
stale=$(metric received_timestamp_seconds)
failed=$(metric failures_total)
ok 'each further failure, too' await 40 above failures_total "$failed"
await 40 above failures_total $((failed + 8)) # for more than ten seconds
is 'the newest byte gets older' "$(metric received_timestamp_seconds)" "$stale"
faults_clear
ok 'until the store is well again' await 40 above received_timestamp_seconds "$stale"
ok 'nothing waits then' await 40 eval '[ "$(metric spool_bytes)" -lt 33554432 ]'

# ---- a receiver that does not keep up
slow=$(below "$receiver" pg_receivewal)
kill -STOP "$slow"
segment && segment && segment
ok 'the lag of the slot is told, in bytes' await 40 above slot_lag_bytes 40000000
kill -CONT "$slow"
ok 'and is gone when it has caught up' await 60 eval '[ "$(metric slot_lag_bytes)" -lt 40000000 ]'

# ---- a slot that is lost
stop
q -d postgres -c 'ALTER SYSTEM SET max_slot_wal_keep_size = "16MB"' -c 'ALTER SYSTEM SET wal_keep_size = 0' -c 'SELECT pg_reload_conf()' >/dev/null
for _ in 1 2 3 4 5 6; do segment; done
q -d postgres -c CHECKPOINT
segment && segment
q -d postgres -c CHECKPOINT
start
ok 'a slot that is lost is told' await 40 equal slot_lost 1
await 30 eval '[ "$(q -d postgres -c "SELECT wal_status FROM pg_replication_slots WHERE active")" = reserved ]'
segment
run "$S/basebackup.sh"
is 'a new base backup: status' "$status" 0
ok 'a slot that is lost is told until a base backup counts' await 40 equal slot_lost 0
stop
done_testing
