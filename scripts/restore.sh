#!/usr/bin/env bash
# Restores a backup into a database: restore.sh KEY|latest [database]
#
# The operand is the target (default POSTGRES_DB); "latest" is its newest
# backup. The dump is loaded into a new database beside the live one; only when
# all of it was read, checked and applied does the new one take the old one's
# place, by rename. The old one stays as s3pipe_old_*, unless
# RESTORE_KEEP_OLD=false.
#
# Environment: as backup.sh; RESTORE_KEEP_OLD (true).
# Exit status: 0 restored; 1 failed, the live database is as it was; 2 wrong
# settings; 3 no such backup.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"

# The newest backup of a database.
latest() { # DATABASE
    local name key
    name=$(encode_name "$1")
    s3ls -0 "$S3_PREFIX" >"$work/all" || die 'the listing failed'
    while IFS= read -r -d '' key; do
        ! is_backup_key "$key" || printf '%s\0' "$key"
    done <"$work/all" | retain -0 -k -l 1 >"$work/newest" || die 'the newest backup cannot be told'
    while IFS= read -r -d '' key; do
        case $key in "$S3_PREFIX"????/??/??/"$name"_??????"$SUFFIX") printf '%s\n' "$key" && return ;; esac
    done <"$work/newest"
    die -3 "there is no backup of $1"
}

fetch() { # KEY: the dump, to stdout
    s3get -q "$1" | gzstream -d
}

# Refuses by its head what must not reach psql.
check_head() { # KEY
    local status=0
    fetch "$1" 2>"$work/err" | head -c 65536 >"$work/head" || status=$?
    if [ ! -s "$work/head" ]; then
        cat "$work/err" >&2
        grep -q ' NoSuch' "$work/err" && die -3 "there is no $1"
        die "$1 cannot be read"
    fi
    case $(head -c 5 "$work/head" | tr -d '\0') in
    PGDMP) die "$1 is in pg_dump's custom format: use pg_restore" ;;
    esac
    if grep -qa '^-- PostgreSQL database cluster dump' "$work/head"; then
        die "$1 is a dump of a whole cluster: psql -f restores that"
    fi
    # -C writes these right after its settings, before any object.
    if head -n 60 "$work/head" | grep -qaE '^(\\connect|DROP DATABASE|CREATE DATABASE) '; then
        die "$1 was made by pg_dump -C: it would drop and reload the live database"
    fi
    grep -qa '^-- PostgreSQL database dump' "$work/head" || die "$1 is not a dump by pg_dump"
}

# The end of a whole dump: its last line but comments, blanks, \unrestrict.
check_tail() {
    grep -a -v -e '^$' -e '^\\unrestrict ' "$work/tail" >"$work/tail.lines" || true
    grep -aqx -e '-- PostgreSQL database dump complete' "$work/tail.lines" || return 1
    ! sed '1,/^-- PostgreSQL database dump complete$/d' "$work/tail.lines" | grep -qav '^--'
}

create() { # makes $new like the old database, if there is one
    sql "$maintenance" -v new="$new" -v target="$target" <<'SQL'
SELECT format('CREATE DATABASE %I TEMPLATE template0 ENCODING %L LC_COLLATE %L LC_CTYPE %L OWNER %I',
              :'new', pg_encoding_to_char(encoding), datcollate, datctype,
              pg_get_userbyid(datdba))
  FROM pg_database WHERE datname = :'target'
UNION ALL
SELECT format('CREATE DATABASE %I TEMPLATE template0', :'new')
 LIMIT 1
\gexec
SELECT format('COMMENT ON DATABASE %I IS %L', :'new', 's3pipe: a restore of ' || :'target')
\gexec
SQL
}

load() { # KEY
    mkfifo "$work/end"
    tail -c 4096 "$work/end" >"$work/tail" &
    local tail=$!
    fetch "$1" | tee "$work/end" |
        PGDATABASE=$new psql -X -q -v ON_ERROR_STOP=1 >"$work/psql.out" || return 1
    wait "$tail"
}

# Renames while a second session ends those that are connected: the rename
# holds the lock, so nobody comes back in between.
swap() {
    local renaming _
    sql "$maintenance" -v new="$new" -v target="$target" -v old="$old" <<'SQL' &
SET lock_timeout = '20s';
BEGIN;
SELECT format('ALTER DATABASE %I RENAME TO %I', datname, :'old')
  FROM pg_database WHERE datname = :'target'
\gexec
ALTER DATABASE :"new" RENAME TO :"target";
COMMIT;
SQL
    renaming=$!
    for _ in $(seq 100); do
        kill -0 "$renaming" 2>/dev/null || break
        sleep 0.1
        sql "$maintenance" -v target="$target" >/dev/null <<'SQL' || true
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE datname = :'target' AND pid <> pg_backend_pid()
SQL
    done
    wait "$renaming"
}

drop() { # DATABASE
    sql "$maintenance" -v name="$1" <<<'SET client_min_messages = error; DROP DATABASE IF EXISTS :"name"'
}
exists() { # DATABASE
    [ -n "$(sql "$maintenance" -v name="$1" <<<"SELECT 1 FROM pg_database WHERE datname = :'name'")" ]
}

case ${1:-} in
-h | --help) usage && exit 0 ;;
'') die -2 'which backup? restore.sh KEY|latest [database]' ;;
-*) die -2 "no such option: $1" ;;
esac
[ $# -le 2 ] || die -2 "too many operands: $3"
postgres_settings
key_settings
key=$1 target=${2:-$POSTGRES_DB}
[ -n "$target" ] || die -2 'no database: give one or set POSTGRES_DB'
maintenance=postgres
[ "$target" != postgres ] || maintenance=template1
begin
start=$SECONDS
[ "$key" != latest ] || key=$(latest "$target")
check_head "$key"

stamp=$(date -u +%Y%m%d%H%M%S)_$(od -An -N4 -tx1 /dev/urandom | tr -d ' ')
new=s3pipe_new_$stamp old=s3pipe_old_$stamp
create || die 'a new database cannot be made'
at_exit "drop $new"
await load "$key" || die "the load failed; $target is as it was"
check_tail || die "$key is cut; $target is as it was"
PGDATABASE=$new psql -X -q -c ANALYZE || die "ANALYZE failed; $target is as it was"
kept=''
! exists "$target" || kept=1
swap || die "$target could not be replaced, it is as it was"
if [ -n "$kept" ] && [ "${RESTORE_KEEP_OLD:-true}" = false ]; then
    drop "$old" && kept=''
fi
log "ok $target: $key, $((SECONDS - start)) s"
[ -z "$kept" ] || log "the old one is kept as $old; drop it by: dropdb $old"
