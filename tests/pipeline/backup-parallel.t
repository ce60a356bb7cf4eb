#!/usr/bin/env bash
# BACKUP_PARALLEL: several databases at once are as good as one after the other.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/store.sh"
. "$TESTS/lib/scripts.sh"
. "$TESTS/lib/pings.sh"
store_start
pings_start
export BACKUP_PARALLEL=3 BACKUP_DATABASES='*' POSTGRES_DB=postgres
for i in 1 2 3 4 5 6; do small "db$i"; done
S3_PREFIX=all run "$S/backup.sh"
is 'all databases and the globals are backed up' "$status $(s3ls all/ | sed 's|.*/||; s/_.*//' | xargs)" '0 db1 db2 db3 db4 db5 db6 globals postgres'
is 'each has its line, and one line sums up' "$(grep -c 'Z backup.sh: ok [^:]*: all/' "$T/err") $(grep -c 'ok: 8 backups' "$T/err") $(wc -l <"$T/err")" '8 1 9'
ok 'each is whole' eval 'for key in $(s3ls all/ | grep db); do s3get -q "$key" | gunzip | tail -5 | grep -q complete || exit 1; done'
ok 'nothing is left' nothing_left
q -d db1 -c 'BEGIN; LOCK items; SELECT pg_sleep(60)' >/dev/null 2>&1 &
q -d db2 -c 'BEGIN; LOCK items; SELECT pg_sleep(60)' >/dev/null 2>&1 &
await 5 eval '[ "$(q -d postgres -c "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '"'%pg_sleep(60)'"' AND pid <> pg_backend_pid()")" = 2 ]'
S3_PREFIX=term BACKUP_DATABASES=db1,db2,db3 "$S/backup.sh" 2>"$T/err" &
pid=$!
await 20 eval 'grep -q "ok the globals" "$T/err" && [ "$(q -d postgres -c "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = '"'Lock'"'")" = 2 ]'
is 'two that wait hold up no third' "$(s3ls term/ | sed 's|.*/||; s/_.*//' | xargs)" 'db3 globals'
kill -TERM $pid
wait $pid
is 'TERM: status' $? 143
is 'TERM publishes nothing cut' "$(s3ls term/ | wc -l) $(s3ls -u | wc -l)" '2 0'
ok 'TERM leaves nothing' nothing_left
ok 'no pg_dump either' not is_ours '^[^ ]*pg_dump '
# What waits for a lock hears of the client's end after the client.
ok 'and no session' await 10 eval '[ "$(q -d postgres -c "SELECT count(*) FROM pg_stat_activity WHERE application_name = '"'s3pipe'"'")" = 0 ]'
q -d postgres -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)' AND pid <> pg_backend_pid()" >/dev/null
S3_PREFIX=some BACKUP_DATABASES=db1,missing,db2 run "$S/backup.sh"
matches 'one that fails is named, with what was said of it' "$status $(cat "$T/err")" '^1 .*missing: .*database "missing" does not exist.*FAILED missing: .*FAILED: 1 of 4 backups failed'
moments=${MOMENTS:-8} # MOMENTS=50 takes two minutes
for i in $(seq "$moments"); do
    S3_PREFIX=moment/$i "$S/backup.sh" 2>"$T/err" &
    pid=$!
    sleep "0.$((RANDOM % 9))$((RANDOM % 9))"
    kill -TERM $pid
    wait $pid
    status=$?
    for key in $(s3ls moment/$i/ | grep -v globals); do s3get -q "$key" | gunzip | tail -5 | grep -q complete || echo "$key"; done >"$T/cut"
    ok "TERM at a random moment, $i: nothing cut, nothing left" eval '[ ! -s "$T/cut" ] && nothing_left && [ -z "$(s3ls -u)" ] && { [ $status = 143 ] || [ $status = 0 ]; }'
done
# ---- telling
mkdir "$T/metrics" "$T/counted"
printf '#!/bin/sh\necho "$1" >>"%s/perls"\nexec /usr/bin/perl "$@"\n' "$T" >"$T/counted/perl"
printf '#!/bin/sh\necho "$1 $(echo "$S3PIPE_KEYS" | grep -c .) $S3PIPE_MESSAGE" >>"%s/hooked"\n' "$T" >"$T/hook"
chmod +x "$T/counted/perl" "$T/hook"
export BACKUP_PING_URL=$pings/b BACKUP_HOOK=$T/hook BACKUP_METRICS_FILE=$T/metrics/s3pipe.prom BACKUP_DATABASES=db1,db2,missing,db3,db4,db5,db6
PATH=$T/counted:$PATH S3_PREFIX=told run "$S/backup.sh"
is 'several at once: status and pings' "$status $(pinged)" '1 /b/start /b/fail'
is 'several at once: the hook' "$(cat "$T/hooked")" $'start 0 \nfailure 7 FAILED: 1 of 8 backups failed'
bytes() { sed -n "s/^s3pipe_backup_bytes{database=\"$1\"} //p" "$BACKUP_METRICS_FILE"; }
is 'several at once: metrics of each' "$(for i in 1 2 3 4 5 6; do bytes db$i; done | xargs)" "$(s3ls -l told/ | grep /db | cut -f 1 | xargs)"
is 'and of the one that failed' "$(grep -c 'failures_total.* 0$' "$BACKUP_METRICS_FILE") $(grep 'failures_total.* 1$' "$BACKUP_METRICS_FILE")" \
    '7 s3pipe_backup_failures_total{database="missing"} 1'
ok 'the file of metrics is not written once a database' test "$(grep -c metrics.pl "$T/perls")" -lt 7
q -d db1 -c 'BEGIN; LOCK items; SELECT pg_sleep(60)' >/dev/null 2>&1 &
await 5 eval '[ "$(q -d postgres -c "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '"'%pg_sleep(60)'"' AND pid <> pg_backend_pid()")" = 1 ]'
S3_PREFIX=ended BACKUP_DATABASES=db1,db2 "$S/backup.sh" 2>"$T/err" &
pid=$!
await 20 eval 'grep -q "ok db2" "$T/err" && grep -q "ok the globals" "$T/err"'
kill -TERM $pid
wait $pid
is 'TERM is told, and counts as a failure of the one that was not done' "$? $(pinged) $(grep 'failures_total.* 1$' "$BACKUP_METRICS_FILE" | xargs)" \
    '143 /b/start /b/fail s3pipe_backup_failures_total{database=db1} 1 s3pipe_backup_failures_total{database=missing} 1'
S3_PREFIX=late BACKUP_DATABASES=db1,db2 "$S/backup.sh" 2>"$T/err" &
pid=$!
await 30 grep -q 'put off: db1' "$T/err"
kill -TERM $pid
wait $pid
is 'also of one that was put off before' "$? $(grep 'failures_total{database="db1"}' "$BACKUP_METRICS_FILE")" \
    '143 s3pipe_backup_failures_total{database="db1"} 2'
q -d postgres -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)' AND pid <> pg_backend_pid()" >/dev/null
unset BACKUP_PING_URL BACKUP_HOOK BACKUP_METRICS_FILE
BACKUP_PARALLEL=0 run "$S/backup.sh"
exits 'none at once' 2 'BACKUP_PARALLEL is a number from 1 to 99, not 0'
done_testing
