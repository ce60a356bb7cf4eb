#!/usr/bin/env bash
# restore.sh --in-place and --under-own-name: nothing is lost before the load is
# proved.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/store.sh"
. "$TESTS/lib/scripts.sh"
major=$(basename "$(dirname "$PG_BIN")")
[ -e "/usr/share/postgresql/$major/extension/pg_cron.control" ] || skip_all "no pg_cron (apt-get install postgresql-$major-cron)"
store_start
postgres_stop
POSTGRES_ARGS='-c wal_level=logical -c shared_preload_libraries=pg_cron -c cron.database_name=app' postgres_up
export BACKUP_GLOBALS=false POSTGRES_DB=app
backup() { BACKUP_DATABASES=$1 S3_PREFIX=$1 "$S/backup.sh" 2>"$T/err" || cat "$T/err"; }
restore() { run "$S/restore.sh" "$@"; }
newest() { s3ls "$1/" | tail -n 1; }
oid() { q -d postgres -c "SELECT oid FROM pg_database WHERE datname = '$1'"; }
edited() { # KEY SED: a copy of it, as 2026/01/01/app_HHMMSS
    n=$((${n:-0} + 1))
    copy=2026/01/01/${1##*/}
    copy=${copy%_*}_$(printf '%06d' $n).sql.gz
    s3get -q "$1" | gunzip | sed "$2" | gzip | s3put -q "$copy"
}

# ---- in place: refused while the old one is there
createdb plain
q -d plain -c 'CREATE TABLE t AS SELECT 1 AS i' -c 'CREATE INDEX ON t (i)'
backup plain
plain=$(newest plain)
live=$(oid plain)
edited "$plain" '/^CREATE INDEX/i SELECT 1/0;'
restore --in-place --yes "$copy"
matches 'an index that cannot be made' "$status $(cat "$T/err")" '^1 .*division by zero.*does not load, not even without its data; plain is as it was'
is 'drops nothing, and leaves nothing' "$(oid plain) $(databases)" "$live plain postgres"
edited "$plain" '/^CREATE TABLE/i CREATE EXTENSION no_such;'
restore --in-place --yes "$copy"
matches 'an extension that the server lacks' "$status $(oid plain) $(cat "$T/err")" "^1 $live .*no_such"
q -d plain -c "SELECT pg_create_logical_replication_slot('feed', 'test_decoding')" >/dev/null
restore --in-place --try --yes "$plain"
matches 'a logical slot is not lost, --try or not' "$status $(cat "$T/err")" '^1 .*the logical replication slot feed of plain would be dropped by --in-place.*nothing was done'
is 'it is there' "$(q -d postgres -c "SELECT database FROM pg_replication_slots")" plain
q -d postgres -c "SELECT pg_drop_replication_slot('feed')" >/dev/null
restore --in-place --yes "$plain"
is 'else it is done' "$status $(q -d plain -c 'SELECT count(*) FROM t') $(databases)" '0 1 plain postgres'
dropdb plain

# ---- pg_cron, which is bound to a database by its name
createdb app
q -d app -c 'CREATE EXTENSION pg_cron' -c 'CREATE TABLE t AS SELECT 1 AS i' -c "COMMENT ON DATABASE app IS 'mine'" \
    -c "SELECT cron.schedule('job', '1 1 1 1 *', 'SELECT 1')" >/dev/null
backup app
app=$(newest app)
live=$(oid app)
before=$(databases)
state() { q -d app -c "SELECT (SELECT count(*) FROM t), (SELECT count(*) FROM cron.job), shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = 'app'"; }
restore "$app"
matches 'is refused beside the old one, with the option that helps' "$status $(cat "$T/err")" '^1 .*pg_cron can be created only in the database app: restore with --under-own-name'
restore --in-place --yes "$app"
is 'and in place' "$status $(oid app)" "1 $live"
S3_PREFIX=app run "$S/verify-backup.sh"
matches 'is verified without it' "$status $(cat "$T/err")" '^0 .*pg_cron can be created only in the database app: it is left out.*1 tables, 1 rows'
restore "$app" copy
is 'and left out of a copy' "$status $(q -d copy -c 'SELECT count(*) FROM t') $(q -d copy -c "SELECT count(*) FROM pg_extension WHERE extname = 'pg_cron'")" '0 1 0'
dropdb copy
restore --under-own-name "$app" </dev/null
exits 'under its own name, where nobody can be asked' 2 'say --yes'
restore --under-own-name --in-place --yes "$app"
exits 'under its own name and in place' 2 'exclude each other'
q -d app -c 'INSERT INTO t VALUES (2)'
edited "$app" 's/^1$/x/'
restore --under-own-name --yes "$copy"
matches 'under its own name, with data that does not load' "$status $(cat "$T/err")" '^1 .*app is called s3pipe_old_.* while .*invalid input syntax.*app is as it was'
is 'gets its name back' "$(oid app) $(state) $(databases)" "$live 2|1|mine $before"
edited "$app" '/^COPY public.t /i SELECT pg_sleep(20);'
for signal in TERM KILL; do
    setsid "$S/restore.sh" --under-own-name --yes "$copy" 2>"$T/err" &
    job=$!
    await 10 eval 'q -d app -c "SELECT query FROM pg_stat_activity" | grep -q "^SELECT pg_sleep"'
    if [ $signal = KILL ]; then pkill -KILL -s "$job" 2>/dev/null; else kill -TERM "$job"; fi
    wait "$job" 2>/dev/null
    if [ $signal = KILL ]; then
        touch -d '2 minutes ago' "$TMPDIR"/s3pipe.*
        ok 'killed: the old one is there under its other name' eval '[ "$(oid app)" != "$live" ] && databases | grep -q s3pipe_old_'
        restore latest app
        matches 'the next restore renames it back first' "$(cat "$T/err")" 'a restore of app under its own name was killed: renaming the old database back'
    fi
    is "$signal: it is as it was" "$(oid app) $(state) $(databases)" "$live 2|1|mine $before"
done
RESTORE_KEEP_OLD=false restore --under-own-name --yes "$app"
is 'restored under its own name, its job too' "$status $(state) $(databases)" "0 1|1|mine $before"
dropdb app
restore --under-own-name --yes "$app"
is 'where there is none' "$status $(state) $(databases)" "0 1|1|mine $before"
ok 'nothing is left' nothing_left
done_testing
