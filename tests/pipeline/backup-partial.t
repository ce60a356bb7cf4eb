#!/usr/bin/env bash
# Backups of a part of a database, and databases that come and go while "*" runs.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/store.sh"
. "$TESTS/lib/scripts.sh"
store_start
export BACKUP_GLOBALS=false POSTGRES_DB=shop RESTORE_KEEP_OLD=false
restore() { run "$S/restore.sh" "$@"; }
createdb shop
q -d shop -c 'CREATE TABLE t AS SELECT 1 AS i' -c 'CREATE SCHEMA "o ther"' -c 'CREATE TABLE "o ther".u AS SELECT 2 AS i'
n=0
for options in '-n public' '-t t' '-t o?ther.u' '-xOTt' '-s' '--exclude-table-data=t' '--sect pre-data' '--table t'; do
    n=$((n + 1))
    PG_DUMP_OPTIONS=$options S3_PREFIX=$n run "$S/backup.sh"
    is "$options: backed up" "$status" 0
    key=$(s3ls $n/)
    restore "$key"
    matches "$options: takes no whole database's place" "$status $(cat "$T/err")" '^2 .*holds only a part of shop .*and shop exists: name another database, or say --replace'
    restore "$key" part
    is "$options: goes into a new one" "$status" 0
    dropdb --if-exists part
done
is 'the database is as it was' "$(q -d shop -c 'SELECT count(*) FROM t, "o ther".u')" 1
PG_DUMP_OPTIONS='-xO --no-comments' S3_PREFIX=whole run "$S/backup.sh"
restore "$(s3ls whole/)"
is 'options that leave nothing out make no part' "$status" 0
restore --replace "$(s3ls 2/)"
is '--replace says that it may' "$status $(q -d shop -c "SELECT count(*) FROM pg_namespace WHERE nspname = 'o ther'")" '0 0'
PG_DUMP_OPTIONS='--include-foreign-data=x' run "$S/backup.sh"
exits 'what a restore would write to another server' 2 'not for backups by s3pipe'

# ---- databases that come and go
createdb stay && createdb gone && createdb broken
q -d postgres -c "UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'broken'"
BACKUP_DATABASES='*' S3_PREFIX=all BACKUP_HOOK='dropdb --if-exists gone; :' run "$S/backup.sh"
matches 'one that is dropped meanwhile, and an invalid one' "$status $(cat "$T/err")" \
    '^0 .*left out: broken is invalid, .*left out: gone was dropped while the run went on.*ok: 3 backups'
BACKUP_DATABASES=stay,gone S3_PREFIX=named run "$S/backup.sh"
matches 'one that was named and is not there is a failure' "$status $(cat "$T/err")" '^1 .*FAILED gone'
q -d postgres -c 'DROP DATABASE broken'

ok 'nothing is left' nothing_left
done_testing
