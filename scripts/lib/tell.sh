# Telling others how backups went: a ping, a hook, metrics.
# shellcheck shell=bash

tell_settings() {
    setting BACKUP_PING_URL
    export -n BACKUP_PING_URL
    if [ -n "$BACKUP_PING_URL" ] && ! command -v curl >/dev/null; then die -2 'BACKUP_PING_URL needs curl'; fi
    if [ -n "${BACKUP_METRICS_FILE:-}" ] && [ ! -w "$(dirname "$BACKUP_METRICS_FILE")" ]; then
        die -2 "BACKUP_METRICS_FILE: $(dirname "$BACKUP_METRICS_FILE") cannot be written to"
    fi
}

# ping [/start|/fail]: as healthchecks.io has it, the log's tail as the body.
# The URL is a secret of sorts, and goes to curl by its standard input.
ping() {
    [ -n "${BACKUP_PING_URL:-}" ] || return 0
    tail -c 10000 "$work/log" >"$work/ping" 2>/dev/null || true
    (
        url=${BACKUP_PING_URL//\\/\\\\}
        printf 'url = "%s%s"\n' "${url//\"/\\\"}" "${1:-}" |
            curl -K - -fsS -m 10 --retry 2 -o /dev/null --data-binary "@$work/ping" 2>"$work/ping.error"
    ) || warn "the ping${1:+ of ${1#/}} failed: $(cat "$work/ping.error")"
}

# hook start|success|failure: runs BACKUP_HOOK with that word as its argument;
# the rest is in its environment, and the log on its standard input.
hook() {
    [ -n "${BACKUP_HOOK:-}" ] || return 0
    # What a hook prints is of no use to whoever reads our stdout.
    S3PIPE_EVENT=$1 S3PIPE_MESSAGE=${outcome:-} S3PIPE_KEYS=${keys_done:-} S3PIPE_BYTES=${bytes_done:-0} \
        S3PIPE_SECONDS=$SECONDS await users "$BACKUP_HOOK" "$1" <"$work/log" >/dev/null
}

# metrics DATABASE BYTES SECONDS, or metrics DATABASE for a failure.
metrics() {
    local label=${1//\\/\\\\}
    label=${label//\"/\\\"}
    label="{database=\"${label//$'\n'/\\n}\"}"
    if [ $# = 1 ]; then
        write_metrics "s3pipe_backup_failures_total$label" +1
    else
        write_metrics "s3pipe_backup_failures_total$label" +0 \
            "s3pipe_backup_last_success_timestamp_seconds$label" "$(date +%s)" \
            "s3pipe_backup_bytes$label" "$2" "s3pipe_backup_duration_seconds$label" "$3"
    fi
}

# write_metrics [NAME VALUE]...: brings BACKUP_METRICS_FILE up to date, for
# node_exporter's textfile collector; +N adds to what was there. What it says of
# others stays.
write_metrics() {
    [ -n "${BACKUP_METRICS_FILE:-}" ] || return 0
    local file=$BACKUP_METRICS_FILE line fd name type help
    local -A value=()
    exec {fd}>"$S3PIPE_STATE_DIR/locks/metrics"
    flock "$fd"
    while IFS= read -r line; do
        case $line in s3pipe_*) value[${line% *}]=${line##* } ;; esac
    done < <(cat "$file" 2>/dev/null)
    while [ $# -gt 0 ]; do
        case $2 in
        +*) value[$1]=$((${value[$1]:-0} + ${2#+})) ;;
        *) value[$1]=$2 ;;
        esac
        shift 2
    done
    while IFS='|' read -r name type help; do
        line=$(for line in "${!value[@]}"; do
            [ "${line%%\{*}" != "$name" ] || printf '%s %s\n' "$line" "${value[$line]}"
        done | sort)
        [ -z "$line" ] || printf '# HELP %s %s\n# TYPE %s %s\n%s\n' "$name" "$help" "$name" "$type" "$line"
    done >"$file.new" <<'END'
s3pipe_backup_last_success_timestamp_seconds|gauge|When the last good backup of the database ended.
s3pipe_backup_duration_seconds|gauge|How long it took.
s3pipe_backup_bytes|gauge|How large it is in the store.
s3pipe_backup_failures_total|counter|Backups of the database that failed.
s3pipe_basebackup_last_success_timestamp_seconds|gauge|When the last good base backup of the cluster ended.
s3pipe_basebackup_duration_seconds|gauge|How long it took.
s3pipe_basebackup_bytes|gauge|How large it is in the store.
s3pipe_basebackup_failures_total|counter|Base backups that failed.
s3pipe_wal_last_upload_timestamp_seconds|gauge|When WAL of the cluster was stored last.
s3pipe_wal_received_timestamp_seconds|gauge|When all WAL that was received was last seen to be stored.
s3pipe_wal_failures_total|counter|WAL files whose upload failed, and was tried again.
s3pipe_wal_spool_bytes|gauge|WAL that was received and is not stored yet.
s3pipe_wal_slot_lag_bytes|gauge|WAL that the server keeps for the slot.
s3pipe_wal_slot_lost|gauge|Whether WAL is missing, so that a new base backup is needed.
END
    chmod 644 "$file.new" && mv "$file.new" "$file" || warn "BACKUP_METRICS_FILE: $file cannot be written"
    exec {fd}>&-
}
