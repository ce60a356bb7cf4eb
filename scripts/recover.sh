#!/usr/bin/env bash
# Makes a cluster as it was at some moment, from a base backup and WAL in S3:
# recover.sh [--time T | --lsn L | --name N | --latest] [--base KEY] [--system ID]
#            [--timeline N] [--archive] [--tablespaces D]
#            [--tablespace-mapping OLD=NEW]... DIRECTORY
#
# The newest base backup that had ended before the target goes into DIRECTORY,
# which must be empty or not there, and is checked. So must the directories of its
# tablespaces be, which go to where they were unless it is said otherwise. A server
# that is started on it fetches its WAL by fetch-wal.sh, stops at the target, and
# opens. Nothing that runs is touched.
#
#   --time T       to that time, such as '2026-11-27 12:00:00+01' (without a
#                  zone: UTC); all that was committed until then is there
#   --lsn L        to that place in the WAL, such as 0/3000060
#   --name N       to that restore point (pg_create_restore_point)
#   --latest       to the end of the archive; this is the default
#   --base KEY     from this base backup
#   --system ID    of this cluster, where the bucket has several
#   --timeline N   along this timeline; the newest by default
#   --config FILE  read settings from it, not from /etc/s3pipe/env
#   --archive      let the recovered cluster archive its WAL to the same place
#   --tablespaces D   all tablespaces go into directories of D, named by their OID
#   --tablespace-mapping OLD=NEW   the one that was in OLD goes to NEW
#
# Environment: s3pipe-recover(1).
# Exit status: 0 the directory is ready; 1 it failed, and the directory is as it
# was; 2 wrong settings.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"
. "$here/lib/wal_get.sh"
. "$here/lib/cluster.sh"
. "$here/lib/recovery.sh"
. "$here/lib/tablespaces.sh"
. "$here/lib/check.sh"

set_target() { # KIND TARGET
    [ -z "$given" ] || die -2 'more than one target: give --time, --lsn, --name or --latest'
    [ "$1" = latest ] || [ -n "$2" ] || die -2 "--$1 wants a value"
    kind=$1 target=$2 given=1
}
check_target() {
    case $kind in
    time)
        compared=$(date -u -d "$target" +%s 2>/dev/null) || die -2 "--time wants a time such as '2026-11-27 12:00:00+01', not $target"
        target=$(date -u -d "$target" '+%Y-%m-%d %H:%M:%S.%6N+00')
        ;;
    lsn)
        [[ $target =~ ^([0-9A-Fa-f]{1,8})/([0-9A-Fa-f]{1,8})$ ]] || die -2 "--lsn wants a place such as 0/3000060, not $target"
        compared=$(((16#${BASH_REMATCH[1]} << 32) + 16#${BASH_REMATCH[2]}))
        ;;
    esac
    [ -z "$timeline" ] || [[ $timeline =~ ^[1-9][0-9]{0,9}$ ]] || die -2 "--timeline wants a number, not $timeline"
    [ -z "$system" ] || [[ $system =~ ^[0-9]{10,20}$ ]] || die -2 "--system wants the identifier of a cluster, not $system"
}

# Sets system, timeline, key, mark.
choose_base() {
    local by=$kind place=$compared
    [ -z "$base" ] || by=base place=$base
    list_archive "$system" || die 'the listing failed'
    if ! cluster_pl choose "$work/archive" "$by" "$place" "$system" "$timeline" >"$work/choice" 2>"$work/why"; then
        die "nothing can be recovered: $(tail -n 1 "$work/why")"
    fi
    IFS=$'\t' read -r system timeline key mark <"$work/choice"
}

kind=latest target='' given='' compared='' base='' system='' timeline='' archive='' directory=''
programs='' version='' # see find_programs
option() {
    case $1 in
    --time | --lsn | --name) set_target "${1#--}" "$2" && took=2 ;;
    --latest) set_target latest '' ;;
    --base | --system | --timeline) printf -v "${1#--}" %s "$2" && took=2 ;;
    --archive) archive=1 ;;
    --tablespaces) put_spaces "$2" && took=2 ;;
    --tablespace-mapping) map_space "$2" && took=2 ;;
    *) return 1 ;;
    esac
}
read_options "$@"
take_operands 1
directory=${operands[0]:-}
[ -n "$directory" ] || die -2 'which directory?'
begin
log_settings
key_settings
check_target
check_directory
need_store
choose_base
find_programs "$mark"
place_spaces
log "recovering $system from $key"
make_directory "$directory"
make_spaces
fetch_base || die 'the base backup cannot be read: nothing is recovered'
await "$programs/pg_verifybackup" -n -q "$directory" || die 'the base backup is not what its manifest says: nothing is recovered'
rm -f "$directory/tablespace_map" # the links are there
configure "$archive"
hand_over
log "ok: $directory is ready: a server that is started on it recovers to ${target:-the end of the archive} on timeline $timeline, and opens"
