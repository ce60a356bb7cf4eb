#!/usr/bin/env bash
# Restores a backup into a database:
# restore.sh [options] KEY|latest [database]
#
# The operand is the target: by default the KEY's own database, for "latest"
# POSTGRES_DB. The dump is loaded into a new database beside the live one; only
# when all of it was read, checked and applied does the new one take the old
# one's place, by rename. The old one stays as s3pipe_old_*, unless
# RESTORE_KEEP_OLD=false.
#
#   --from DB             latest: the newest backup of DB (default: of the
#                         target if it has one, else of POSTGRES_DB)
#   --replace             replace a database that the backup is not one of
#   --table TABLE         restore only these tables, with all that they need, into
#   --schema SCHEMA       a new database or beside what is there; and all of these
#                         schemas; * and ? stand for any characters
#   --exclude KIND|NAME   without these; each of the three as often as wanted
#   --globals KEY|latest  first create the roles that are missing
#   --no-owner            all belongs to the restoring role, nothing is granted
#   --in-place            drop the old database first, for want of room for two
#   --under-own-name      rename the old database away first, for what can only
#                         be loaded under its own name
#   --yes                 with these two: do not ask
#   --search-path PATH    load with this search_path, which functions may need
#   --check               look whether all is ready, and tell what would be done
#   --check-settings      only see whether the settings are right; nobody is asked
#   --config FILE         read settings from it, not from /etc/s3pipe/env
#   --wait SECONDS        wait no longer than that for a lock that another run has
#   -j N, --jobs N        load by N sessions
#   --try                 try even what was refused before anything was done
#
# Environment: s3pipe-restore(1).
# Exit status: 0 restored; 1 failed, the live database is as it was; 2 wrong
# settings; 3 no such backup; 75 another run has had the lock for all of --wait.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"
. "$here/lib/scratch.sh"
. "$here/lib/load.sh"
. "$here/lib/analyze.sh"
. "$here/lib/swap.sh"
. "$here/lib/own_name.sh"
. "$here/lib/roles.sh"
. "$here/lib/select.sh"
. "$here/lib/shrink.sh"
. "$here/lib/check.sh"

# ---- what is to be restored, and into what

option() {
    local name
    case $1 in
    --from | --globals | --search-path | --table | --schema | --exclude)
        [ -n "$2" ] || die -2 "$1 wants an argument"
        took=2
        ;;&
    --from | --globals | --search-path)
        name=${1#--}
        printf -v "option_${name//-/_}" '%s' "$2"
        ;;
    --table) option_tables+=("$2") ;;
    --schema) option_schemas+=("$2") ;;
    --exclude) option_exclude+=("$2") ;;
    --check | --check-settings) option_check "$1" ;;
    --wait) option_wait "$2" ;;
    -j | --jobs)
        is_jobs "$2" || die -2 "$1 wants a number from 1 to 64, not ${2:-nothing}"
        RESTORE_JOBS=$2 took=2
        ;;
    --under-own-name | --try | --replace | --no-owner | --in-place | --yes)
        name=${1#--}
        printf -v "option_${name//-/_}" 1
        ;;
    *) return 1 ;;
    esac
}

# Sets target and source, the database that the key is a backup of, if that is
# known.
name_target() {
    source=''
    if [ "$key" = latest ]; then
        : "${target:=${POSTGRES_DB:-$option_from}}"
    else
        [ -z "$option_from" ] || die -2 '--from goes with latest'
        # Below whatever prefix it lies.
        if name_of "$key"; then source=$decoded; fi
        : "${target:=${source:-$POSTGRES_DB}}"
    fi
    [ -n "$target" ] || die -2 'no database: give one or set POSTGRES_DB'
}
# Sets key and source to what "latest" is, now that nobody makes another.
find_latest() {
    list_backups || die 'the listing failed'
    for source in "${option_from:-$target}" "$POSTGRES_DB"; do
        if find_newest "$source"; then
            tell_small "$source"
            return
        fi
        [ -z "$option_from" ] || break
    done
    die -3 "there is no backup of ${option_from:-$target}; --from DATABASE names the one whose newest backup is meant"
}

check_target() {
    case $target in
    template0 | template1) die -2 "$target is PostgreSQL's own: restore into another" ;;
    s3pipe_new_* | s3pipe_old_*) die -2 "$target is a name of this script's own: choose another" ;;
    esac
    [ "${#target}" -le 63 ] || die -2 "the name of a database has 63 bytes at most: $target"
}

# ---- before anything

# Collects all that would stop the restore, and tells it at once.
check_needs() {
    local line failed='' replaced=$target
    ! is_selective || replaced=''
    find_needs ${option_no_owner:+named}
    NEEDS=$work/needs sql_utf8 "$maintenance" -v target="$replaced" -v place="$place" -f "$here/lib/needs.sql" >"$work/needed" ||
        die 'the server could not be asked whether this can be restored'
    follows=1
    ! grep -q ': it stays with the old database$' "$work/needed" || follows=''
    while IFS= read -r line; do
        ! is_excluded "$line" || continue
        case $line in
        "ERROR the role "*' is missing'*) [ -z "$check" ] || [ -z "$option_globals" ] || continue ;;&
        NOTE*) warn "${line#NOTE }" ;;
        ERROR*) if [ -n "$option_try" ]; then warn "${line#ERROR }"; else error "${line#ERROR }" && failed=1; fi ;;
        NEVER*) error "${line#NEVER }" && failed=1 ;;
        esac
    done <"$work/needed"
    [ -n "$option_try" ] || room_for_two || failed=1
    [ -z "$failed" ] || die "$key cannot be restored into $target; nothing was done"
}

# Room for a second database, where the server's disk can be seen from here:
# by a socket, and its directory told.
room_for_two() {
    local needed directory free
    [ "$RESTORE_CHECK_ROOM" = true ] || return 0
    case ${PGHOST:-/} in /*) ;; *) return 0 ;; esac
    needed=$(property bytes)
    if [ -z "$needed" ] && [ "$old_oid" != 0 ]; then
        needed=$(sql "$maintenance" <<<"SELECT pg_database_size($old_oid::oid)" 2>/dev/null) || return 0
    fi
    directory=$(sql "$maintenance" 2>/dev/null <<<'SHOW data_directory') && [ -n "$needed" ] || return 0
    free=$(df --output=avail -B1 "$directory" 2>/dev/null | tail -n 1) && [ -n "$free" ] || return 0
    [ -z "$option_in_place" ] || free=$((free + $(sql "$maintenance" <<<"SELECT pg_database_size($old_oid::oid)")))
    [ "$free" -lt "$needed" ] || return 0
    error "there is no room on the server: $(human "$needed") are needed and $(human "$free") free;" \
        "--in-place drops the old database first, RESTORE_CHECK_ROOM=false tries it all the same"
    return 1
}

# ---- what --check does besides

check_server() {
    connect "$target"
    check_creates
}
tell_plan() {
    case $place in
    beside)
        if is_selective; then
            log "a restore would load parts of $key into $target"
        elif [ "$old_oid" = 0 ]; then
            log "a restore would make $target from $key"
        else
            log "a restore would load $key into a new database, which then takes the place of $target"
        fi
        ;;
    in-place) log "a restore would drop $target, and then load $key" ;;
    under-own-name) log "a restore would rename $target away, and then load $key" ;;
    esac
}

# ---- in place

ask() {
    local answer
    [ -z "$option_yes" ] || return 0
    if [ "$place" = in-place ]; then
        printf '%s will be dropped before the backup is loaded. If that fails it is gone.\n' "$target"
    else
        printf '%s will be out of service until the backup is loaded.\n' "$target"
    fi >&2
    printf 'Type its name to go on: ' >&2
    read -r answer || answer=''
    [ "$answer" = "$target" ] || die 'nothing was done'
}
# Before anything is dropped or renamed the whole stream is read, and all of it
# but the data is loaded into a scratch database.
without_data=(-T 'table data' -T 'large object' -T 'sequence set' -T 'statistics data')
prove() {
    local place=beside edits=("${edits[@]}" "${without_data[@]}")
    leave_out_bound '' || die "the extensions of $target cannot be looked for; it is as it was"
    proving=1 fill "$target" "$key" "${edits[@]}" || give_up "$key does not load, not even without its data; $target is as it was"
    apply_held
    remove_scratch || die "$new could not be dropped; $target is as it was"
}

# ---- the restore

# How the new database is to be: as the backup says, or as the old one was.
wanted_settings() {
    : >"$work/old"
    if [ "$old_oid" != 0 ]; then
        facts "$maintenance" -v name="$target" -f "$here/lib/database.sql" >"$work/old" ||
            die "the settings of $target cannot be read"
    fi
    array "$work/old" >"$work/was.json"
    if [ -s "$work/header" ]; then cp "$work/header" "$work/wanted"; else cp "$work/old" "$work/wanted"; fi
    if [ -n "$option_no_owner" ]; then sed -i -E '/^\{"(owner|grants)"/d' "$work/wanted"; fi
    array "$work/wanted" >"$work/wanted.json"
    # What is compared afterwards.
    cp "$work/old" "$work/before"
    # Who closed it wants it closed.
    if grep -qx '{"connections": false}' "$work/old"; then
        sed -i '/^{"connections"/d' "$work/wanted"
        grep -x '{"connections": false}' "$work/old" >>"$work/wanted"
        array "$work/wanted" >"$work/wanted.json"
    fi
    if [ "$old_oid" = 0 ]; then
        grep -vE '^\{"(partial|server|bytes|roles|extensions|tablespaces|named|kinds|schemas|data)"' "$work/wanted" >"$work/before" || true
    fi
}

# Ends the restore with the option that may help.
give_up() { # TEXT
    tell_way
    die "$1"
}
restore() {
    lost="$target is as it was"
    plan_edits || die "the rights of this role cannot be read; $lost"
    [ -z "$option_no_owner" ] || edits+=(-O -x)
    exclude || die "the schemas of extensions cannot be read; $lost"
    reason=''
    use_path "$option_search_path"
    if is_selective; then
        leave_out_bound '' || die "the extensions of $target cannot be looked for; $lost"
        restore_parts
        return
    fi
    [ "$place" = beside ] || prove
    leave_out_bound "$target" || die "the extensions of $target cannot be looked for; $lost"
    # Scheduled jobs begin when all else is there.
    [ "$place" != under-own-name ] || defer 'table data cron.*' 'sequence set cron.*'
    if [ "$place" = in-place ]; then
        drop_database "$old_oid" "$target" || die "$target could not be dropped; it is as it was"
        log "dropped $target"
        old_oid=0 lost="$target IS GONE: restore again"
    fi
    fill "$target" "$key" "${edits[@]}" || give_up "${reason:-the load failed}; $lost"
    finish_new
    [ "$place" = under-own-name ] || old=s3pipe_old_$stamp
    swap "$key" true || die "the new database could not take its place; $lost"
    keep_name
}
# What is left to do in the new database once the data is there: nothing of it is
# worth the hours that went before.
finish_new() {
    analyze
    apply_held
    # A right that is wanting here must not undo hours of work: it is told.
    WANTED=$work/wanted.json await sql_utf8 "$maintenance" -v new="$new" -v ON_ERROR_STOP=0 -f "$here/lib/apply.sql" >/dev/null ||
        warn 'not all settings could be applied'
}

# What became of the old one.
tell_old() {
    drop_kept || warn 'databases that earlier restores kept cannot be looked for'
    if [ "$RESTORE_KEEP_OLD" = false ] && [ -n "$follows" ]; then
        drop_database "$old_oid" "$old" && return
        warn "the old database could not be dropped"
    fi
    log "the old one is kept as $old; drop it by: dropdb$(server_options) $old"
}
# What libpq's programs need to reach this server from another shell.
server_options() {
    local name letter
    while read -r name letter; do
        [ -z "${!name:-}" ] || printf ' -%s %q' "$letter" "${!name}"
    done <<'END'
PGHOST h
PGPORT p
PGUSER U
END
}

option_from='' option_globals='' option_replace='' option_no_owner='' option_in_place='' option_yes=''
option_under_own_name='' option_search_path='' option_try='' wait_seconds=wait check=''
new='' stamp=''
leave_root "$@"
read_options "$@"
[ ${#operands[@]} -gt 0 ] || [ "$check" = settings ] || die -2 'which backup? restore.sh KEY|latest [database]'
take_operands 2
for operand in "${operands[@]}"; do
    [ -n "$operand" ] || die -2 'an operand is empty'
done
[ -z "$option_in_place" ] || [ -z "$option_under_own_name" ] || die -2 '--in-place and --under-own-name exclude each other'
if is_selective && [ -n "$option_in_place$option_under_own_name$option_replace" ]; then
    die -2 '--table and --schema replace nothing: without --in-place, --under-own-name and --replace'
fi
if [ -n "$option_in_place" ] && [ -z "$option_yes$check" ] && ! [ -t 0 ]; then
    die -2 '--in-place drops the database first: say --yes where nobody can be asked'
fi
if [ -n "$option_under_own_name" ] && [ -z "$option_yes$check" ] && ! [ -t 0 ]; then
    die -2 '--under-own-name takes the database out of service: say --yes where nobody can be asked'
fi
key=${operands[0]:-} target=${operands[1]:-}
begin
log_settings
state_settings
postgres_settings
key_settings
flag RESTORE_KEEP_OLD true
flag RESTORE_CHECK_ROOM true
shrink_settings
restore_jobs
settings_checked

name_target
check_target
[ -z "$check" ] || check_each server list filter room
connect "$target"
database_lock "$target"
[ -n "$check" ] || lock "$lock_file" "$wait_seconds" || die -75 "$holder has the lock"
if [ "$key" = latest ] || [ "$option_globals" = latest ]; then need_store; fi
[ "$key" != latest ] || find_latest
if [ -z "$check" ]; then
    sweep_scratch "$target" || warn 'what earlier runs left cannot be looked for'
    recover_name || die "$target cannot be given its old database back"
fi
old_oid=$(oid_of "$target") || die 'the databases cannot be listed'
impatient read_head "$key"
if [ -s "$work/header" ]; then
    # The dot keeps newlines that a name ends in.
    source=$(sql_utf8 "$maintenance" -v name="$(property database)" <<<"SELECT (:'name'::jsonb #>> '{}') || '.'")
    source=${source%.}
fi
if [ "$old_oid" != 0 ] && [ "$target" != "$source" ] && [ -z "$option_replace" ] && ! is_selective; then
    die -2 "$key is a backup of ${source:-a database that is not known} and $target exists: name another database, or say --replace"
fi
if [ "$old_oid" != 0 ] && [ -n "$(property partial)" ] && [ -z "$option_replace" ] && ! is_selective; then
    die -2 "$key holds only a part of ${source:-a database} (pg_dump $(property partial)) and $target exists: name another database, or say --replace"
fi
place=beside
if [ "$old_oid" != 0 ] && [ -n "$option_in_place" ]; then place=in-place; fi
[ -z "$option_under_own_name" ] || place=under-own-name
[ -z "$option_globals" ] || [ -n "$check" ] || create_roles "$option_globals"
check_needs
if [ -n "$check" ]; then
    tell_plan
    exit 0
fi
wanted_settings
if [ "$old_oid" != 0 ] && [ "$place" != beside ]; then ask; fi
had_old=$old_oid
restore
log "ok $target: $key, $SECONDS s"
! is_selective || exit 0
give_slots || warn "the subscriptions of $target cannot be looked for"
tell_differences "$work/before" || warn "the settings of $target cannot be compared"
if [ "$had_old" != 0 ] && [ "$old_oid" != 0 ]; then tell_old; fi
