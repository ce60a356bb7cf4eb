#!/usr/bin/env bash
# --check connects: it tells of the server, the store, the filter and this machine,
# one line each, and what would be done; all that is wrong is told at once. And a
# run finds out early that the store is away.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/store.sh"
. "$TESTS/lib/scripts.sh"
store_start
export POSTGRES_DB=shop S3_PREFIX=db
small shop
createdb other
s3put db/s3pipe-check-of-another <<<'mine'
today=$(date -u +%Y/%m/%d)
says() { grep -qE -- "$1" "$T/err" || { cat "$T/err" && return 1; }; }

# ---- all is well
export BACKUP_DATABASES='*' BACKUP_FILTER='tr a-z b-za' RESTORE_FILTER='tr b-za a-z' BACKUP_FILTER_SUFFIX=.rot
run "$S/backup.sh" --check
is 'backup.sh --check' "$status" 0
is 'five lines and what would be done' "$(wc -l <"$T/err")" 6
ok 'the server' says "the server at $PGHOST:5432, version [0-9]+, lets postgres read all of 3 databases"
ok 'the store' says "the store: bucket $S3_BUCKET at $S3_ENDPOINT can be written, listed and deleted from"
ok 'the filter' says 'the filter: tr writes to \*\.rot, and RESTORE_FILTER reads it'
ok 'the state directory, with its room' says "S3PIPE_STATE_DIR: $S3PIPE_STATE_DIR can be written to, [0-9.]+[KMGTP]?i?B are free"
ok 'the temporary directory' says "TMPDIR: $TMPDIR can be written to, "
ok 'what would be done' says "a backup would be made of: other postgres shop and the globals, as db/$today/NAME_HHMMSS.sql.gz.rot"
is 'only its own key is gone' "$(s3ls)" db/s3pipe-check-of-another
is 'nothing is told, nothing is recorded' "$(cd "$S3PIPE_STATE_DIR" && echo last*)" 'last*'
ok 'nothing is left' nothing_left
unset BACKUP_FILTER RESTORE_FILTER BACKUP_FILTER_SUFFIX
run "$S/basebackup.sh" --check
is 'basebackup.sh --check' "$status" 0
ok 'tells the key' says "a base backup would be made as db/[0-9]+/base/$today/cluster_HHMMSS.tar.gz"
run "$S/receive-wal.sh" --check
is 'receive-wal.sh --check' "$status" 0
ok 'tells the slot' says 'WAL of [0-9]+ would be received from [0-9A-F/]+ on by the slot s3pipe'
is 'which is not made' "$(q -d postgres -c 'SELECT count(*) FROM pg_replication_slots')" 0
for day in 20 21 22 23 24 25; do s3put "db/2020/01/$day/shop_120000.sql.gz" <"$T/err"; done
RETENTION_KEEP_LAST=2 RETENTION_KEEP_HOURLY=0 RETENTION_KEEP_DAILY=0 RETENTION_KEEP_WEEKLY=0 RETENTION_KEEP_MONTHLY=0 \
    RETENTION_KEEP_YEARLY=0 run "$S/cleanup.sh" --check
is 'cleanup.sh --check' "$status" 0
ok 'counts' says 'a cleanup would keep 2 backups and delete 4'
is 'and deletes none' "$(s3ls db/2020 | wc -l)" 6

# ---- restore.sh and verify-backup.sh, which leave server and store as they are
unset BACKUP_DATABASES
run "$S/backup.sh"
is 'a backup goes before' "$status" 0
state() { databases && q -d postgres -c 'SELECT rolname FROM pg_roles ORDER BY 1' && s3ls && (cd "$S3PIPE_STATE_DIR" && find . -type f | sort); }
was=$(state)
run "$S/restore.sh" --check latest
is 'restore.sh --check' "$status" 0
is 'five lines and what would be done' "$(wc -l <"$T/err")" 5
ok 'the server' says "the server at $PGHOST:5432, version [0-9]+, lets postgres create databases"
ok 'the store' says "the store: bucket $S3_BUCKET at $S3_ENDPOINT can be listed"
ok 'what it would replace' says "a restore would load db/$today/shop_[0-9]+.sql.gz into a new database, which then takes the place of shop"
run "$S/restore.sh" --check latest copy
ok 'what it would make' says "a restore would make copy from db/$today/shop_[0-9]+.sql.gz"
run "$S/restore.sh" --check --in-place latest
ok 'what it would drop, without a question' says 'a restore would drop shop, and then load db/'
run "$S/restore.sh" --check --table public.items latest copy
ok 'what it would load a part of' says 'a restore would load parts of db/.* into copy'
run "$S/restore.sh" --check --under-own-name latest
ok 'what it would rename' says 'a restore would rename shop away, and then load db/'
run "$S/restore.sh" --check "db/$today/none_000000.sql.gz"
is 'a backup that is not there' "$status" 3
run "$S/restore.sh" --check latest other
matches 'what a restore refuses is refused' "$status $(last)" '^2 .*other exists: name another database, or say --replace'
run "$S/restore.sh" --check-settings
is 'restore.sh --check-settings asks nobody' "$status $err" '0 '
run "$S/verify-backup.sh" --check
is 'verify-backup.sh --check' "$status" 0
ok 'the store of a verification is written to' says 'can be written, listed and deleted from'
ok 'what it would verify' says "a verification would restore and compare 1 backups, the last of them db/$today/shop_[0-9]+.sql.gz"
run "$S/verify-backup.sh" --check --all
ok 'all of them' says "would restore and compare 2 backups, the last of them db/$today/"
run "$S/verify-backup.sh" --check --cluster
matches 'a cluster that is not there' "$status $(last)" '^1 .*there is no base backup that could be recovered'
BACKUP_MAX_AGE=0s BACKUP_SCHEDULE='' run "$S/verify-backup.sh" --check-settings
is 'verify-backup.sh --check-settings asks nobody' "$status $err" '0 '
is 'server, store and state are as they were' "$(state)" "$was"
ok 'and nothing is left' nothing_left
q -d postgres -c 'CREATE ROLE poor LOGIN IN ROLE pg_read_all_data'
for script in restore verify-backup; do
    POSTGRES_USER=poor run "$S/$script.sh" --check latest
    matches "$script.sh: a role that may not create databases" "$status $(cat "$T/err")" \
        '^1 .*poor may not create databases: ALTER ROLE poor CREATEDB.*FAILED: 1 of 4 checks'
done
q -d shop -c 'CREATE ROLE gone' -c 'ALTER TABLE items OWNER TO gone' >/dev/null
run "$S/backup.sh"
q -d shop -c 'ALTER TABLE items OWNER TO postgres' -c 'DROP ROLE gone' >/dev/null
run "$S/restore.sh" --check latest
matches 'what stands against it is told' "$status $(cat "$T/err")" '^1 .*the role gone is missing.*cannot be restored into shop; nothing was done'
run "$S/restore.sh" --check --globals latest latest
is 'but for roles that --globals creates' "$status" 0
is 'which --check does not' "$(q -d postgres -c "SELECT count(*) FROM pg_roles WHERE rolname = 'gone'")" 0
s3ls -0 db/20 | s3rm -0 -q

# ---- what is wrong: all of it at once
export BACKUP_DATABASES='*'
export BACKUP_FILTER=false BACKUP_FILTER_SUFFIX=.x
POSTGRES_HOST=/nonexistent S3_SECRET_KEY=wrong run "$S/backup.sh" --check
matches 'three of four fail' "$status $(last)" '^1 .*FAILED: 3 of 4 checks$'
ok 'the server' says 'the server at /nonexistent:5432 cannot be reached'
ok 'the store' says 'S3 cannot be written to'
ok 'the filter, without its arguments' says 'BACKUP_FILTER fails, or writes nothing: false$'
RESTORE_FILTER=cat BACKUP_FILTER='tr 0-9 a' run "$S/backup.sh" --check
ok 'a filter that is not undone' says 'RESTORE_FILTER does not give back what BACKUP_FILTER has made'
unset BACKUP_FILTER BACKUP_FILTER_SUFFIX

# ---- rights
q -d shop <<'SQL' >/dev/null
CREATE ROLE weak LOGIN;
CREATE TABLE policied (i int); ALTER TABLE policied ENABLE ROW LEVEL SECURITY;
SQL
POSTGRES_USER=weak BACKUP_DATABASES=shop run "$S/backup.sh" --check
is 'a role without rights: status' "$status" 1
ok 'names what it may not read' says 'shop: weak may not read all of it: public.policied, .*; public.items and 2 more \(GRANT pg_read_all_data\); large object [0-9]+ \(a superuser'
q -d shop -c 'GRANT pg_read_all_data TO weak' -c 'SELECT lo_unlink(oid) FROM pg_largeobject_metadata' >/dev/null
POSTGRES_USER=weak BACKUP_DATABASES=shop run "$S/backup.sh" --check
ok 'rows behind policies' says 'read all of it: public.policied, whose rows have policies \(ALTER ROLE ... BYPASSRLS\)$'
POSTGRES_USER=weak BACKUP_DATABASES=shop run "$S/backup.sh"
is 'and so says the backup' "$status" 1
q -d shop -c 'ALTER ROLE weak BYPASSRLS'
POSTGRES_USER=weak BACKUP_DATABASES=shop run "$S/backup.sh" --check
is 'then all is well' "$status" 0
POSTGRES_USER=weak BACKUP_DATABASES=shop run "$S/backup.sh"
is 'and so says the backup' "$status" 0

# ---- a key that may not delete
mkdir bin && printf '#!/bin/sh\n[ "$*" != -q ] || exit 0\necho s3rm: AccessDenied >&2; exit 1\n' >bin/s3rm && chmod +x bin/s3rm
for program in s3put s3get s3ls gzstream retain; do ln -s "$BUILD/$program" bin/; done
for _ in 1 2 3; do BUILD=$T/bin S3_PREFIX=kept run "$S/backup.sh" --check; done
is 'is no failure' "$status" 0
ok 'is told' says 'can be listed; no key is put, as it could not be deleted'
is 'and one key stays, not three' "$(s3ls kept/ | wc -l)" 1

# ---- early: a run does not ask a store that is away once a database
closed=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
S3_ENDPOINT=http://127.0.0.1:$closed run "$S/backup.sh"
is 'a store that is away: status' "$status" 1
is 'is told once' "$(grep -c 'list backups' "$T/err")" 1
matches 'before any database' "$(last)" "the store cannot be used: nothing is done; S3_ENDPOINT is http://127.0.0.1:$closed"
matches 'and recorded' "$(cat "$S3PIPE_STATE_DIR/last-failure")" 'the store cannot be used'

# What each of them would try ten times is asked five times at most, once, and told once.
export S3_ENDPOINT=http://127.0.0.1:$closed VERIFY_DIRECTORY=$T/place
mkdir place && { [ "$(id -u)" != 0 ] || chown nobody place; }
cat >"$T/commands" <<END
cleanup.sh
cleanup.sh --check
list-backups.sh
list-backups.sh --recovery
restore.sh latest
restore.sh db/2026/01/01/shop_000000.sql.gz
restore.sh --check latest
verify-backup.sh
verify-backup.sh --check
verify-backup.sh --cluster
adopt.sh backups/
pin.sh db/2026/01/01/shop_000000.sql.gz
pin.sh --list
recover.sh $T/place/recovered
basebackup.sh
END
mapfile -t commands <"$T/commands"
pids=()
for i in "${!commands[@]}"; do
    # shellcheck disable=SC2086 # words
    "$S/"${commands[i]} >/dev/null 2>"$T/err.$i" </dev/null &
    pids+=($!)
done
for i in "${!commands[@]}"; do
    wait "${pids[i]}"
    is "${commands[i]}: status" $? 1
    is "${commands[i]}: the store is told once, after five tries" \
        "$(grep -c 'connect' "$T/err.$i") $(grep -c '(5 tries)' "$T/err.$i")" '1 1'
done
done_testing
