#!/usr/bin/env bash
# What a dump holds that acts outside of its database does nothing in a scratch
# database, and can never pin it; comparing changes nothing.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/store.sh"
. "$TESTS/lib/scripts.sh"
store_start
postgres_stop
POSTGRES_ARGS='-c wal_level=logical -c max_prepared_transactions=4' postgres_up
export BACKUP_GLOBALS=false
backup() { BACKUP_DATABASES=$1 S3_PREFIX=$1 "$S/backup.sh" 2>"$T/err" || cat "$T/err"; }
verify() { POSTGRES_DB=$1 S3_PREFIX=$1 run "$S/verify-backup.sh"; }
restore() { run "$S/restore.sh" "$@"; }
newest() { s3ls "$1/" | tail -n 1; }
subscriptions() { q -d postgres -c "SELECT datname, subname, subenabled, subslotname FROM pg_subscription JOIN pg_database d ON d.oid = subdbid ORDER BY 1, 2" | xargs; }
drop_subscriptions() { # DATABASE
    q -d "$1" <<'SQL'
SELECT format('ALTER SUBSCRIPTION %I DISABLE', subname), format('ALTER SUBSCRIPTION %I SET (slot_name = NONE)', subname), format('DROP SUBSCRIPTION %I', subname)
  FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
\gexec
SQL
}

# ---- a subscription
createdb sub
q -d sub -c 'CREATE TABLE t AS SELECT 1 AS i' -c "CREATE SUBSCRIPTION \"s 1\" CONNECTION 'dbname=nowhere' PUBLICATION p WITH (connect = false, slot_name = 'live')" 2>/dev/null
q -d sub -c "COMMENT ON SUBSCRIPTION \"s 1\" IS 'of the shop'"
backup sub
before=$(databases)
verify sub
is 'a database with a subscription is verified' "$status" 0
is 'and its copy is dropped' "$(databases)" "$before"
restore "$(newest sub)" copy
is 'a copy under another name: status' "$status" 0
is 'has the subscription, disabled and without the slot' "$(subscriptions)" 'copy|s 1|f| sub|s 1|f|live'
matches 'and says so' "$(cat "$T/err")" "a subscription of copy has no slot and is disabled; .*SET \(slot_name = 'live'\)"
is 'its comment is there' "$(q -d copy -c "SELECT obj_description(oid, 'pg_subscription') FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = 'copy')")" 'of the shop'
restore --in-place --yes "$(newest sub)"
matches '--in-place would lose the live one: refused' "$status $(cat "$T/err")" '^1 .*the subscription "s 1" of sub would be dropped by --in-place.*nothing was done'
restore "$(newest sub)"
matches 'over the live one, which keeps its slot' "$status $(subscriptions | sed 's/s3pipe_old_[0-9_a-f]*/old/')" '^0 copy\|s 1\|f\| old\|s 1\|f\|live sub\|s 1\|f\|$'
for name in copy sub $(databases | tr ' ' '\n' | grep ^s3pipe_old); do
    drop_subscriptions "$name" && dropdb "$name"
done
restore "$(newest sub)"
is 'where no other has the slot it gets it back' "$status $(subscriptions)" '0 sub|s 1|f|live'
drop_subscriptions sub

# ---- what else pins a database: a scratch database that a killed run left
abandon() {
    createdb s3pipe_new_20260101000000_0badcafe
    q -d postgres -v c="s3pipe: {\"target\": \"t\", \"state\": \"$(cat "$S3PIPE_STATE_DIR/id")\", \"since\": \"$(date -u +%FT%TZ)\"}" \
        <<<"SELECT format('COMMENT ON DATABASE s3pipe_new_20260101000000_0badcafe IS %L', :'c') \\gexec"
}
createdb t && q -d t -c 'CREATE TABLE t AS SELECT 1 AS i' && backup t
abandon
q -d s3pipe_new_20260101000000_0badcafe <<'SQL' 2>/dev/null >/dev/null
CREATE TABLE t (i int);
CREATE SUBSCRIPTION s CONNECTION 'dbname=nowhere' PUBLICATION p WITH (connect = false, slot_name = 'other');
SELECT pg_create_logical_replication_slot('inside', 'test_decoding');
BEGIN; INSERT INTO t VALUES (1); PREPARE TRANSACTION 'inside';
CREATE FUNCTION no() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'nothing is changed here'; END$$;
CREATE EVENT TRIGGER no ON ddl_command_start EXECUTE FUNCTION no();
SQL
q -d postgres -c 'ALTER DATABASE s3pipe_new_20260101000000_0badcafe IS_TEMPLATE true' -c 'ALTER DATABASE s3pipe_new_20260101000000_0badcafe ALLOW_CONNECTIONS false'
RESTORE_KEEP_OLD=false restore "$(newest t)"
is 'whatever is in a scratch database, it is dropped' "$status $(databases | grep -c s3pipe_) $(q -d postgres -c 'SELECT count(*) FROM pg_prepared_xacts')" '0 0 0'

# ---- event triggers
createdb audited
q -d audited <<'SQL'
CREATE TABLE audit (tag text);
CREATE TABLE t AS SELECT 1 AS i;
CREATE MATERIALIZED VIEW m AS SELECT count(*) FROM t;
CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.audit VALUES (tg_tag); END';
CREATE EVENT TRIGGER note ON ddl_command_end EXECUTE FUNCTION note();
ALTER EVENT TRIGGER note ENABLE ALWAYS;
SQL
backup audited
fingerprint audited >"$T/audited"
verify audited
matches 'an event trigger sees nothing of the comparison' "$status $(cat "$T/err")" '^0 .*2 tables, 1 rows'
RESTORE_KEEP_OLD=false restore "$(newest audited)"
is 'nor of the load' "$status $(fingerprint audited | diff "$T/audited" - && echo same)" '0 same'
is 'and is there in the end' "$(q -d audited -c 'SELECT evtname, evtenabled FROM pg_event_trigger')" 'note|A'

# ---- row security that is forced on owners
q -d postgres -c 'CREATE ROLE maker LOGIN CREATEDB'
createdb -O maker forced
q -d forced -U maker <<'SQL'
CREATE SCHEMA s;
CREATE TABLE s.t AS SELECT i FROM generate_series(1, 10) i;
ALTER TABLE s.t ENABLE ROW LEVEL SECURITY;
ALTER TABLE s.t FORCE ROW LEVEL SECURITY;
CREATE POLICY p ON s.t USING (i > 8);
SQL
backup forced
POSTGRES_USER=maker verify forced
matches 'by an owner whom row security binds' "$status $(cat "$T/err")" '^0 .*1 tables, 10 rows'

# ---- other servers
createdb remote
q -d remote <<'SQL'
CREATE EXTENSION postgres_fdw;
CREATE SERVER cold FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '1', dbname 'x');
CREATE USER MAPPING FOR CURRENT_USER SERVER cold OPTIONS (user 'u', password 'p');
CREATE TABLE m (i int, y int) PARTITION BY LIST (y);
CREATE TABLE m26 PARTITION OF m FOR VALUES IN (2026);
CREATE FOREIGN TABLE m20 PARTITION OF m FOR VALUES IN (2020) SERVER cold;
INSERT INTO m26 SELECT g, 2026 FROM generate_series(1, 20) g;
CREATE TABLE parent (i int);
CREATE FOREIGN TABLE child () INHERITS (parent) SERVER cold;
INSERT INTO parent VALUES (1);
CREATE MATERIALIZED VIEW far AS SELECT * FROM m20 WITH NO DATA;
CREATE MATERIALIZED VIEW near AS SELECT * FROM m26;
SQL
PG_DUMP_OPTIONS=--load-via-partition-root backup remote
verify remote
matches 'verify does not ask a server that is down' "$status $(cat "$T/err")" '^0 .*2 tables, 21 rows'
s3get -q "$(newest remote)" | gunzip |
    sed '/^-- PostgreSQL database dump complete/i -- Name: far; Type: MATERIALIZED VIEW DATA; Schema: public; Owner: postgres\n--\n\nREFRESH MATERIALIZED VIEW public.far;\n' |
    gzip | s3put -q 2026/01/01/remote_000000.sql.gz
RESTORE_KEEP_OLD=false restore 2026/01/01/remote_000000.sql.gz
matches 'nor does it end a restore' "$status $(cat "$T/err")" '^0 .*public.m has parts on other servers and no statistics yet.*could not connect to server "cold".*this was left out.*ok remote'
is 'all else is there, with statistics' "$(q -d remote -c "SELECT count(*) FROM near" -c "SELECT reltuples FROM pg_class WHERE relname = 'm26'" | xargs)" '20 20'

# ---- sessions in the new database
createdb busy
q -d busy -c "CREATE TABLE t AS SELECT g, repeat('x', 50) AS v FROM generate_series(1, 20000) g; CREATE ROLE looker LOGIN"
q -d busy -c "CREATE FUNCTION slow() RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(2); RETURN 1; END'; CREATE INDEX ON t ((slow())) WHERE g = 1"
backup busy
(
    for _ in $(seq 200); do
        d=$(q -d postgres -c "SELECT datname FROM pg_database WHERE datname ~ '^s3pipe_new_' LIMIT 1")
        [ -n "$d" ] && psql -X -U looker -d "$d" -c 'SELECT 1' >>"$T/looked" 2>&1
        [ -z "$d" ] || ! psql -X -q -d "$d" -c 'SELECT pg_sleep(60)' >/dev/null 2>&1 || break
        sleep 0.03
    done
) &
sitter=$!
restore "$(newest busy)"
is 'a session in the new database does not hold up the exchange' "$status" 0
matches 'others than its owner cannot connect while it is loaded' "$(cat "$T/looked")" 'permission denied'
kill $sitter 2>/dev/null
is 'and can after that' "$(q -U looker -d busy -c 'SELECT 1')" 1
q -d postgres -c 'ALTER DATABASE busy ALLOW_CONNECTIONS false'
restore "$(newest busy)"
is 'one that is closed stays closed' "$status $(q -d postgres -c "SELECT datallowconn FROM pg_database WHERE datname = 'busy'")" '0 f'
ok 'nothing is left' nothing_left
done_testing
