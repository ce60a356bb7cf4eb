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

# metrics DATABASE BYTES SECONDS, or metrics DATABASE for a failure: brings
# BACKUP_METRICS_FILE up to date, for node_exporter's textfile collector. What
# it says of other databases stays.
metrics() {
    [ -n "${BACKUP_METRICS_FILE:-}" ] || return 0
    local file=$BACKUP_METRICS_FILE label line fd name type help
    local -A value=()
    exec {fd}>"$S3PIPE_STATE_DIR/locks/metrics"
    flock "$fd"
    while IFS= read -r line; do
        case $line in s3pipe_backup_*) value[${line% *}]=${line##* } ;; esac
    done < <(cat "$file" 2>/dev/null)
    label=${1//\\/\\\\}
    label=${label//\"/\\\"}
    label="{database=\"${label//$'\n'/\\n}\"}"
    line="s3pipe_backup_failures_total$label"
    : "${value[$line]:=0}"
    if [ $# = 1 ]; then
        value[$line]=$((value[$line] + 1))
    else
        value[s3pipe_backup_last_success_timestamp_seconds$label]=$(date +%s)
        value[s3pipe_backup_bytes$label]=$2
        value[s3pipe_backup_duration_seconds$label]=$3
    fi
    while IFS='|' read -r name type help; do
        printf '# HELP %s %s\n# TYPE %s %s\n' "$name" "$help" "$name" "$type"
        for line in "${!value[@]}"; do
            [ "${line%%\{*}" != "$name" ] || printf '%s %s\n' "$line" "${value[$line]}"
        done | sort
    done >"$file.new" <<'END'
s3pipe_backup_last_success_timestamp_seconds|gauge|When the last good backup of the database ended.
s3pipe_backup_duration_seconds|gauge|How long it took.
s3pipe_backup_bytes|gauge|How large it is in the store.
s3pipe_backup_failures_total|counter|Backups of the database that failed.
END
    chmod 644 "$file.new" && mv "$file.new" "$file" || warn "BACKUP_METRICS_FILE: $file cannot be written"
    exec {fd}>&-
}
