#!/usr/bin/env bash
# verify-backup.sh: says 0 only of backups that restore whole.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/store.sh"
. "$TESTS/lib/scripts.sh"
store_start
export POSTGRES_DB=shop
verify() { run "$S/verify-backup.sh" "$@"; }
backup() { "$S/backup.sh" 2>"$T/err" || cat "$T/err"; }
small shop
q -d shop <<'SQL' >/dev/null
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE TABLE parted (day date, n int) PARTITION BY RANGE (day);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
INSERT INTO parted SELECT date '2026-01-01' + i, i FROM generate_series(0, 50) i;
CREATE TABLE parent (i int); CREATE TABLE child () INHERITS (parent);
INSERT INTO parent VALUES (1); INSERT INTO child VALUES (2), (3);
CREATE SCHEMA "Übel ""sch(ema""";
CREATE TABLE "Übel ""sch(ema"""."t.a b(" ("c)" text); INSERT INTO "Übel ""sch(ema"""."t.a b(" VALUES ('x'), (E'\\.'), (E'COPY 7\n\\.\n'), ('tab	in');
CREATE TABLE empty (i int);
CREATE TABLE "new
line\n" (id serial, t text); INSERT INTO "new
line\n" (t) VALUES ('x');
SET check_function_bodies = off;
CREATE FUNCTION fool() RETURNS void LANGUAGE sql AS $f$
COPY public.items (id, name) FROM stdin;
COPY 5
\.
SELECT pg_catalog.setval('public.items_id_seq', 3, true);
ALTER TABLE x OWNER TO y;
$f$;
COMMENT ON TABLE items IS 'it''s /* not -- a "comment"
GRANT ALL ON SCHEMA public TO nobody;
$$';
SQL
backup
key=$(s3ls | grep shop)
before=$(databases)
verify
is 'status' "$status" 0
matches 'tells what it compared' "$(cat "$T/err")" "ok $key: 8 tables, 1059 rows, 1 large objects, [0-9]+ s"
matches 'sums up' "$(last)" 'ok: PostgreSQL is reachable, S3 can be written to, 1 backups can be restored'
is 'nothing is left in the server' "$(databases)" "$before"
is 'nor in the store' "$(s3ls | wc -l)" 2
ok 'nor here' nothing_left
createdb other && q -d other -c 'CREATE TABLE t AS SELECT 1 AS i'
BACKUP_DATABASES=shop,other backup
verify --all
matches '--all' "$status $(cat "$T/err")" '^0 .*ok .*globals_[0-9]+.sql.gz: [0-9]+ roles.*ok .*other_[0-9]+.sql.gz: 1 tables, 1 rows.*3 backups can be restored'
verify "$key"
is 'by its key' "$status" 0
PG_DUMP_OPTIONS=--inserts BACKUP_GLOBALS=false BACKUP_DATABASES=other S3_PREFIX=inserts backup
verify "$(s3ls inserts/)"
matches 'a dump without COPY: its rows are compared, too' "$status $(cat "$T/err")" '^0 .*1 tables, 1 rows'
PG_DUMP_OPTIONS=--load-via-partition-root BACKUP_GLOBALS=false S3_PREFIX=root backup
verify "$(s3ls root/)"
matches 'rows that went in by the root of a partitioned table' "$status $(cat "$T/err")" '^0 .*1059 rows'

createdb globals && q -d globals -c 'CREATE TABLE t AS SELECT 1 AS i'
BACKUP_GLOBALS=false POSTGRES_DB=globals S3_PREFIX=named backup
POSTGRES_DB=globals S3_PREFIX=named verify
matches 'a database called globals' "$status $(cat "$T/err")" '^0 .*: 1 tables, 1 rows'
dropdb globals
mkdir "$T/bin" && printf '#!/bin/sh\necho s3rm: AccessDenied >&2; exit 1\n' >"$T/bin/s3rm" && chmod +x "$T/bin/s3rm"
for program in s3put s3get s3ls gzstream retain; do ln -s "$BUILD/$program" "$T/bin/"; done
BUILD=$T/bin verify
matches 'a key that may not delete' "$status $(cat "$T/err")" '^0 .*S3 does not delete; s3pipe-check-.* stays there.*ok: '
s3ls | grep s3pipe-check- | s3rm -q
day=$(date -u +%Y/%m/%d)
printf 'no gzip' | s3put -q "$day/bad1_235957.sql.gz"
head -c 300 /dev/zero | gzip | s3put -q "$day/bad2_235958.sql.gz"
verify --all
matches '--all goes on after backups that cannot be read, and sums up' "$status $(cat "$T/err")" \
    '^1 .*bad1_235957.sql.gz .*bad2_235958.sql.gz .*FAILED: 2 of 5 backups'
is 'those that are well are said to be' "$(grep -c ': ok .*sql.gz: ' "$T/err") $(databases)" "3 other $before"
ok 'and nothing is left of it here' nothing_left
s3rm -q "$day/bad1_235957.sql.gz" "$day/bad2_235958.sql.gz"
dropdb other
printf '%s\0' 2026/01/01/other_000000.sql.gz | "$TESTS/lib/make_objects.py"
s3ls | grep 'other_' | grep -v ^2026/01 | s3rm -q
verify --all
matches '--all, of a database that was dropped long ago' "$status $(cat "$T/err")" '^0 .*left out: 2026/01/01/other_000000.sql.gz; there is no database other any more'
createdb other

# ---- what is not well
verify 2026/01/01/no_000000.sql.gz
matches 'no such key' "$status $(last)" '^3 .*there is no 2026'
POSTGRES_DB=nobody verify
is 'no backup of it' "$status" 3
s3get -q "$key" | gunzip >"$T/plain.sql"
before=$(databases)
bad() { # NAME ERE: of the dump on stdin
    gzip | s3put -q 2026/11/01/bad_000000.sql.gz
    verify 2026/11/01/bad_000000.sql.gz
    matches "$1" "$status $(cat "$T/err")" "^1 .*$2"
    is "$1: nothing is left" "$(databases)" "$before"
}
before_end() { sed "/^-- PostgreSQL database dump complete/i $1" "$T/plain.sql"; }
bad 'a dump that is cut' 'FAILED .*: the load failed' < <(head -c 30000 "$T/plain.sql")
bad 'a dump that is cut between two rows' 'the dump is cut: it ends within the data of public.items' < <(sed '/^900\t/q' "$T/plain.sql")
swallow="CREATE FUNCTION public.swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TRIGGER swallow BEFORE INSERT ON public.parent FOR EACH ROW EXECUTE FUNCTION public.swallow();"
bad 'rows that do not arrive' 'public.parent: the server took 0 rows, 1 are in the dump' < <(sed "/^COPY public.parent /i $swallow" "$T/plain.sql")
bad 'rows that are gone again' 'items has 999 rows, of the backup came 1000' < <(before_end 'DELETE FROM public.items WHERE id = 1;')
bad 'a sequence elsewhere' 'the sequence .*items_id_seq is at 1001, in the backup at 1000' < <(before_end "SELECT nextval('public.items_id_seq');")
bad 'a large object that is gone' 'there are 0 large objects, in the backup are 1' < <(before_end 'SELECT lo_unlink(oid) FROM pg_largeobject_metadata;')
sleep 1
BACKUP_SCHEDULE=@weekly verify
is 'BACKUP_SCHEDULE allows what it makes' "$status" 0
printf '%s\0' "$(date -u -d '2 days ago' +%Y/%m/%d)/weekly_000000.sql.gz" | "$TESTS/lib/make_objects.py"
POSTGRES_DB=weekly verify
matches 'two days are too old by default' "$status $(last)" '^1 .*the newest backup of weekly is 2 days old, and BACKUP_MAX_AGE allows 26 hours: '
POSTGRES_DB=weekly BACKUP_SCHEDULE=@weekly verify
matches 'and not where backups are made once a week' "$status $(cat "$T/err")" '^1 .*weekly_000000.sql.gz cannot be read'
s3ls | grep weekly_ | s3rm -q
BACKUP_MAX_AGE=1s verify
matches 'a backup that is too old' "$status $(last)" '^1 .*the newest backup of shop is [1-9][0-9]* (s|minutes) old, and BACKUP_MAX_AGE allows 1 s: '
S3_SECRET_KEY=wrong verify
matches 'a store that cannot be written to' "$status $(last)" '^1 .*S3 cannot be written to'
PGPORT=1 verify
matches 'no server' "$status $(last)" '^1 .*cannot be reached'
verify --some
exits 'an unknown option' 2 'no such option'

# ---- another server
q -d postgres -c 'CREATE ROLE alice' && q -d shop -c 'ALTER TABLE items OWNER TO alice; GRANT SELECT ON empty TO alice'
q -d postgres -c 'CREATE ROLE "we, ird"'
q -d shop -c 'CREATE POLICY "a TO b" ON items AS RESTRICTIVE FOR SELECT TO alice, "we, ird" USING (id > 0); ALTER TABLE items ENABLE ROW LEVEL SECURITY'
backup
mkdir "$T/second" && chown postgres "$T/second" && chmod 711 "$T/second"
postgres_do initdb -D "$T/second/data" -A trust -U checker -E UTF8 --no-locale --no-sync >"$T/pg.log"
postgres_do pg_ctl -D "$T/second/data" -w -l "$T/second/log" -o "-c listen_addresses= -c unix_socket_directories=$T/second -c fsync=off" start >>"$T/pg.log"
at_exit 'postgres_do pg_ctl -D "$T/second/data" -m immediate stop >/dev/null 2>&1'
VERIFY_POSTGRES_HOST=$T/second VERIFY_POSTGRES_USER=checker verify
matches 'on another server, without the roles' "$status $(cat "$T/err")" '^0 .*roles are missing here: .*ok .*8 tables, 1059 rows'
is 'which is left as it was' "$(PGHOST=$T/second PGUSER=checker databases)" postgres
ok 'nothing is left at the end' nothing_left
done_testing
