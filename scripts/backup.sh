#!/usr/bin/env bash
# Backs databases up to S3: backup.sh [--check] [--wait SECONDS]
#
# Each database of BACKUP_DATABASES (names by comma, or "*" for all; default
# POSTGRES_DB) goes to S3_PREFIX + YYYY/MM/DD/NAME_HHMMSS.sql.gz, UTC, and the
# server's roles and tablespaces to globals_HHMMSS.sql.gz. An object is
# published only if pg_dump, gzstream and the filter have ended well and the
# dump's end was seen; then it is looked for in the store. A database that
# fails does not stop the others.
#
#   --check          look whether all is ready, and tell what would be done
#   --check-settings only see whether the settings are right; nobody is asked
#   --config FILE    read settings from it, not from /etc/s3pipe/env
#   --wait SECONDS   wait so long for a lock that another run has
#
# Environment: s3pipe-backup(1).
# Exit status: 0 all are backed up; 1 one failed, or shrank; 2 wrong settings; 75 another
# run is at it.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"
# shellcheck source=lib/locks.sh
. "$here/lib/locks.sh"
# shellcheck source=lib/tasks.sh
. "$here/lib/tasks.sh"
. "$here/lib/publish.sh"
. "$here/lib/shrink.sh"
. "$here/lib/check.sh"

# ---- what to back up

# The databases, NUL-terminated.
databases() {
    if [ "$BACKUP_DATABASES" = '*' ]; then
        all_databases
    else
        printf '%s,' "$BACKUP_DATABASES" | tr ',' '\0' | sed -z 's/^[[:space:]]*//; s/[[:space:]]*$//; /^$/d'
    fi
}
all_databases() {
    local name
    sql "$maintenance" -0 <<'SQL' >"$work/all" || return 1
SELECT datname FROM pg_database
 WHERE datallowconn AND NOT datistemplate AND datconnlimit <> -2
   AND datname !~ '^s3pipe_(new|old)_'
 ORDER BY datname
SQL
    while IFS= read -r -d '' name; do
        excluded "$name" || printf '%s\0' "$name"
    done <"$work/all"
}
list_databases() {
    databases >"$work/databases" || die 'the databases cannot be listed'
}
# A DROP DATABASE that was cut short leaves one to which nobody can connect.
tell_invalid() {
    local name
    sql "$maintenance" -0 <<<'SELECT datname FROM pg_database WHERE datconnlimit = -2 ORDER BY datname' >"$work/invalid" || return 1
    while IFS= read -r -d '' name; do
        excluded "$name" || log "left out: $name is invalid, its DROP DATABASE was interrupted; drop it"
    done <"$work/invalid"
}
# gone DATABASE: whether it is one of "*" that was dropped since the run began.
gone() {
    [ "$BACKUP_DATABASES" = '*' ] || return 1
    sql "$maintenance" -v name="$1" <<<"SELECT 1 FROM pg_database WHERE datname = :'name' AND datconnlimit <> -2" >"$work/there" || return 1
    [ ! -s "$work/there" ]
}
excluded() { # DATABASE
    local pattern patterns=()
    IFS=, read -ra patterns <<<"${BACKUP_EXCLUDE:-}"
    for pattern in "${patterns[@]}"; do
        pattern=$(sed 's/^[[:space:]]*//; s/[[:space:]]*$//' <<<"$pattern")
        # shellcheck disable=SC2053 # a pattern it is
        if [[ $1 == $pattern ]]; then return; fi
    done
    return 1
}

# Options of pg_dump that make no plain dump of this database, or put it
# elsewhere. Those of one letter may stand together (-xC).
check_dump_options() {
    local word letters name
    for word in "${dump_options[@]}"; do
        case $word in
        --?*)
            for name in create clean format file jobs compress dbname include-foreign-data; do
                case $name in "$(cut -c 3- <<<"${word%%=*}")"*) refuse_option "$word" ;; esac
            done
            ;;
        -?*)
            letters=${word#-}
            while [ -n "$letters" ]; do
                case $letters in
                [CcFfjZd]*) refuse_option "$word" ;;
                [EehnNpStTU]*) break ;; # what follows is its argument
                esac
                letters=${letters#?}
            done
            ;;
        esac
    done
}
# Whether they leave out what is in the database.
is_partial() {
    local word name
    for word in "${dump_options[@]}"; do
        case $word in
        --statistics) ;;
        --?*)
            for name in schema table exclude-schema exclude-table section data-only extension exclude-extension filter \
                no-data no-schema no-blobs no-large-objects statistics-only exclude-table-data \
                exclude-table-and-children table-and-children exclude-table-data-and-children; do
                case $name in "$(cut -c 3- <<<"${word%%=*}")"*) return 0 ;; esac
            done
            case $word in --schema-only) return 0 ;; esac
            ;;
        -[!-]*)
            # Up to the first that has an argument.
            [[ ! $word =~ ^-[^EhpSUentNT]*[entNTasB] ]] || return 0
            ;;
        esac
    done
    return 1
}
# From 18 on a dump brings its statistics along.
add_statistics() {
    local word
    [ "$server_major" -ge 18 ] && [ "$(program_major pg_dump)" -ge 18 ] || return 0
    for word in "${dump_options[@]}"; do
        case $word in *statistics* | --data-only | --schema-only | -[!-]*[as]* | -[as]*) return 0 ;; esac
    done
    dump_options+=(--statistics)
}
refuse_option() {
    die -2 "PG_DUMP_OPTIONS: $1 is not for backups by s3pipe, which are plain dumps of one database (-C -c -F -f -j -Z -d and --include-foreign-data are refused)"
}

# ---- one object

dump() { # DATABASE
    local -x PGDATABASE=$1 PGAPPNAME=$session
    local past_service encoding limit=()
    printf '%s\n' "${head[@]}"
    # The database's own, which holds all that is in it, whatever the role has.
    own_encoding
    local -x PGCLIENTENCODING=${PGCLIENTENCODING:-$encoding}
    past_service "$1"
    [ "$patience" = 0 ] || limit=("--lock-wait-timeout=$((patience * 1000))")
    exec pg_dump -w "${past_service[@]}" "${limit[@]}" "${dump_options[@]}" 2>"$work/dump.said"
}
# dump_watched: stream, with an eye on the locks that the dump of $database waits for.
dump_watched() {
    local watcher status=0 session=s3pipe-$BASHPID-$RANDOM
    watch_locks "$database" 2>&"$log_fd" &
    watcher=$!
    stream "$@" || status=$?
    end_watch "$watcher"
    return "$status"
}
own_encoding() { # sets encoding, by the header
    local line
    encoding=''
    for line in "${head[@]}"; do
        [[ ! $line =~ \{\"encoding\":\ \"([A-Z0-9_]+)\"\} ]] || encoding=${BASH_REMATCH[1]}
    done
}
dump_globals() {
    local options=(--globals-only) readable
    readable=$(sql "$maintenance" <<<"SELECT has_table_privilege('pg_authid', 'SELECT')") || return 1
    [ "$readable" = t ] || options+=(--no-role-passwords)
    exec pg_dumpall -w "${options[@]}"
}

# find_stale: unfinished uploads of our backups that are older than a day, once a
# run, into $run/stale: name, time, and the line that s3rm -u takes. Sets
# stale_of[NAME].
declare -A stale_of=()
find_stale() {
    local time name yesterday line
    yesterday=$(date -u -d '1 day ago' +%Y-%m-%dT%H:%M:%SZ)
    : >"$run/stale"
    await s3ls -0 -u "$S3_PREFIX" >"$run/uploads" && await ours "$run/uploads" "$run/others" >"$run/unfinished" || return 1
    while IFS=$'\t' read -r -d '' _ name line; do
        time=${line#*$'\t'}
        time=${time%%$'\t'*}
        [[ $time < $yesterday ]] || continue
        stale_of[$name]=1
        printf '%s\t%s\t%s\0' "$name" "$time" "$line"
    done <"$run/unfinished" >"$run/stale"
}
# abort_stale NAME: those of this database; the lock is ours, so nobody is at
# them.
abort_stale() {
    local name time line
    [ -n "${stale_of[$1]:-}" ] || return 0
    while IFS=$'\t' read -r -d '' name time line; do
        [ "$name" = "$1" ] || continue
        printf '%s\0' "$line"
        log "aborting an upload that was left unfinished: ${line#*$'\t'*$'\t'}, $time"
    done <"$run/stale" >"$work/stale.own"
    await s3rm -0 -q -u <"$work/stale.own"
}

# save NAME LABEL WHAT COMMAND...: one object, under the key of that name.
# Sets reason where it fails; 67: it waits for a lock, and may be put off; 68: all is
# well, but it is far too small.
save() {
    local name=$1 label=$2 what=$3 start=$SECONDS status=0
    shift 3
    key=$S3_PREFIX$stamp_day/${name}_$stamp_time$SUFFIX
    abort_stale "$name" || warn 'unfinished uploads of it cannot be aborted'
    if [ "$what" = database ]; then
        database=$label
        : >"$work/holder"
        : >"$work/dump.said"
        await_for "$BACKUP_TIMEOUT" dump_watched "$key" "$what" "$@" || status=$?
        if [ "$status" != 0 ] && [ -n "$may_put_off" ] && [ -s "$work/holder" ]; then return 67; fi
        log_stderr "$status" "$work/dump.said"
    else
        await_for "$BACKUP_TIMEOUT" stream "$key" "$what" "$@" || status=$?
    fi
    log_put "$status"
    if [ "$status" != 0 ]; then
        why_failed "$status" "$key"
        [ ! -s "$work/holder" ] || [ "$patience" = 0 ] || reason="gave up after $patience s for a lock that is held by: $(cat "$work/holder")"
        return 1
    fi
    took=$((SECONDS - start))
    log "ok $label: $key, $bytes bytes, $took s"
    check_size "$name" "$label"
}

# What goes before the dump of a database, and whether it is all of it.
whole_header() { # DATABASE
    ! is_partial || printf -- '-- s3pipe: {"partial": %s}\n' "$(json_string "$PG_DUMP_OPTIONS")"
    header "$1"
}
# lock_in_time FILE: takes the lock, in what is left of --wait; sets reason where
# another run has it.
lock_in_time() {
    local holder=''
    lock "$1" $((wait_seconds > SECONDS ? wait_seconds - SECONDS : 0)) && return
    reason="$holder has the lock"
    return 75
}
# backup DATABASE: its status is 75 where another run has the lock,
# 66 where the database has gone meanwhile, 67 where it is put off.
backup() {
    local lock_file encoded head status=0
    reason='' key='' bytes=0
    if [ "$1" = globals ] && [ "$BACKUP_GLOBALS" = true ]; then
        reason="its keys are those of the roles: set BACKUP_GLOBALS=false, or rename it"
        return 1
    fi
    database_lock "$1"
    lock_in_time "$lock_file" || return
    if await whole_header "$1" >"$work/header"; then
        mapfile -t head <"$work/header"
        encode "$1"
        save "$encoded" "$1" database dump "$1" || status=$?
    else
        reason='its settings cannot be read'
        status=1
    fi
    if [ "$status" = 1 ] && gone "$1"; then status=66; fi
    unlock "$lock_file" "$work/ok"
    return "$status"
}
backup_globals() {
    local lock_file status=0
    reason='' key='' bytes=0
    server_lock globals
    lock_in_time "$lock_file" || return
    save globals 'the globals' 'database cluster' dump_globals || status=$?
    unlock "$lock_file" "$work/ok"
    return "$status"
}

# ---- what --check does besides

check_server() {
    local name count=0 failed=''
    connect ''
    check_pg_dump
    list_databases
    while IFS= read -r -d '' name; do
        count=$((count + 1))
        check_rights "$name" || is_partial || failed=1
    done <"$work/databases"
    [ "$count" -gt 0 ] || die 'there is no database to back up'
    [ -z "$failed" ] || die 'the role may not read all that is to be backed up'
    log "the server at ${PGHOST:-the local socket}:${PGPORT:-5432}, version $server_major, lets ${PGUSER:-this role} read all of $count databases"
    printable "$(tr '\0' ' ' <"$work/databases")" ' '
    [ "$BACKUP_GLOBALS" = false ] || printable+='and the globals '
    log "a backup would be made of: ${printable% }, as ${S3_PREFIX}$(date -u +%Y/%m/%d)/NAME_HHMMSS$SUFFIX"
}

# ---- the run

# However the run ends, it is told.
tell_end() { # $status is that of the run
    fail_rest
    flush_metrics
    tell_run last-success last-failure
}

settings() {
    state_settings
    log_settings
    postgres_settings
    key_settings
    flag BACKUP_GLOBALS true
    flag BACKUP_ALLOW_NEWER_PGDUMP false
    duration BACKUP_TIMEOUT 0
    duration BACKUP_LOCK_TIMEOUT 0
    setting BACKUP_PARALLEL 1
    [[ $BACKUP_PARALLEL =~ ^[1-9][0-9]?$ ]] || die -2 "BACKUP_PARALLEL is a number from 1 to 99, not $BACKUP_PARALLEL"
    publish_settings
    shrink_settings
    read -ra dump_options <<<"${PG_DUMP_OPTIONS:-}"
    check_dump_options
    : "${BACKUP_DATABASES:=$POSTGRES_DB}"
    [ -n "$BACKUP_DATABASES" ] || die -2 'no database: set POSTGRES_DB or BACKUP_DATABASES'
}

leave_root "$@"
check='' wait_seconds=0
read_options "$@"
take_operands 0
tell_settings BACKUP
[ -n "$check" ] || at_exit tell_end # whatever of the rest is wrong
begin
settings
settings_checked
if [ "$check" = all ]; then
    check_each server store filter room
    exit 0
fi
connect ''
check_pg_dump
add_statistics
run=$work
mkfifo "$run/nap"
stamp=$(date -u +%Y/%m/%d\ %H%M%S) # one reading of the clock
stamp_day=${stamp% *} stamp_time=${stamp#* }

list_databases
if [ "$BACKUP_DATABASES" = '*' ]; then tell_invalid || die 'the databases cannot be listed'; fi
[ -s "$work/databases" ] || die 'there is no database to back up'
ping /start
need_store
hook start || die 'BACKUP_HOOK failed at the start: nothing is backed up'
find_stale || warn 'unfinished uploads cannot be looked for'
find_before || warn 'the sizes of earlier backups cannot be looked for'
exec {log_fd}>&2
back_up_all
sum

if [ "$failed" -gt 0 ]; then
    die "FAILED: $failed of $total backups failed"
elif [ "$shrank" -gt 0 ]; then
    die "ALARM: $shrank of $total backups have less than $BACKUP_SHRINK_ALARM % of the bytes of the one before"
elif [ "$busy" -gt 0 ]; then
    warn "BUSY: $busy of $total backups are being made by another run"
    exit 75
fi
outcome="ok: $total backups, $bytes_done bytes, $SECONDS s"
log "$outcome"
