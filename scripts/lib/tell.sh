# Telling others how backups, and what verifies them, went: a ping, a hook, metrics.
# shellcheck shell=bash

# tell_settings BACKUP|VERIFY: whose ping and hook they are. It goes before begin,
# so that a full disk is told, too.
tell_settings() {
    local url hook
    teller=$1 # BACKUP_PING_URL, BACKUP_HOOK, VERIFY_PING_URL, VERIFY_HOOK
    url=${teller}_PING_URL hook=${teller}_HOOK
    setting "$url"
    export -n "${url?}"
    ping_url=${!url} hook_command=${!hook:-}
    if [ -n "$ping_url" ] && ! command -v curl >/dev/null; then die -2 "$url needs curl"; fi
    if [ -n "${BACKUP_METRICS_FILE:-}" ] && [ ! -w "$(dirname "$BACKUP_METRICS_FILE")" ]; then
        die -2 "BACKUP_METRICS_FILE: $(dirname "$BACKUP_METRICS_FILE") cannot be written to"
    fi
}

# tell_run SUCCESS FAILURE: how the run ended, to the two files of the state, ping
# and hook. $status is that of the run; it becomes 1 where a success cannot be
# recorded. Whoever is turned away by a lock has neither succeeded nor failed.
outcome=''
tell_run() {
    local event=success
    [ "$status" != 75 ] || return 0
    if [ "$status" = 0 ] && ! record_success "$@" "$outcome"; then status=1; fi
    if [ "$status" != 0 ]; then
        outcome=${last_error:-FAILED} event=failure
        [ "$status" -le 128 ] || outcome='FAILED: it was ended by a signal'
        record_failure "$2" "$outcome"
    fi
    if [ "$event" = success ]; then ping ''; else ping /fail; fi
    hook "$event" || warn "${teller}_HOOK failed at $event"
}

# ping [/start|/fail]: as healthchecks.io has it, the log's tail as the body.
# The URL is a secret of sorts, and goes to curl by its standard input; the body
# by a pipe, for the disk may be full.
ping() {
    local url said
    [ -n "${ping_url:-}" ] || return 0
    url=${ping_url//\\/\\\\}
    said=$(printf 'url = "%s%s"\n' "${url//\"/\\\"}" "${1:-}" |
        curl -K - -fsS -m 10 --retry 2 -o /dev/null --data-binary @<(ping_body) 2>&1) ||
        warn "the ping${1:+ of ${1#/}} failed: $said"
}
# What came to an end is in it even where the log could not be written.
ping_body() {
    local body='' end=${outcome:-$last_error}
    [ -z "$work" ] || body=$(tail -c 10000 "$work/log" 2>/dev/null | tr -d '\0') || true
    [ -z "$body" ] || printf '%s\n' "$body"
    [[ $body == *"$end"* ]] || printf '%s\n' "$end"
}

# hook start|success|failure: runs the hook with that word as its argument; the
# rest is in its environment, and the log on its standard input.
hook() {
    local log=/dev/null
    [ -n "${hook_command:-}" ] || return 0
    [ -z "$work" ] || log=$work/log
    # What a hook prints is of no use to whoever reads our stdout.
    S3PIPE_EVENT=$1 S3PIPE_MESSAGE=${outcome:-} S3PIPE_KEYS=${keys_done:-} S3PIPE_BYTES=${bytes_done:-0} \
        S3PIPE_SECONDS=$SECONDS await run_user_command "$hook_command" "$1" <"$log" >/dev/null
}

# ---- metrics, for node_exporter's textfile collector

# set_label NAME VALUE: sets label to {NAME="VALUE"}.
set_label() {
    label=${2//\\/\\\\}
    label=${label//\"/\\\"}
    label="{$1=\"${label//$'\n'/\\n}\"}"
}
# metrics DATABASE BYTES SECONDS SHRANK, or metrics DATABASE for a failure.
metrics() {
    local label now
    [ -n "${BACKUP_METRICS_FILE:-}" ] || return 0
    printf -v now '%(%s)T' -1
    set_label database "$1"
    if [ $# = 1 ]; then
        note_metrics "s3pipe_backup_failures_total$label" +1
    else
        note_metrics "s3pipe_backup_failures_total$label" +0 \
            "s3pipe_backup_last_success_timestamp_seconds$label" "$now" \
            "s3pipe_backup_bytes$label" "$2" "s3pipe_backup_duration_seconds$label" "$3" \
            "s3pipe_backup_shrank$label" "$4"
    fi
}

# write_metrics [NAME VALUE]...: brings BACKUP_METRICS_FILE up to date; +N adds to
# what was there. What it says of others stays.
write_metrics() { merge_metrics < <(printf '%s %s\n' "$@"); }
merge_metrics() { # the same, of lines on stdin
    local fd said
    [ -n "${BACKUP_METRICS_FILE:-}" ] || return 0
    state_directory
    { exec {fd}>"$S3PIPE_STATE_DIR/locks/metrics"; } 2>/dev/null && flock "$fd" || true
    said=$(perl "$here/lib/metrics.pl" "$BACKUP_METRICS_FILE" 2>&1) ||
        warn "BACKUP_METRICS_FILE: $BACKUP_METRICS_FILE cannot be written: ${said##*: }"
    [ -z "${fd:-}" ] || exec {fd}>&-
}
# note_metrics [NAME VALUE]...: the same, a little later: the file of a thousand
# databases is not written a thousand times. flush_metrics goes at the end. Each
# worker has a file of its own, which outlives it.
metrics_at=0 run=''
note_metrics() {
    [ -n "${BACKUP_METRICS_FILE:-}" ] || return 0
    if [ -z "$work" ] || ! { printf '%s %s\n' "$@" >>"${run:-$work}/metrics.$BASHPID"; } 2>/dev/null; then
        write_metrics "$@"
        return
    fi
    [ $((SECONDS - metrics_at)) -lt 10 ] || merge_file "${run:-$work}/metrics.$BASHPID"
}
merge_file() { # FILE
    metrics_at=$SECONDS
    merge_metrics <"$1"
    rm -f "$1"
}
flush_metrics() {
    local file
    [ -n "$work" ] || return 0
    for file in "$work"/metrics.*; do
        [ ! -e "$file" ] || merge_file "$file"
    done
}
