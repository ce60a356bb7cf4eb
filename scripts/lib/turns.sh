# What verify-backup.sh found, database by database: metrics, and whose turn it is in
# the next sample. A file in the state for each: when, ok or FAILED, and the key.
# shellcheck shell=bash

turn_of() { # NAME, as keys have it: sets turn to its file
    local directory
    directory=verified/prefix.$(encode_name "$S3_PREFIX")
    turn=$directory/$1.db
    mkdir -p "$S3PIPE_STATE_DIR/$directory" 2>/dev/null || true # record says why
}

# choose [N]: of $work/candidates those whose turn it is, or all, into $work/chosen.
choose() {
    local turn
    : >>"$work/candidates"
    if [ -z "$1" ]; then
        mv "$work/candidates" "$work/chosen"
        return
    fi
    turn_of ''
    keys_pl sample "$1" "$S3PIPE_STATE_DIR/${turn%/*}" <"$work/candidates" >"$work/chosen" ||
        die 'the sample cannot be taken'
}

tell_start() {
    ping /start
    hook start || die 'VERIFY_HOOK failed at the start: nothing is verified'
}
tell_verified() { # NAME KEY MADE SECONDS
    local label turn
    keys_done+=$2$'\n'
    turn_of "$1"
    record "$turn" "ok $2" || tell_unwritten # and so does the end of the run
    decode_name "$1"
    set_label database "$decoded"
    note_metrics "s3pipe_verify_failures_total$label" +0 \
        "s3pipe_verify_last_success_timestamp_seconds$label" "$(date +%s)" \
        "s3pipe_verify_backup_timestamp_seconds$label" "$3" "s3pipe_verify_duration_seconds$label" "$4"
}
some_failed='' keys_done=''
tell_failed() { # NAME KEY
    local label turn
    some_failed=1
    turn_of "$1"
    record "$turn" "FAILED $2" || tell_unwritten
    decode_name "$1"
    set_label database "$decoded"
    note_metrics "s3pipe_verify_failures_total$label" +1
}
# tell_refused: a run that ended before the first backup has verified none: that is
# a failure of what it was to verify.
tell_refused() {
    local label=''
    case $status in 0 | 2 | 75) return 0 ;; esac
    [ -z "$some_failed" ] || return 0
    case $what in
    --cluster) note_metrics "s3pipe_verify_cluster_failures_total${system:+{system=\"$system\"\}}" +1 && return ;;
    latest) set_label database "${POSTGRES_DB:-}" ;;
    *) set_label database '*' ;;
    esac
    note_metrics "s3pipe_verify_failures_total$label" +1
}
