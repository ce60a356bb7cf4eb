#!/usr/bin/env bash
# What restore.sh says before, what it tries all the same, and what a user may do
# about it.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/store.sh"
. "$TESTS/lib/scripts.sh"
store_start
export BACKUP_GLOBALS=false
backup() { BACKUP_DATABASES=$1 S3_PREFIX=$1 "$S/backup.sh" 2>"$T/err" || cat "$T/err"; }
restore() { run "$S/restore.sh" "$@"; }
newest() { s3ls "$1/" | tail -n 1; }
export RESTORE_KEEP_OLD=false

# ---- roles in the data
q -d postgres -c 'CREATE ROLE "job, man"' -c 'CREATE ROLE granted'
createdb jobs
q -d jobs <<'SQL'
CREATE TABLE job (i int, owner regrole);
INSERT INTO job VALUES (1, '"job, man"');
CREATE TABLE saved AS SELECT acldefault('d', 'granted'::regrole) AS acl;
SQL
S3_PREFIX=jobs BACKUP_GLOBALS=true BACKUP_DATABASES=jobs "$S/backup.sh" 2>"$T/err" || cat "$T/err"
jobs=$(s3ls jobs/ | grep jobs_)
dropdb jobs
q -d postgres -c 'DROP ROLE "job, man", granted'
restore --no-owner "$jobs"
matches 'roles that stand in the data are told before' "$status $(cat "$T/err")" '^1 .*the role "job, man" is missing, and the data names it: .*--globals.*the role granted is missing, .*nothing was done'
restore --no-owner --try "$jobs"
matches '--try tries it' "$status $(cat "$T/err")" '^1 .*role .* does not exist.*the dump names a role that is missing: --globals .*the load failed'
S3_PREFIX='jobs' restore --globals latest latest jobs
is 'with --globals it is restored' "$status $(q -d jobs -c 'SELECT owner FROM job')" '0 "job, man"'

# ---- functions that find tables by search_path
createdb path
q -d path <<'SQL'
CREATE SCHEMA app;
CREATE TABLE app.doc AS SELECT 'alpha beta'::text AS body;
CREATE FUNCTION app.known(text) RETURNS bool LANGUAGE plpgsql AS 'BEGIN RETURN EXISTS (SELECT FROM doc WHERE body = $1); END';
SET search_path = app;
CREATE TABLE item (name text CHECK (known(name)));
INSERT INTO item VALUES ('alpha beta');
-- The last, for from 18 on it is refused.
CREATE MATERIALIZED VIEW words AS SELECT word FROM ts_stat('SELECT to_tsvector(''simple'', body) FROM doc');
SQL
backup path
restore "$(newest path)" copy
matches 'the public schema does not do' "$status $(cat "$T/err")" '^1 .*loading again with search_path = "\$user", public.*--search-path PATH loads with'
restore --search-path app,public "$(newest path)" copy
rows() { q -d "$1" -c 'SELECT count(*) FROM app.item' -c 'SELECT count(*) FROM app.words' 2>&1 | sed 's/LINE.*//' | xargs; }
is '--search-path does' "$status $(rows copy)" "0 $(rows path)"
matches 'and there is something' "$(rows copy)" '^1 '
dropdb copy
q -d postgres -c 'ALTER DATABASE path SET search_path TO app, public'
sleep 1
backup path
restore "$(newest path)"
matches 'the setting of the database is tried by itself' "$status $(cat "$T/err")" '^0 .*loading again with search_path = app, public'
POSTGRES_DB=path S3_PREFIX=path run "$S/verify-backup.sh"
is 'by verify-backup.sh, too' "$status" 0
restore --in-place --yes "$(newest path)"
is 'and in place' "$status $(q -d path -c 'SELECT count(*) FROM app.item')" '0 1'

# ---- views that are materialized: no data is lost by one that cannot be filled
createdb views
q -d views <<'SQL'
CREATE SCHEMA app;
CREATE TABLE app.doc AS SELECT 'alpha'::text AS body;
CREATE TABLE app.source AS SELECT 1 AS a;
CREATE FUNCTION app.doc() RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT body FROM doc); END';
CREATE FUNCTION app.gone() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT a FROM app.source); END';
SET search_path = app;
CREATE MATERIALIZED VIEW a_good AS SELECT 1 AS a;
CREATE MATERIALIZED VIEW "b ad" AS SELECT gone();
CREATE MATERIALIZED VIEW d_never AS SELECT 1 AS a WITH NO DATA;
DROP TABLE source;
SQL
# From 17 on the server itself takes the search_path from what fills a view.
by_path=''
if [ "$(q -d views -c 'SHOW server_version_num')" -lt 170000 ]; then
    q -d views -c 'SET search_path = app' -c 'CREATE MATERIALIZED VIEW c_path AS SELECT doc()'
    by_path=,c_path
fi
q -d postgres -c 'ALTER DATABASE views SET search_path TO app, public'
backup views
filled() { q -d "$1" -c "SELECT string_agg(relname, ',' ORDER BY 1) FROM pg_class WHERE relkind = 'm' AND relispopulated"; }
rm -rf "$S3PIPE_STATE_DIR"
restore "$(newest views)"
matches 'one that cannot be filled ends no restore' "$status $(cat "$T/err")" '^0 .*b ad: REFRESH .*relation "app.source" does not exist.*these materialized views are empty, as the lines before say; nothing else is missing.*ok views'
is 'it is filled no more, and one whose function needs a search_path is' "$(filled views)" "a_good$by_path"
ok 'all is loaded once' not grep -q 'loading again' "$T/err"
POSTGRES_DB=views S3_PREFIX=views run "$S/verify-backup.sh"
is 'its backup is good' "$status" 0

# ---- a plain owner
q -d postgres -c 'CREATE ROLE maker LOGIN CREATEDB'
createdb -O maker made
q -d made -U maker -c 'CREATE TABLE t AS SELECT 1 AS i'
q -d made -c 'CREATE PUBLICATION everything FOR ALL TABLES' -c 'CREATE EXTENSION dblink' \
    -c "CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'" -c 'CREATE EVENT TRIGGER note ON ddl_command_end EXECUTE FUNCTION note()' \
    -c 'ALTER FUNCTION note() OWNER TO maker'
PG_DUMP_OPTIONS=--no-comments backup made
POSTGRES_USER=maker restore --no-owner "$(newest made)" copy
matches 'an extension that may need a superuser is tried' "$status $(cat "$T/err")" '^1 .*the extension dblink can be created by a superuser only, .*tried all the same.*permission denied to create extension'
q -d made -c 'DROP EXTENSION dblink'
sleep 1
backup made
POSTGRES_USER=maker restore --no-owner "$(newest made)" copy
matches 'statements that need a superuser are told before, and left out' "$status $(cat "$T/err")" \
    '^0 .*the event trigger note may need a superuser.*the publication for all tables everything may need a superuser.*permission denied to create event trigger.*this was left out'
is 'and nothing else' "$(q -d copy -c 'TABLE t')" 1
dropdb copy

# ---- text that is not of this encoding
createdb -E LATIN1 -T template0 latin
PGCLIENTENCODING=LATIN1 q -d latin -c $'COMMENT ON DATABASE latin IS \'\xdcbung\'' -c 'CREATE TABLE t AS SELECT 1 AS i'
createdb utf && q -d utf -c 'CREATE TABLE t AS SELECT 1 AS i'
PGCLIENTENCODING=LATIN1 q -d latin -c $'COMMENT ON DATABASE utf IS \'\xdcbung\''
for name in latin utf; do
    backup $name
    restore "$(newest $name)"
    is "$name: a comment in Latin-1 stops no restore" "$status $(q -d $name -c 'TABLE t')" '0 1'
done

# ---- habits of the role
q -d postgres -c "ALTER ROLE postgres SET default_transaction_read_only = on; ALTER ROLE postgres SET quote_all_identifiers = on; ALTER ROLE postgres SET idle_in_transaction_session_timeout = '1s'"
export PGOPTIONS='-c default_transaction_read_only=off'
q -d utf -c 'CREATE SEQUENCE "S 1"' -c "ALTER DATABASE utf SET statement_timeout = '50ms'"
unset PGOPTIONS
sleep 1
backup utf
POSTGRES_DB=utf S3_PREFIX=utf run "$S/verify-backup.sh"
is 'a role that only reads, and quotes all: verified' "$status" 0
restore "$(newest utf)"
is 'and restored' "$status $(PGOPTIONS='-c default_transaction_read_only=off' q -d utf -c 'TABLE t')" '0 1'
PGOPTIONS='-c default_transaction_read_only=off' q -d postgres -c 'ALTER ROLE postgres RESET ALL'
ok 'nothing is left' nothing_left
done_testing
