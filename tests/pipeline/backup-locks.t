#!/usr/bin/env bash
# backup.sh where somebody holds a lock: who holds it is said, and the others do
# not wait.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/store.sh"
. "$TESTS/lib/scripts.sh"
store_start
export BACKUP_GLOBALS=false POSTGRES_DB=a
for name in a b c; do
    createdb $name
    q -d $name -c 'CREATE TABLE t AS SELECT 1 AS i' -c 'CREATE VIEW v AS SELECT i FROM t'
done
# hold LOCK: a session that has it, until `release`.
hold() {
    rm -f orders
    mkfifo orders
    PGAPPNAME='the app' psql -X -q -d a <orders &
    holder=$!
    exec 8>orders
    printf 'BEGIN; LOCK TABLE %s IN ACCESS EXCLUSIVE MODE;\n' "$1" >&8
    await 10 eval '[ "$(q -d postgres -c "SELECT count(*) FROM pg_locks WHERE mode = '"'AccessExclusiveLock'"' AND granted")" != 0 ]'
}
# A backup that was begun meanwhile has the fifo, too: its end would not be seen.
release() {
    printf 'COMMIT;\n\\q\n' >&8
    exec 8>&-
    wait "$holder"
}
held_by="held by: process [0-9]+, user postgres, application the app, idle in a transaction since [-0-9T:]+Z"

hold t
BACKUP_DATABASES=a,b,c BACKUP_LOCK_TIMEOUT=13s run "$S/backup.sh"
is 'with BACKUP_LOCK_TIMEOUT the run fails' "$status" 1
matches 'the others go first' "$err" "put off: a waits for a lock that is $held_by; the others go first.*ok b: .*ok c: .*FAILED a: gave up after 13 s for a lock that is $held_by.*FAILED: 1 of 3 backups failed"
ok 'no query is shown' not grep -q 'LOCK TABLE t' "$T/err"
is 'nothing of it is published' "$(s3ls | grep -c /a_)" 0
BACKUP_LOCK_TIMEOUT=4 run "$S/backup.sh"
matches 'alone it is given up at once' "$status $err" "^1 .*FAILED a: gave up after 4 s for a lock that is $held_by"
ok 'nothing is left' nothing_left
is 'no session goes on' "$(q -d postgres -c "SELECT count(*) FROM pg_stat_activity WHERE application_name ~ 's3pipe'")" 0

# Without a limit it waits, and after a minute says for whom.
BACKUP_DATABASES=a,b "$S/backup.sh" 2>"$T/err" 8>&- &
pid=$!
ok 'without it the others are done meanwhile' await 30 grep -q 'ok b: ' "$T/err"
ok 'after a minute the log says who holds the lock' await 90 grep -qE "a waits for a lock, 6[0-9] s so far, that is $held_by" "$T/err"
release
wait "$pid"
matches 'when it is released the backup is made' "$? $(cat "$T/err")" '^0 .*ok a: .*ok: 2 backups'
ok 'nothing is left then' nothing_left

# Two at once.
hold t
BACKUP_DATABASES=a,b,c BACKUP_PARALLEL=2 BACKUP_LOCK_TIMEOUT=12 run "$S/backup.sh"
matches 'several at once' "$status $err" '^1 .*put off: a .*FAILED a: gave up after 12 s.*1 of 3 backups failed'
release
# A lock on a view is asked for later, when pg_dump reads its definition.
hold v
BACKUP_LOCK_TIMEOUT=2 run "$S/backup.sh"
matches 'a lock on a view' "$status $err" '^1 .*FAILED a: gave up after 2 s for a lock'
release
run "$S/backup.sh"
is 'and without it all is well' "$status" 0
BACKUP_LOCK_TIMEOUT=soon run "$S/backup.sh"
exits 'a time that is none' 2 'BACKUP_LOCK_TIMEOUT is a number of seconds'
done_testing
