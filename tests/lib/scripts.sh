# For tests of the scripts: . tests/lib/tap.sh, postgres.sh and store.sh, then
# this. A PostgreSQL and a store run; $S is where the scripts are.
# shellcheck shell=bash

S=$ROOT/scripts
postgres_start
export S3PIPE_STATE_DIR=$T/state POSTGRES_HOST=$PGHOST POSTGRES_USER=$PGUSER TMPDIR=$T/tmp
mkdir -p "$TMPDIR"

last() { tail -n 1 "$T/err"; }
# The databases but templates, on one line.
databases() { q -d postgres -c "SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1" | xargs -d '\n'; }
# Nothing that a script makes for itself stays: temporary files, locks.
nothing_left() {
    local left
    left=$(find "$TMPDIR" -mindepth 1; find "$S3PIPE_STATE_DIR" -path '*/locks/*/*')
    [ -z "$left" ] || { echo "$left" && return 1; }
}
# shop DATABASE: makes it, the demo's.
shop() {
    createdb "$1"
    q -d "$1" -f "$S/demo.sql" >/dev/null
}
# A smaller one: tables, a view, a sequence, a large object.
small() { # DATABASE
    createdb "$1"
    PGDATABASE=$1 q <<'SQL' >/dev/null
CREATE TABLE items (id serial PRIMARY KEY, name text);
INSERT INTO items (name) SELECT 'item ' || i || E'\n\\.\nCOPY 5' FROM generate_series(1, 1000) i;
CREATE VIEW names AS SELECT name FROM items;
SELECT lo_from_bytea(0, decode(repeat('00ff', 500), 'hex'));
SQL
}
# The process of that name below PID.
below() { # PID NAME
    local child
    for child in $(pgrep -P "$1"); do
        if [ "$(cat "/proc/$child/comm" 2>/dev/null)" = "$2" ]; then echo "$child" && return; fi
        below "$child" "$2" && return
    done
    return 1
}
