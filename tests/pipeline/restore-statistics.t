#!/usr/bin/env bash
# From PostgreSQL 18 on a backup brings its statistics along, and a restore
# gathers only what is missing. Where the server is older, by a dump made so.
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
CREATE INDEX ON items ((lower(name)));
CREATE TABLE extended AS SELECT i, i % 10 AS a FROM generate_series(1, 1000) i;
CREATE STATISTICS extended_ia ON i, a FROM extended;
CREATE TABLE parted (day date, n int) PARTITION BY RANGE (day);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
INSERT INTO parted SELECT date '2026-01-01' + i, i FROM generate_series(0, 30) i;
CREATE TABLE fresh AS SELECT 1 AS i;
ANALYZE items, extended, parted;
SQL
major=$(q -d shop -c "SELECT current_setting('server_version_num')::int / 10000")
"$S/backup.sh" 2>"$T/err" || cat "$T/err"
key=$(s3ls)
analyzed() { q -d copy -c "SELECT relname FROM pg_stat_user_tables WHERE last_analyze IS NOT NULL ORDER BY 1" | xargs; }
settled() { q -d copy -c "SELECT pg_stat_force_next_flush()" >/dev/null 2>&1; sleep 0.5; }
if [ "$major" -ge 18 ]; then
    ok 'the dump holds statistics' eval 's3get -q "$key" | gunzip | grep -q pg_restore_attribute_stats'
    for options in --no-statistics --schema-only -s; do
        sleep 1
        BACKUP_SHRINK_ALARM=0 PG_DUMP_OPTIONS=$options S3_PREFIX=without run "$S/backup.sh"
        is "PG_DUMP_OPTIONS=$options: status" "$status" 0
        ok "PG_DUMP_OPTIONS=$options: it does not" not eval 's3get -q "$(s3ls without/ | tail -n 1)" | gunzip | grep -q pg_restore_attribute_stats'
    done
    restore "$key" copy
    settled
    is 'a restore analyzes only what lacks statistics: extended ones, and what had none' "$status $(analyzed)" '0 extended fresh'
    is 'all has statistics' "$(q -d copy -c "SELECT count(DISTINCT tablename) FROM pg_stats WHERE schemaname = 'public'")" 6
    statistics() { q -d "$1" -c "SELECT md5(string_agg(s::text, E'\n' ORDER BY attname)) FROM pg_stats s WHERE tablename = 'items'"; }
    is 'as they were' "$(statistics copy)" "$(statistics shop)"
    dropdb copy
    run "$S/verify-backup.sh"
    is 'and is verified' "$status" 0
else
    ok 'before 18 the dump holds none' not eval 's3get -q "$key" | gunzip | grep -q pg_restore_attribute_stats'
    restore "$key" copy
    settled
    is 'a restore analyzes all' "$status $(analyzed)" '0 extended fresh items parted parted_1'
    dropdb copy
fi

# ---- statistics that do not load end no restore
bad='-- Statistics for Name: items; Type: STATISTICS DATA; Schema: public; Owner: -\n--\n\nSELECT * FROM pg_catalog.pg_restore_nothing(1);\n\n\n--'
s3get -q "$key" | gunzip | sed "s/^-- Name: items_lower_idx; Type: INDEX.*/$bad\n&/" | gzip | s3put -q 2026/01/01/shop_000000.sql.gz
restore 2026/01/01/shop_000000.sql.gz copy
matches 'statistics that do not load are a warning' "$status $(cat "$T/err")" \
    '^0 .*STATISTICS DATA public.items: .*pg_restore_nothing.*does not exist.*\(42883\); going on without it.*ok copy'
is 'all rows are there' "$(q -d copy -c 'SELECT count(*) FROM items')" 20000
ok 'nothing is left' nothing_left
done_testing
