#!/usr/bin/env bash
# The scripts with what is large: 3,000 tables, 30,000 large objects (psql -1
# runs out of locks with either), and a database of LARGE_GB gigabytes (1), in
# how long and how much memory. Not part of make test: LARGE_GB=5 tests/run large
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/store.sh"
. "$TESTS/lib/scripts.sh"
store_start
export BACKUP_GLOBALS=false RESTORE_KEEP_OLD=false
timed() { # NAME COMMAND...
    local name=$1 start=$SECONDS
    shift
    /usr/bin/time -f '%M' -o "$T/memory" "$@" 2>"$T/err"
    is "$name: status" $? 0
    echo "# $name: $((SECONDS - start)) s, largest process $(($(tail -n 1 "$T/memory") / 1024)) MiB"
    grep -vE ' ok[: ]' "$T/err" | head -5 | sed 's/^/# /'
}
round() { # DATABASE: backup, restore, verify
    export POSTGRES_DB=$1
    fingerprint "$1" >"$T/before"
    timed "$1, backup" "$S/backup.sh"
    timed "$1, restore" "$S/restore.sh" latest
    is "$1: comes back" "$(fingerprint "$1" | diff "$T/before" - | head -3)" ''
    timed "$1, verify" "$S/verify-backup.sh"
    dropdb "$1"
}

createdb tables
q -d tables <<'SQL' >/dev/null
SELECT format('CREATE TABLE t%s (id serial PRIMARY KEY, name text)', i) FROM generate_series(1, 3000) i
\gexec
SELECT format('INSERT INTO t%s (name) VALUES (''a''), (''b'')', i) FROM generate_series(1, 3000) i
\gexec
SQL
# The table of locks is the default's, and no larger.
is 'psql -1 cannot load 3,000 tables' "$(createdb one && PGDATABASE=tables pg_dump | psql -X -q -1 -v ON_ERROR_STOP=1 -d one 2>&1 >/dev/null | grep -c 'out of shared memory')" 1
round tables
createdb objects
for _ in 1 2 3; do q -d objects -c "SELECT count(lo_from_bytea(0, decode(md5(i::text), 'hex'))) FROM generate_series(1, 10000) i" >/dev/null; done
round objects
createdb bytes
q -d bytes <<SQL >/dev/null
CREATE TABLE noise AS
SELECT i, (SELECT string_agg(md5((i * 64 + j)::text), '') FROM generate_series(1, 64) j)
  FROM generate_series(1, ${LARGE_GB:-1} * 480000) i;
SQL
round bytes
done_testing
