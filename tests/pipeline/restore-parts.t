#!/usr/bin/env bash
# restore.sh of some tables or schemas, into a new database or beside what is
# there, and without some kinds.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/store.sh"
. "$TESTS/lib/scripts.sh"
store_start
export BACKUP_GLOBALS=false RESTORE_KEEP_OLD=false POSTGRES_DB=shop
restore() { run "$S/restore.sh" "$@"; }
createdb shop
q -d shop <<'SQL'
CREATE SCHEMA app;
CREATE TYPE app.mood AS ENUM ('sad', 'happy');
CREATE FUNCTION app.even(integer) RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT $1 % 2 = 0';
CREATE DOMAIN app.pair AS integer CHECK (app.even(VALUE));
CREATE FUNCTION app.label(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT upper($1)';
CREATE FUNCTION app.other() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE SEQUENCE public.numbers START 50;
CREATE TABLE app.items (id serial PRIMARY KEY, m app.mood[], p app.pair, n integer DEFAULT nextval('public.numbers'), name text UNIQUE CHECK (name <> ''));
CREATE INDEX items_label ON app.items (app.label(name));
CREATE STATISTICS app.items_ab ON id, p FROM app.items;
COMMENT ON TABLE app.items IS 'the items';
INSERT INTO app.items (m, p, name) SELECT '{happy}', 2 * i, 'item ' || i FROM generate_series(1, 1000) i;
CREATE TABLE app.lines (id integer PRIMARY KEY, item integer REFERENCES app.items, tag "char" DEFAULT 'x');
INSERT INTO app.lines SELECT i, i FROM generate_series(1, 10) i;
CREATE TABLE app.base (i int); CREATE TABLE app.derived (j int) INHERITS (app.base);
CREATE TRIGGER other BEFORE INSERT ON app.lines FOR EACH ROW EXECUTE FUNCTION app.other();
CREATE VIEW app.names AS SELECT name FROM app.items;
CREATE TABLE public.plain AS SELECT 1 AS i;
CREATE TABLE public.parted (d int) PARTITION BY LIST (d);
CREATE TABLE public.parted_1 PARTITION OF public.parted FOR VALUES IN (1);
INSERT INTO public.parted VALUES (1);
SELECT lo_from_bytea(0, 'x');
SQL
"$S/backup.sh" 2>"$T/err" || cat "$T/err"
key=$(s3ls)
parts() { PGDATABASE=$1 pg_dump "${@:2}" | sed '/^\\\(un\)\{0,1\}restrict /d; /^--/d; /^$/d' | sort | tee "$T/parts.$1" | md5sum; }
tables() { q -d "$1" -c "SELECT oid::regclass FROM pg_class WHERE relkind IN ('r', 'v', 'p', 'm', 'f') AND oid >= 16384 AND relnamespace <> 'pg_toast'::regnamespace ORDER BY oid::regclass::text" | xargs; }
before=$(databases)
whole=$(parts shop -n app --no-comments)

# ---- into a new database
restore --table app.items "$key" copy
is 'one table, into a new database' "$status $(tables copy)" '0 app.items'
is 'with all of its own' "$(parts copy -t app.items)" "$(parts shop -t app.items)"
is 'and the types and functions that it needs, and no others' \
    "$(q -d copy -c "SELECT typname FROM pg_type WHERE typnamespace = 'app'::regnamespace AND typtype IN ('e', 'd') ORDER BY 1" -c "SELECT proname FROM pg_proc WHERE pronamespace = 'app'::regnamespace ORDER BY 1" | xargs)" 'mood pair even label'
is 'its sequences are where they were' "$(q -d copy -c "SELECT nextval('app.items_id_seq'), nextval('numbers')")" '1001|1050'
matches 'what was left out is said' "$(cat "$T/err")" 'left out: .*TABLE'
is 'it has statistics' "$(q -d copy -c "SELECT reltuples FROM pg_class WHERE oid = 'app.items'::regclass")" 1000
dropdb copy
restore --schema app "$key" copy
is 'a schema' "$status $(parts copy -n app)" "0 $(parts shop -n app)"
dropdb copy
restore --table 'public.p*' --table app.lines "$key" copy
is 'by a pattern; a foreign key to what is not wanted is left out' "$status $(tables copy) $(q -d copy -c "SELECT count(*) FROM pg_constraint WHERE contype = 'f'")" '0 app.lines parted parted_1 plain 0'
dropdb copy
for bad in 'nosuch:nothing in .* is called nosuch' 'app.derived:app.base is needed by what was asked for: add --table app.base' 'app.names:app.items is needed'; do
    restore --table "${bad%%:*}" "$key" copy
    matches "${bad%%:*} is refused" "$status $(cat "$T/err")" "^1 .*${bad#*:}.*nothing was done"
done
is 'and nothing is left' "$(databases)" "$before"
restore --schema app --in-place --yes "$key"
exits 'in place' 2 'replace nothing'

# ---- beside what is there
q -d shop -c 'DROP TABLE app.lines'
fingerprint shop >live
live=$(parts shop)
restore --table app.lines --table app.items "$key"
matches 'a table that is there is refused' "$status $(cat "$T/err")" '^1 .*app.items exists in shop already: .*nothing was done'
is 'and nothing is changed' "$(parts shop)" "$live"
restore --table app.lines "$key"
is 'one that is gone comes back' "$status $(q -d shop -c 'SELECT count(*) FROM app.lines')" '0 10'
is 'all else is as it was' "$(fingerprint shop | grep -v app.lines | diff - live && echo same)" same
ok 'no database was made or replaced' [ "$(databases)" = "$before" ]
createdb other
q -d other -c "CREATE SCHEMA app; CREATE TYPE app.mood AS ENUM ('sad', 'happy', 'more'); CREATE TABLE app.mine AS SELECT 1 AS i"
restore --table app.items "$key" other
matches 'into another database: a type that is there is used' "$status $(cat "$T/err")" '^0 .*other has the type app.mood, which is used as it is'
is 'what is there stays' "$(tables other) $(q -d other -c 'SELECT count(*) FROM app.items')" 'app.items app.mine 1000'
dropdb other
createdb other
q -d other -c "CREATE SCHEMA app; CREATE TYPE app.mood AS ENUM ('sad')"
live=$(parts other)
restore --table app.items "$key" other
matches 'a row that does not load' "$status $(cat "$T/err")" '^1 .*invalid input value for enum app.mood: "happy".*other is as it was'
is 'leaves nothing behind' "$(parts other)" "$live"
s3get -q "$key" | gunzip | sed '/^COPY app.lines/,$d' | gzip | s3put -q 2026/01/01/shop_000000.sql.gz
restore --table app.items 2026/01/01/shop_000000.sql.gz other
matches 'a dump that is cut' "$status $(cat "$T/err")" '^1 .*the dump is cut.*nothing was done'
is 'leaves nothing behind, either' "$(parts other)" "$live"
restore --schema app "$key" other
matches 'a schema of which something is there' "$status $(cat "$T/err")" '^1 .*the type app.mood exists in other already'
q -d other -c 'DROP TYPE app.mood'
restore --schema app --exclude comment "$key" other
is 'a schema that is there and empty; without comments' "$status $(parts other -n app)" "0 $whole"
dropdb other

# ---- without
restore --exclude app.lines --exclude trigger --exclude 'function app.other*' "$key" copy
is '--exclude, of all' "$status $(tables copy) $(q -d copy -c "SELECT count(*) FROM pg_proc WHERE proname = 'other'")" \
    '0 app.base app.derived app.items app.names parted parted_1 plain 0'
dropdb copy
q -d shop -c 'CREATE EXTENSION pg_trgm' -c "CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'" -c 'CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION e()'
sleep 1
"$S/backup.sh" 2>"$T/err" || cat "$T/err"
restore --exclude 'extension pg_trgm' --exclude 'event trigger' latest copy
is '--exclude an extension, and a kind' "$status $(q -d copy -c "SELECT count(*) FROM pg_extension" -c 'SELECT count(*) FROM pg_event_trigger' | xargs)" '0 1 0'
dropdb copy
restore latest --exclude
exits '--exclude without anything' 2 '--exclude wants an argument'
ok 'nothing is left' nothing_left
done_testing
