#!/usr/bin/env bash
# Deletes the backups that no retention policy keeps: cleanup.sh [--check]
#
# Three steps by files, for a filter in a pipe cannot see that the listing
# before it failed: list; decide (retain(1)); delete. Only keys that backup.sh
# writes are judged, exactly S3_PREFIX + YYYY/MM/DD/NAME_HHMMSS.sql.gz and the
# filter's suffix; all others are counted and left alone, and so is each that is
# pinned, by KEY.pin in the same listing (pin.sh). Then the same for what
# basebackup.sh, archive-wal.sh and receive-wal.sh write: see wal_retention.pl.
#
#   --check         look whether all is ready, and tell what would be done
#   --check-settings   only see whether the settings are right; nobody is asked
#   --config FILE   read settings from it, not from /etc/s3pipe/env
#
# Environment: S3_* (s3pipe(7)), S3_PREFIX, BACKUP_FILTER_SUFFIX,
# RETENTION_KEEP_LAST (3), _HOURLY (24), _DAILY (7), _WEEKLY (4), _MONTHLY (6),
# _YEARLY (2), RETENTION_MIN_BACKUPS (1), RETENTION_DRY_RUN (false: true only
# tells what would go, and why), RECOVERY_WINDOW (7d: to which moments clusters
# can be recovered, beside those of the base backups that the policy keeps).
# Exit status: 0 done; 1 something failed, what is not named is not deleted;
# 2 wrong settings; 75 another run is at it.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"
. "$here/lib/wal_get.sh"
. "$here/lib/cluster.sh"
. "$here/lib/check.sh"

list() {
    list_backups || die 'the listing failed: nothing is deleted'
    [ "$others" = 0 ] || log "$others other keys are left alone"
    tell_others
    expect_backups
}

# Sets kept, doomed, freed and pinned; the keys go to $work/doomed, of which none is
# pinned in the same listing. What the policy says of each goes to $work/why in a dry
# run.
decide() {
    local last
    await judge >"$work/doomed" || die 'the policy cannot be applied: nothing is deleted'
    {
        read -r kept doomed freed pinned
        if IFS= read -r -d '' last; then die "the last backup of $last would go: nothing is deleted"; fi
    } <"$work/sums"
    [ "$pinned" = 0 ] || log "$pinned pinned backups are kept"
}
judge() {
    if [ "$RETENTION_DRY_RUN" = true ]; then policy+=(-v); fi
    judged "$work/ours" 2>"$work/why" | keys_pl judge "$work/ours" "$work/others.pins" "$work/sums" "$work/spared" || {
        tail -n 5 "$work/why" >&2
        return 1
    }
}

explain() {
    keys_pl why "$work/spared" <"$work/why" | log_each '%s'
}

delete() {
    local status=0
    [ "$doomed" -gt 0 ] || return 0
    await s3rm -0 <"$work/doomed" >"$work/gone" || status=1
    log_each 'deleted %s' <"$work/gone"
    read -r doomed freed < <(keys_pl freed "$work/ours" <"$work/gone")
    return "$status"
}

# ---- base backups and WAL, in the same steps

# Sets cluster_kept, cluster_doomed and cluster_freed.
decide_archive() {
    read_facts "$work/others.archive" || die 'the archive of WAL cannot be judged: nothing of it is deleted'
    await judge_archive >"$work/cluster.doomed" || die 'the archive of WAL cannot be judged: nothing of it is deleted'
    read -r cluster_kept cluster_doomed cluster_freed <"$work/cluster.sums"
}
judge_archive() {
    wal_retention bases "$work/others.archive" >"$work/bases"
    { [ ! -s "$work/bases" ] || retain -0 -a "${policy[@]}" <"$work/bases"; } |
        wal_retention judge "$work/others.archive" "$(date +%s)" "$RECOVERY_WINDOW" "$work/cluster.sums"
}
wal_retention() {
    PREFIX=$S3_PREFIX SUFFIX=$BACKUP_FILTER_SUFFIX FACTS=$work/facts.cluster perl "$here/lib/wal_retention.pl" "$@"
}
clean_archive() {
    local status=0
    decide_archive
    [ $((cluster_kept + cluster_doomed)) -gt 0 ] || return 0
    if [ "$RETENTION_DRY_RUN" = true ]; then
        log_each 'would delete %s' <"$work/cluster.doomed"
        log "dry run: base backups and WAL: $cluster_kept objects kept, $cluster_doomed would be deleted, $(human "$cluster_freed") freed"
        tell_windows
        return 0
    fi
    [ "$cluster_doomed" = 0 ] || await s3rm -0 <"$work/cluster.doomed" >"$work/cluster.gone" || status=1
    [ "$cluster_doomed" = 0 ] || log_each 'deleted %s' <"$work/cluster.gone"
    [ "$status" = 0 ] || die 'not all base backups and WAL that are not needed could be deleted'
    log "base backups and WAL: $cluster_kept objects kept, $cluster_doomed deleted, $(human "$cluster_freed") freed"
    tell_windows "$work/cluster.doomed"
}

# tell_store KEYS BYTES: what lies below the prefix, less what is gone now.
tell_store() {
    local label count size
    [ -n "${BACKUP_METRICS_FILE:-}" ] || return 0
    read -r count size < <(keys_pl sum <"$work/all")
    set_label prefix "$S3_PREFIX"
    write_metrics "s3pipe_store_keys$label" $((count - $1)) "s3pipe_store_bytes$label" $((size - $2))
}
# tell_windows [GONE]: to which moments each cluster can be recovered now.
tell_windows() {
    local system from until
    [ -n "${BACKUP_METRICS_FILE:-}" ] || return 0
    cluster_pl reach "$work/all" "${1:-/dev/null}" >"$work/reach"
    while IFS=' ' read -r system from until; do
        write_metrics "s3pipe_recovery_window_start_timestamp_seconds{system=\"$system\"}" "$from" \
            "s3pipe_recovery_window_end_timestamp_seconds{system=\"$system\"}" "$until"
    done <"$work/reach"
}
# What --check tells besides.
check_policy() {
    list
    decide
    log "a cleanup would keep $kept backups and delete $doomed"
}

# How it ended is told as backup.sh's end is, but for a success, which is the
# next backup's to tell.
tell_end() { # $status is that of the run
    local ping_url=$ping_url hook_command=''
    [ "$status" != 0 ] || ping_url=''
    tell_run '' last-cleanup-failure
}

leave_root "$@"
check=''
option() { option_check "$1"; }
read_options "$@"
take_operands 0
tell_settings BACKUP
flag RETENTION_DRY_RUN false
[ "$RETENTION_DRY_RUN$check" != false ] || at_exit tell_end
begin
state_settings
log_settings
key_settings
retention_policy
duration RECOVERY_WINDOW 7d
settings_checked
if [ "$check" = all ]; then
    check_each store room
    check_policy
    exit 0
fi
lock "$(cleanup_lock)" || die -75 "$holder has the lock"

need_store
list
decide
if [ "$RETENTION_DRY_RUN" = true ]; then
    explain
    clean_archive
    tell_store 0 0
    log "dry run: $kept kept, $doomed would be deleted, $(human "$freed") freed"
    exit 0
fi
delete || die "not all could be deleted: $doomed are, $(human "$freed") freed"
clean_archive
tell_store $((doomed + cluster_doomed)) $((freed + cluster_freed))
log "ok: $kept kept, $doomed deleted, $(human "$freed") freed"
