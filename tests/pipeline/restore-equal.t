#!/usr/bin/env bash
# What was restored is what was backed up: every kind of object, by 1, 2 and 4
# sessions; and of a backup that is cut anywhere nothing is restored.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/store.sh"
. "$TESTS/lib/scripts.sh"
store_start
postgres_stop
POSTGRES_ARGS='-c wal_level=logical' postgres_up
export BACKUP_GLOBALS=false RESTORE_KEEP_OLD=false POSTGRES_DB=objects
restore() { run "$S/restore.sh" "$@"; }
q -d postgres -c 'CREATE ROLE s3pipe_reader; CREATE ROLE s3pipe_owner'
# dumped DATABASE: its dump, the rows of each table in order; without what differs
# from run to run.
dumped() {
    PGDATABASE=$1 pg_dump | python3 -c 'import sys
rows = None
for line in sys.stdin.buffer:
    if rows is not None and line != b"\\.\n":
        rows.append(line)
    elif not line.startswith((b"\\restrict ", b"\\unrestrict ")):
        sys.stdout.buffer.write(b"".join(sorted(rows or [])) + line)
        rows = [] if line.startswith(b"COPY ") and line.endswith(b"FROM stdin;\n") else None'
}
drop() { # DATABASE, with its subscriptions
    q -d "$1" <<'SQL' 2>/dev/null
SELECT format('ALTER SUBSCRIPTION %I DISABLE', subname), format('ALTER SUBSCRIPTION %I SET (slot_name = NONE)', subname), format('DROP SUBSCRIPTION %I', subname)
  FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
\gexec
SQL
    dropdb --if-exists "$1"
}
createdb -T template0 objects
psql -X -q -d objects -v ON_ERROR_STOP=1 -f "$TESTS/data/objects.sql" >/dev/null 2>&1 || printf 'Bail out! objects.sql\n'
for extension in hstore citext pg_trgm; do q -d objects -c "CREATE EXTENSION $extension" 2>/dev/null; done
q -d objects -c 'CREATE TABLE app.extended (a text)' -c 'ALTER TABLE app.extended ADD h hstore, ADD c citext' -c "INSERT INTO app.extended VALUES ('x', 'a=>1', 'Y')" 2>/dev/null
"$S/backup.sh" 2>"$T/err" || cat "$T/err"
key=$(s3ls)
dumped objects >"$T/wanted"
kinds=$(s3get -q "$key" | gunzip | pgapply -n | cut -f 1 | sort -u | wc -l)
ok "the corpus has many kinds of objects ($kinds)" [ "$kinds" -ge 55 ]
run "$S/verify-backup.sh"
is 'it is verified' "$status" 0
is 'and nothing is left of that' "$(databases)" 'objects postgres'
for jobs in 1 2 4; do
    drop objects
    restore -j "$jobs" "$key"
    is "-j $jobs: status" "$status" 0
    ok "-j $jobs: pg_dump of what was restored is that of what was backed up" eval 'dumped objects | diff "$T/wanted" - >&2'
done

# ---- cut anywhere: between and within statements, rows, strings and comments
createdb live
q -d live -c 'CREATE TABLE serves AS SELECT 1 AS i'
fingerprint live >"$T/live"
oid=$(q -d live -c "SELECT oid FROM pg_database WHERE datname = 'live'")
before=$(databases)
s3get -q "$key" | gunzip >"$T/whole.sql"
size=$(wc -c <"$T/whole.sql")
end=$(grep -abo -e '^-- PostgreSQL database dump complete' "$T/whole.sql" | tail -n 1 | cut -d: -f1)
for n in {1..18}; do
    cut=$((n * end / 19 - n * 7919 % 1000))
    [ "$n" -lt 15 ] || cut=$((end - (18 - n) * 150))
    head -c "$cut" "$T/whole.sql" | gzip | s3put -q "2026/01/01/live_$(printf '%06d' "$n").sql.gz"
    option=()
    [ $((n % 3)) != 0 ] || option=(--in-place --yes)
    restore --replace "${option[@]}" -j $((n % 4 + 1)) "2026/01/01/live_$(printf '%06d' "$n").sql.gz" live
    is "cut at $cut of $size ${option[*]}: status" "$status" 1
    is "cut at $cut: the live database is as it was" \
        "$(q -d live -c "SELECT oid FROM pg_database WHERE datname = 'live'") $(fingerprint live | diff "$T/live" - && echo same) $(databases)" "$oid same $before"
done
head -c $((end + 37)) "$T/whole.sql" | gzip | s3put -q 2026/01/01/live_100000.sql.gz
drop objects
restore --replace 2026/01/01/live_100000.sql.gz live
is 'behind the line that pg_dump ends with nothing is missed' "$status" 0
ok 'nothing is left' nothing_left
done_testing
