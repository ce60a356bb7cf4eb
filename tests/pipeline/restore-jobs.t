#!/usr/bin/env bash
# restore.sh by several sessions: the load, and the statistics afterwards.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/store.sh"
. "$TESTS/lib/scripts.sh"
store_start
export BACKUP_GLOBALS=false RESTORE_KEEP_OLD=false POSTGRES_DB=shop
restore() { run "$S/restore.sh" "$@"; }
createdb shop
q -d shop <<'SQL'
CREATE TABLE items AS SELECT i, i % 10 AS a, i % 100 AS b, 'item ' || i AS name FROM generate_series(1, 20000) i;
CREATE STATISTICS items_ab ON a, b FROM items;
CREATE INDEX ON items ((lower(name)));
CREATE TABLE empty (i int);
CREATE TABLE parted (day date, n int) PARTITION BY RANGE (day);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM ('2026-02-01') TO ('2026-03-01') PARTITION BY LIST (n);
CREATE TABLE parted_2_1 PARTITION OF parted_2 DEFAULT;
INSERT INTO parted SELECT date '2026-01-01' + i, i FROM generate_series(0, 50) i;
CREATE TABLE parent (i int); CREATE TABLE child () INHERITS (parent);
INSERT INTO parent VALUES (1), (2); INSERT INTO child VALUES (3);
CREATE MATERIALIZED VIEW summary AS SELECT a, count(*) FROM items GROUP BY a;
CREATE TABLE "new
line" AS SELECT 1 AS i;
CREATE TABLE idle (i int); ALTER TABLE idle ALTER i SET STATISTICS 0; INSERT INTO idle VALUES (1);
SQL
"$S/backup.sh" 2>"$T/err" || cat "$T/err"
key=$(s3ls)
statistics() { # DATABASE: what is analyzed
    q -d "$1" -c "SELECT DISTINCT tablename, attname, inherited FROM pg_stats WHERE schemaname = 'public' ORDER BY 1, 2, 3" \
        -c "SELECT statistics_name FROM pg_stats_ext WHERE n_distinct IS NOT NULL"
}
q -d shop -c ANALYZE
statistics shop >wanted
for jobs in 1 2 5; do
    restore -j "$jobs" "$key" copy
    is "-j $jobs" "$status $(fingerprint copy | diff - <(fingerprint shop) && echo same)" '0 same'
    ok "-j $jobs: all has statistics" eval 'statistics copy | diff - wanted'
    dropdb copy
done

s3get -q "$key" | gunzip | sed 's/^COPY public.items /SELECT pg_sleep(3);\n&/' | gzip | s3put -q 2026/01/01/shop_000000.sql.gz
sessions() { q -d postgres -c "SELECT count(*) FROM pg_stat_activity WHERE datname ~ '^s3pipe_new_' AND application_name = 's3pipe'"; }
for jobs in 1 3; do
    RESTORE_JOBS=$jobs "$S/restore.sh" 2026/01/01/shop_000000.sql.gz copy 2>"$T/err" &
    pid=$!
    await 10 eval 'q -d postgres -c "SELECT query FROM pg_stat_activity" | grep -q "^SELECT pg_sleep"'
    is "RESTORE_JOBS=$jobs opens so many sessions" "$(sessions)" "$jobs"
    wait "$pid"
    is "RESTORE_JOBS=$jobs: status" $? 0
    dropdb copy
done
RESTORE_JOBS=0 restore latest
exits 'RESTORE_JOBS=0' 2 'RESTORE_JOBS is a number from 1 to 64, not 0'
restore -j 65 latest
exits '-j 65' 2 '-j wants a number from 1 to 64, not 65'
restore latest --jobs
exits '--jobs without a number' 2 '--jobs wants a number from 1 to 64, not nothing'
RESTORE_JOBS=3 run "$S/verify-backup.sh"
is 'verify-backup.sh takes it, too' "$status" 0

# ---- statistics that cannot be gathered end no restore
q -d shop <<'SQL'
CREATE FUNCTION broken(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS
    'BEGIN IF current_setting(''client_min_messages'') = ''error'' THEN RAISE ''no statistics here''; END IF; RETURN 1; END';
CREATE INDEX ON items (broken(i));
SQL
sleep 1
"$S/backup.sh" 2>"$T/err" || cat "$T/err"
restore latest copy
matches 'a function that fails is a warning' "$status $(cat "$T/err")" '^0 .*no statistics here.*statistics are missing, as the lines before say: ANALYZE gathers them.*ok copy'
is 'all others are gathered' "$(q -d copy -c "SELECT count(*) FROM pg_stats WHERE tablename = 'parent'")" 2
ok 'nothing is left' nothing_left
done_testing
