# A new database beside the others, into which a dump is loaded: for restore.sh
# and verify-backup.sh. It is called s3pipe_new_<time>_<hex>, whatever it is
# for, and known by its OID and its comment.
# shellcheck shell=bash

# fetch KEY [S3GET OPTION...]: the dump, to stdout.
fetch() {
    local key=$1
    shift
    if [ -n "${RESTORE_FILTER:-}" ] && [[ $key == *"$BACKUP_FILTER_SUFFIX" ]]; then
        s3get "$@" "$key" | run_user_command "$RESTORE_FILTER" | gzstream -d
    else
        s3get "$@" "$key" | gzstream -d
    fi
}

# read_head KEY: all that stands before the first data into $work/head, and
# what is in the lines "-- s3pipe:" into $work/header. Refuses what must not
# reach psql.
read_head() {
    case $1 in
    *.age | *.gpg | *.pgp) [ -n "${RESTORE_FILTER:-}" ] || die -2 "$1 is encrypted: set RESTORE_FILTER" ;;
    esac
    await head_of "$1" || true
    if [ ! -s "$work/head" ]; then
        mv "$work/fetch" "$work/said" && log_stderr 1
        grep -q ' NoSuch' "$work/log" && die -3 "there is no $1"
        ! grep -q 'not in gzip format' "$work/log" || check_raw "$1"
        die "$1 cannot be read"
    fi
    check_head "$1"
    sed -n '/^-- s3pipe: /!q; s/^-- s3pipe: //p' "$work/head" >"$work/header"
    iconv -f UTF-8 -t UTF-8 <"$work/header" >"$work/utf8" 2>/dev/null || iconv -f LATIN1 -t UTF-8 <"$work/header" >"$work/utf8"
    mv "$work/utf8" "$work/header"
}
# What is not gzip's: why it may be so.
check_raw() { # KEY
    await raw_head "$1" || true
    case $(tr -d '\0' <"$work/raw") in
    PGDMP) die "$1 is in pg_dump's custom format: use pg_restore" ;;
    --*) die "$1 is not compressed: psql -f restores it" ;;
    esac
    [[ -n "${RESTORE_FILTER:-}" || $1 == *.gz ]] || die "$1 is not compressed with gzip; if it went through a filter, set RESTORE_FILTER and BACKUP_FILTER_SUFFIX"
    [[ -z "${RESTORE_FILTER:-}" || $1 == *"$BACKUP_FILTER_SUFFIX" ]] || die "$1 does not end in BACKUP_FILTER_SUFFIX, so that RESTORE_FILTER was not asked"
}
raw_head() { s3get -q "$1" 2>/dev/null | head -c 5 >"$work/raw"; }
head_of() { # KEY
    fetch "$1" -q 2>"$work/fetch" | awk '
        { print }
        /^PGDMP/ || /^-- .*; Type: (TABLE DATA|BLOBS|SEQUENCE SET);/ || (bytes += length($0)) > 67108864 { exit }' >"$work/head"
}
check_head() { # KEY
    local major
    case $(head -c 5 "$work/head" | tr -d '\0') in
    PGDMP) die "$1 is in pg_dump's custom format: use pg_restore" ;;
    esac
    if grep -qa '^-- PostgreSQL database cluster dump' "$work/head"; then
        die "$1 is a dump of a whole cluster or of its roles: --globals creates its roles, psql -f restores it"
    fi
    if by_create "$work/head"; then
        die "$1 was made by pg_dump -C: it would drop and reload the live database"
    fi
    grep -qa '^-- PostgreSQL database dump' "$work/head" || die "$1 is not a dump by pg_dump"
    major=$(sed -n 's/^-- Dumped by pg_dump version \([0-9]*\).*/\1/p' "$work/head" | head -n 1)
    if [ -n "$major" ] && [ "$major" -gt "$server_major" ]; then
        die "$1 was made by pg_dump $major; this server is $server_major and does not understand all of it"
    fi
}

# Whether psql can be kept from running its own commands, such as \connect.
psql_restricts() { sql "$maintenance" <<<$'\\restrict x\n\\unrestrict x' 2>/dev/null; }

# property NAME: what the header says of it, as JSON.
property() {
    sed -n "s/^{\"$1\": \(.*\)}\$/\1/p" "$work/header"
}
# listed: the lines of stdin as a JSON array of strings.
listed() {
    local line all=''
    while IFS= read -r line; do all+="${all:+, }$(json_string "$line")"; done
    printf '[%s]\n' "$all"
}
# The lines of a file as a JSON array.
array() { printf '[%s]\n' "$(paste -sd , "$1")"; }

# find_needs [named|none]: what the dump needs of the server into $work/needs, as
# JSON; of the roles only those whom statements name that give them nothing, or
# none.
find_needs() {
    local owner=null roles named extensions tablespaces kinds data
    named=$(property named)
    kinds=$(property kinds)
    data=$(property data)
    : "${named:=[]}" "${kinds:={\}}" "${data:=[]}"
    if [ -s "$work/header" ]; then
        owner=$(property owner)
        roles=$(property roles)
        extensions=$(property extensions)
        tablespaces=$(property tablespaces)
    else
        # A dump that is not by backup.sh tells something of it all the same.
        roles=$(sed -nE 's/^-- Name: .*; Type: .*; Owner: ([^;]+)(; Tablespace: .*)?$/\1/p' "$work/head" |
            { grep -vx -e - -e 'pg_.*' || true; } | sort -u | listed)
        extensions=$(sed -nE 's/^CREATE EXTENSION IF NOT EXISTS ("?)(.*)\1 WITH SCHEMA .*;$/\2/p' "$work/head" | listed)
        tablespaces=$(sed -nE 's/^SET default_tablespace = "?([^"'\'']+)"?;$/\1/p' "$work/head" | sort -u | listed)
    fi
    case ${1:-} in
    named) owner=null roles=$named ;;
    none) owner=null roles='[]' ;;
    esac
    printf '{"owner": %s, "roles": %s, "named": %s, "extensions": %s, "tablespaces": %s, "kinds": %s, "data": %s}\n' \
        "$owner" "$roles" "$named" "$extensions" "$tablespaces" "$kinds" "$data" >"$work/needs"
}

# drop_database OID NAME: only where both are still of one database.
drop_database() {
    await sql "$maintenance" -v oid="$1" -v name="$2" <<'SQL'
SELECT format('ALTER DATABASE %I IS_TEMPLATE false', datname)
  FROM pg_database WHERE oid = :oid AND datname = :'name' AND datistemplate
\gexec
SELECT format('DROP DATABASE %I WITH (FORCE)', datname)
  FROM pg_database WHERE oid = :oid AND datname = :'name'
\gexec
SQL
}
# drop_scratch OID NAME: whatever was loaded into it.
drop_scratch() {
    case $2 in s3pipe_new_*) clear_scratch "$1" "$2" || true ;; esac
    drop_database "$1" "$2"
}
# clear_scratch OID NAME: ends what pins a database: subscriptions, whose slots at
# other servers are not touched, prepared transactions, slots in use.
clear_scratch() {
    local pinned
    pinned=$(sql "$maintenance" -v oid="$1" -v name="$2" <<'SQL'
SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE database = :'name' AND active
\g /dev/null
SELECT 1 FROM pg_database d
 WHERE oid = :oid AND datname = :'name'
   AND (EXISTS (SELECT FROM pg_subscription WHERE subdbid = d.oid)
        OR EXISTS (SELECT FROM pg_prepared_xacts WHERE database = d.datname))
SQL
    )
    [ -n "$pinned" ] || return 0
    # Its own triggers must not see to it that it stays.
    sql "$maintenance" -v ON_ERROR_STOP=0 -v name="$2" <<'SQL'
ALTER DATABASE :"name" ALLOW_CONNECTIONS true;
SELECT format('ALTER DATABASE %I SET event_triggers = off', :'name') FROM pg_settings WHERE name = 'event_triggers'
\gexec
SQL
    sql "$2" -v ON_ERROR_STOP=0 <<'SQL'
SELECT format('ALTER EVENT TRIGGER %I DISABLE', evtname) FROM pg_event_trigger
\gexec
SELECT format('ALTER SUBSCRIPTION %I DISABLE', subname), format('ALTER SUBSCRIPTION %I SET (slot_name = NONE)', subname),
       format('DROP SUBSCRIPTION %I', subname)
  FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
\gexec
SELECT format('ROLLBACK PREPARED %L', gid) FROM pg_prepared_xacts WHERE database = current_database()
\gexec
SQL
}
# On the way out the server may be just restarting.
undo_scratch() { # OID NAME
    local _
    for _ in $(seq 10); do
        drop_scratch "$1" "$2" && return
        sleep 2
    done
    error "$2 could not be dropped; the next run will"
}
# What runs that were killed left: of this target, and made below this state
# directory, for the lock is ours; or below another a day ago and used by nobody.
# Sets left where one of them cannot be dropped.
sweep_scratch() { # TARGET
    local oid name
    left=''
    sql "$maintenance" -F ' ' -v target="$1" -v state="$state_id" <<'SQL' >"$work/scratch" || return 1
SELECT oid, datname
  FROM (SELECT oid, datname, substr(shobj_description(oid, 'pg_database'), 9)::jsonb AS c
          FROM pg_database
         WHERE datname ~ '^s3pipe_new_[0-9]{14}_[0-9a-f]{8}$'
           AND shobj_description(oid, 'pg_database') LIKE 's3pipe: {%') d
 WHERE c->>'target' = :'target'
   AND (c->>'state' = :'state'
        OR (c->>'since')::timestamptz < now() - interval '1 day'
           AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datname = d.datname))
SQL
    unmarked_scratch >>"$work/scratch" || return 1
    while read -r oid name; do
        log "dropping $name, which a run that was killed left"
        drop_scratch "$oid" "$name" || {
            warn "$name could not be dropped"
            left=1
        }
    done <"$work/scratch"
}
# Those whose making was cut short before they had their comment: an hour old,
# and empty.
unmarked_scratch() {
    local oid name
    sql "$maintenance" -F ' ' <<'SQL' >"$work/unmarked" || return 1
SELECT oid, datname
  FROM pg_database d
 WHERE datname ~ '^s3pipe_new_[0-9]{14}_[0-9a-f]{8}$' AND shobj_description(oid, 'pg_database') IS NULL
   AND substr(datname, 12, 14) < to_char(now() AT TIME ZONE 'UTC' - interval '1 hour', 'YYYYMMDDHH24MISS')
   AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datname = d.datname)
SQL
    while read -r oid name; do
        [ "$(sql "$name" <<<'SELECT count(*) FROM pg_class WHERE oid >= 16384')" != 0 ] || printf '%s %s\n' "$oid" "$name"
    done <"$work/unmarked"
}

# create_scratch TARGET: sets new and new_oid; it is dropped when the script
# ends, unless it has another name by then. $work/wanted.json says how it is to be.
create_scratch() {
    stamp=$(date -u +%Y%m%d%H%M%S)_$(od -An -N4 -tx1 /dev/urandom | tr -d ' ')
    new=s3pipe_new_$stamp
    # It may be there though its making was cut short.
    at_exit undo_new
    WANTED=$work/wanted.json await sql_utf8 "$maintenance" -v new="$new" -v target="$1" -v state="$state_id" \
        -f "$here/lib/create.sql" >"$work/oid" || return 1
    new_oid=$(<"$work/oid")
    [ -n "$new_oid" ] || return 1
    # What -n public dumps.
    if grep -qxaE 'CREATE SCHEMA "?public"?;' "$work/head"; then
        await sql "$new" <<<'DROP SCHEMA IF EXISTS public' || return 1
    fi
    create_schemas
}
# A part of a database (by pg_dump -t) has not the schemas that it lies in.
create_schemas() {
    local name
    [ -n "$(property partial)" ] || return 0
    sed -nE 's/^-- Name: .*; Type: [A-Z ]+; Schema: (.*); Owner: .*$/\1/p' "$work/head" | sort -u >"$work/lie"
    sed -nE 's/^-- Name: (.*); Type: SCHEMA; Schema: -; Owner: .*$/\1/p' "$work/head" >"$work/made"
    while IFS= read -r name; do
        case $name in - | public | pg_catalog) continue ;; esac
        ! grep -qxF -e "$name" "$work/made" || continue
        await sql_utf8 "$new" -v name="$name" <<<'CREATE SCHEMA IF NOT EXISTS :"name"' || return 1
    done <"$work/lie"
}
undo_new() {
    local _ making
    if [ -z "${new_oid:-}" ]; then
        # The server goes on with it after its client has died.
        for _ in $(seq 300); do
            making=$(sql "$maintenance" -v name="$new" <<<"SELECT count(*) FROM pg_stat_activity
                WHERE state = 'active' AND pid <> pg_backend_pid() AND strpos(query, :'name') > 0") || break
            [ "$making" != 0 ] || break
            sleep 0.1
        done
        new_oid=$(sql "$maintenance" -v name="$new" <<<"SELECT oid FROM pg_database WHERE datname = :'name'") || return 1
    fi
    case $new in s3pipe_new_*) [ -z "$new_oid" ] || undo_scratch "$new_oid" "$new" ;; esac
}
