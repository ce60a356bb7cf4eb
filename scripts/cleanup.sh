#!/usr/bin/env bash
# Deletes the backups that no retention policy keeps: cleanup.sh [--check]
#
# Three steps by files, for a filter in a pipe cannot see that the listing
# before it failed: list; decide (retain(1)); delete. Only keys that backup.sh
# writes are judged, exactly S3_PREFIX + YYYY/MM/DD/NAME_HHMMSS.sql.gz and the
# filter's suffix; all others are counted and left alone.
#
#   --check   only see whether the settings are right
#
# Environment: S3_* (s3pipe(7)), S3_PREFIX, BACKUP_FILTER_SUFFIX,
# RETENTION_KEEP_LAST (3), _HOURLY (24), _DAILY (7), _WEEKLY (4), _MONTHLY (6),
# _YEARLY (2), RETENTION_MIN_BACKUPS (1), RETENTION_DRY_RUN (false: true only
# tells what would go, and why).
# Exit status: 0 done; 1 something failed, what is not named is not deleted;
# 2 wrong settings; 75 another run is at it.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"

# Lists with sizes: $work/ours, the keys, and size_of[KEY].
declare -A size_of=()
list() {
    list_sizes || die 'the listing failed: nothing is deleted'
    : >"$work/ours"
    while IFS=$'\t' read -r -d '' size _ key; do
        size_of[$key]=$size
        printf '%s\0' "$key"
    done <"$work/listed" >"$work/ours"
    [ "$others" = 0 ] || log "$others other keys are left alone"
}

decide() {
    await retain -0 "${policy[@]}" <"$work/ours" >"$work/doomed" ||
        die 'the policy cannot be applied: nothing is deleted'
    doomed=0 freed=0
    local -A left=()
    while IFS= read -r -d '' key; do
        parse_key "$key"
        left[$key_name]=$((${left[$key_name]:-0} + 1))
    done <"$work/ours"
    while IFS= read -r -d '' key; do
        [ -n "${size_of[$key]:-}" ] || die "retain named $key, which is no backup: nothing is deleted"
        parse_key "$key"
        doomed=$((doomed + 1))
        freed=$((freed + ${size_of[$key]}))
        left[$key_name]=$((${left[$key_name]} - 1))
    done <"$work/doomed"
    for name in "${!left[@]}"; do
        [ "${left[$name]}" -gt 0 ] || die "the last backup of $name would go: nothing is deleted"
    done
}

explain() {
    retain -0 -v "${policy[@]}" <"$work/ours" 2>"$work/why" >/dev/null
    while IFS= read -r line; do log "$line"; done <"$work/why"
}

delete() {
    local status=0
    [ "$doomed" -gt 0 ] || return 0
    await s3rm -0 <"$work/doomed" >"$work/gone" || status=1
    doomed=0 freed=0
    while IFS= read -r -d '' key; do
        log "deleted $key"
        doomed=$((doomed + 1))
        freed=$((freed + ${size_of[$key]:-0}))
    done <"$work/gone"
    return "$status"
}

# How it ended is told as backup.sh's end is, but for a success, which is the
# next backup's to tell.
tell_end() { # $status is that of the run
    case $status in
    0) record last-cleanup-failure '' ;;
    75) ;;
    *)
        record last-cleanup-failure "${last_error:-it was ended by a signal}"
        ping /fail
        ;;
    esac
}

check=''
case ${1:-} in
-h | --help) usage && exit 0 ;;
--check) check=1 ;;
?*) die -2 "no operand is taken: $1" ;;
esac
leave_root "$@"
begin
tell_settings
flag RETENTION_DRY_RUN false
[ "$RETENTION_DRY_RUN$check" != false ] || at_exit tell_end
state_settings
log_settings
key_settings
retention_policy
if [ -n "$check" ]; then
    store_settings
    exit 0
fi
lock "$S3PIPE_STATE_DIR/locks/$(encode_name "${S3_ENDPOINT:-s3}/${S3_BUCKET:-}")/cleanup.$(encode_name "$S3_PREFIX")" ||
    die -75 "$holder has the lock"

list
decide
if [ "$RETENTION_DRY_RUN" = true ]; then
    explain
    log "dry run: $((${#size_of[@]} - doomed)) kept, $doomed would be deleted, $(human "$freed") freed"
    exit 0
fi
delete || die "not all could be deleted: $doomed are, $(human "$freed") freed"
log "ok: $((${#size_of[@]} - doomed)) kept, $doomed deleted, $(human "$freed") freed"
