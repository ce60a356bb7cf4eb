# A private PostgreSQL for tests in shell: . tests/lib/tap.sh, then this.
# shellcheck shell=bash

# postgres_start [MAJOR]: a cluster in $T/pg on a socket there, PG* exported; it
# ends with the test. Speed before safety: nothing is synced. TEST_PG_BIN is the
# directory of another server's programs.
postgres_start() {
    local all=(/usr/lib/postgresql/*/bin)
    PG_BIN=/usr/lib/postgresql/${1:-}/bin
    [ -n "${1:-}" ] || PG_BIN=${TEST_PG_BIN:-$(printf '%s\n' "${all[@]}" | sort -V | tail -1)}
    [ -x "$PG_BIN/initdb" ] || skip_all "no PostgreSQL ${1:-} (apt-get install postgresql)"
    PATH=$PG_BIN:$PATH
    mkdir -p "$T/pg"
    chmod 711 "$T"
    [ "$(id -u)" != 0 ] || chown postgres "$T/pg"
    postgres_do initdb -D "$T/pg/data" -A trust -U postgres -E UTF8 --no-locale --no-sync >"$T/pg.log" ||
        postgres_failed
    at_exit postgres_stop
    postgres_up || postgres_failed
    export PGHOST=$T/pg PGUSER=postgres
    unset PGPORT PGPASSWORD PGDATABASE PGSERVICE PGOPTIONS
}
postgres_do() { # as the server's user, which must not be root
    if [ "$(id -u)" = 0 ]; then
        (cd / && setpriv --reuid=postgres --regid=postgres --init-groups -- "$PG_BIN/$1" "${@:2}")
    else
        "$PG_BIN/$1" "${@:2}"
    fi
}
postgres_up() {
    postgres_do pg_ctl -D "$T/pg/data" -w -l "$T/pg/log" -o "-c listen_addresses= -c unix_socket_directories=$T/pg \
        -c fsync=off -c max_connections=50 ${POSTGRES_ARGS:-}" start >>"$T/pg.log" 2>&1
}
postgres_stop() { postgres_do pg_ctl -D "$T/pg/data" -m immediate -w stop >/dev/null 2>&1; }
postgres_failed() {
    printf 'Bail out! PostgreSQL did not start: %s\n' "$(tail -5 "$T/pg.log" "$T/pg/log" 2>/dev/null)"
    exit 1
}

q() { psql -X -At -q -v ON_ERROR_STOP=1 "$@"; } # q -d DATABASE -c SQL

# fingerprint DATABASE: a line a table, rows and a sum over all values.
fingerprint() {
    q -d "$1" <<'SQL'
SELECT format('SELECT %L, count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) FROM %I.%I t',
              nspname || '.' || relname, nspname, relname)
  FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
 WHERE relkind IN ('r', 'm', 'v') AND nspname NOT LIKE 'pg\_%' AND nspname <> 'information_schema'
 ORDER BY 1
\gexec
SELECT 'large objects', count(*) FROM pg_largeobject_metadata;
SQL
}

# plain_dump DATABASE: pg_dump without what differs from run to run.
plain_dump() { PGDATABASE=$1 pg_dump | sed '/^\\\(un\)\{0,1\}restrict /d'; }
