#!/usr/bin/env bash
# How the scripts reach the server: a service, limits that a role has, a state
# directory elsewhere.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/store.sh"
. "$TESTS/lib/scripts.sh"
store_start
export POSTGRES_DB=shop BACKUP_GLOBALS=false
small shop
fingerprint shop >"$T/shop"
createdb live
q -d live -c 'CREATE TABLE alone (a int)'
fingerprint live >"$T/live"
untouched() { fingerprint live | diff "$T/live" -; }
whole() { fingerprint "$1" | diff "$T/shop" -; }

# ---- a service that names a database: to libpq it comes before PGDATABASE
# shellcheck disable=SC2153 # the server's, by postgres_start
printf '[prod]\nhost=%s\nuser=%s\ndbname=live\n' "$PGHOST" "$PGUSER" >"$T/service"
served() {
    run env -u POSTGRES_HOST -u POSTGRES_USER -u PGHOST -u PGUSER PGSERVICEFILE="$T/service" PGSERVICE=prod "$@"
}
served "$S/backup.sh"
is 'by a service: status' "$status" 0
key=$(s3ls | grep '/shop_')
matches 'the database asked for is backed up' "$(s3get -q "$key" | gunzip)" 'COPY public.items '
served "$S/restore.sh" "$key" copy
is 'and restored: status' "$status" 0
ok 'into the one asked for' whole copy
served "$S/restore.sh" latest
is 'over the one there is' "$status $(whole shop && echo whole)" '0 whole'
served "$S/verify-backup.sh"
is 'verified' "$status" 0
served env BACKUP_DATABASES='*' S3_PREFIX=all "$S/backup.sh"
is 'all of them' "$status $(s3ls all/ | sed 's|.*/||; s/_.*//' | sort -u | xargs)" '0 copy live postgres shop'
for name in "it's" 'back\slash' 'a=b'; do
    q -d postgres -v name="$name" <<<'CREATE DATABASE :"name"'
    PGDATABASE=$name q -c 'CREATE TABLE t AS SELECT current_database()::text AS name'
    served env BACKUP_DATABASES="$name" S3_PREFIX="odd/$name" "$S/backup.sh"
    matches "the name $name" "$status $(s3get -q "$(s3ls "odd/$name")" | gunzip)" "^0 .*COPY public.t "
    q -d postgres -v name="$name" <<<'DROP DATABASE :"name"'
done
ok 'the one that the service names is as it was' untouched
PGSERVICEFILE=$T/service PGSERVICE=prod run "$S/backup.sh"
exits 'a service and a host' 2 'both PGSERVICE and POSTGRES_HOST are set'
served env VERIFY_POSTGRES_PORT=1 "$S/verify-backup.sh"
exits 'a service, and another port to verify at' 2 'VERIFY_POSTGRES_HOST is not set, and PGSERVICE'
served env VERIFY_POSTGRES_HOST=/nonexistent "$S/verify-backup.sh"
matches 'a service, and another host to verify at' "$status $(last)" '^1 .*/nonexistent:5432 cannot be reached'

# ---- limits of the role
q -d postgres -c "ALTER ROLE postgres SET statement_timeout = '400ms'; ALTER ROLE postgres SET lock_timeout = '400ms'"
PGOPTIONS='-c statement_timeout=0' q -d shop -c "
    CREATE FUNCTION slow(text) RETURNS text IMMUTABLE LANGUAGE plpgsql
        AS 'BEGIN PERFORM pg_sleep(0.001); RETURN \$1; END';
    CREATE INDEX slow ON items (slow(name))"
sleep 1
run "$S/backup.sh"
is 'a role with limits: status' "$status" 0
run "$S/restore.sh" latest
is 'ANALYZE may take its time' "$status" 0
run "$S/verify-backup.sh"
is 'verifying too' "$status" 0
PGOPTIONS='-c statement_timeout=300ms' run "$S/restore.sh" latest
matches 'PGOPTIONS is obeyed, and statistics that are missing end no restore' "$status $(cat "$T/err")" '^0 .*statement timeout.*statistics are missing, .*ok shop'
q -d postgres -c 'ALTER ROLE postgres RESET ALL'
q -d postgres -c 'CREATE ROLE few LOGIN CREATEDB CONNECTION LIMIT 1' -c 'CREATE DATABASE few OWNER few'
PGUSER=few q -d few -c 'CREATE TABLE a AS SELECT generate_series(1, 9000) i' -c 'CREATE TABLE b AS TABLE a' -c 'CREATE TABLE c AS TABLE a'
as_few() { PGUSER=few POSTGRES_USER=few POSTGRES_DB=few BACKUP_GLOBALS=false run "$@"; }
as_few "$S/backup.sh"
is 'a role of one session: backup.sh' "$status" 0
as_few "$S/restore.sh" -j 4 latest
matches 'a role of one session: restore.sh does with that' "$status $(cat "$T/err")" '^0 .*too many connections for role "few"; going on with fewer sessions: 1'
is 'a role of one session: with all rows and statistics' \
    "$(q -d few -c 'SELECT count(*) FROM a' -c "SELECT count(*) FROM pg_class WHERE relname ~ '^[abc]\$' AND reltuples = 9000" | xargs)" '9000 3'
as_few "$S/verify-backup.sh"
is 'a role of one session: verify-backup.sh' "$status" 0
q -d postgres -c 'DROP DATABASE few' -c "SELECT format('DROP DATABASE %I', datname) FROM pg_database WHERE datname ~ '^s3pipe_old_' AND pg_get_userbyid(datdba) = 'few' " >"$T/drop" &&
    q -d postgres -f "$T/drop" -c 'DROP ROLE few'

# ---- which scratch databases are ours
scratch() { q -d postgres -c "SELECT count(*) FROM pg_database WHERE datname ~ '^s3pipe_new_'"; }
abandoned() { # STATE: one that a killed restore left
    createdb s3pipe_new_20260101000000_0badcafe
    q -d postgres -v c="s3pipe: {\"target\": \"shop\", \"state\": \"$1\", \"since\": \"$(date -u +%FT%TZ)\"}" \
        <<<"SELECT format('COMMENT ON DATABASE s3pipe_new_20260101000000_0badcafe IS %L', :'c') \\gexec"
}
abandoned "$(cat "$S3PIPE_STATE_DIR/id")"
run "$S/restore.sh" latest
is 'one of this state directory is dropped' "$status $(scratch)" '0 0'
abandoned 0123456789abcdef
run "$S/restore.sh" latest
is 'one of another is not' "$status $(scratch)" '0 1'
dropdb s3pipe_new_20260101000000_0badcafe

# ---- a template
q -d postgres -c 'ALTER DATABASE shop IS_TEMPLATE true'
sleep 1
run "$S/backup.sh"
run "$S/restore.sh" latest
is 'a template stays one' "$status $(q -d postgres -c "SELECT datistemplate FROM pg_database WHERE datname = 'shop'")" '0 t'
RESTORE_KEEP_OLD=false run "$S/restore.sh" latest
is 'and the old one can be dropped' "$status $(q -d postgres -c "SELECT count(*) FROM pg_database WHERE datname ~ '^s3pipe_'")" '0 0'
ok 'nothing is left' nothing_left

# ---- an address
postgres_stop
PGPORT=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export PGPORT
POSTGRES_ARGS="-c listen_addresses=127.0.0.1 -c port=$PGPORT" postgres_up
export PGHOSTADDR=127.0.0.1
run "$S/verify-backup.sh"
is 'PGHOSTADDR holds' "$status" 0
VERIFY_POSTGRES_HOST=/nonexistent run "$S/verify-backup.sh"
matches 'but not for another server' "$status $(last)" '^1 .*/nonexistent:.* cannot be reached'
# ---- the last line tells the cause
unset PGHOSTADDR
export POSTGRES_HOST=127.0.0.1
q -h 127.0.0.1 -d postgres -c "CREATE ROLE guarded LOGIN PASSWORD 'right'" -c 'CREATE ROLE closed'
printf 'host all guarded 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n' >"$T/pg/data/pg_hba.conf"
q -h 127.0.0.1 -d postgres -c 'SELECT pg_reload_conf()' >/dev/null
refused() { # USER PASSWORD WORDS
    POSTGRES_USER=$1 POSTGRES_PASSWORD=$2 run "$S/backup.sh"
    matches "$1 $2" "$status $(last)" "^1 .*the server at 127.0.0.1:$PGPORT $3"
}
refused guarded wrong 'refuses the password of guarded: see POSTGRES_USER and POSTGRES_PASSWORD$'
refused nobody x 'does not let nobody in: see POSTGRES_USER and its pg_hba.conf$'
refused closed x 'does not let closed in'
done_testing
