# A stream on its way to the store: packed, published only if it is whole, and
# looked for afterwards.
# shellcheck shell=bash

# The options of both scripts that take backups.
option() {
    case $1 in
    --wait) option_wait "$2" ;;
    *) option_check "$1" ;;
    esac
}

publish_settings() {
    filter_settings
    read -ra s3put_options <<<"${S3PUT_OPTIONS:-}"
    read -ra gzstream_options <<<"${GZSTREAM_OPTIONS:-}"
}

# The end of what goes in stays in $work/tail.
pack() {
    local -x GZSTREAM_TAIL=$work/tail
    if [ -n "${BACKUP_FILTER:-}" ]; then
        gzstream "${gzstream_options[@]}" | run_user_command "$BACKUP_FILTER"
    else
        gzstream "${gzstream_options[@]}"
    fi
}

# stream KEY WHAT COMMAND...: what the command writes, to the object. s3put
# publishes it only if $work/ok is there when its input ends: if all before it
# exited with 0 and its end went by, which the script's `ended WHAT` knows.
stream() {
    local key=$1 what=$2
    shift 2
    rm -f "$work/ok" "$work/tail" "$work/put" "$work/killed"
    {
        if "$@" | pack; then ended "$what" && : >"$work/ok"; else note_killed $?; fi
    } | s3put -v -c "$work/ok" "${s3put_options[@]}" "$key" 2>"$work/put"
}

note_killed() { # STATUS
    [ "$1" != 137 ] || : >"$work/killed"
    return "$1"
}
# log_put STATUS: what s3put said, but for what it stored, which confirm reads.
log_put() {
    grep -v '^s3put: put .* bytes in ' "$work/put" >"$work/said" || true
    log_stderr "$1"
}
# why_nothing STATUS: sets reason to why the stream was not published.
why_nothing() {
    reason='nothing was published'
    if [ -e "$work/late" ]; then
        reason="no end after $BACKUP_TIMEOUT s, nothing was published"
    elif [ "$1" = 137 ] || [ -e "$work/killed" ]; then
        reason='a process was killed, as the system does for want of memory: see BACKUP_MEMORY; nothing was published'
    fi
}

# confirm KEY: whether the store has it, as large as s3put sent it. Sets bytes.
confirm() {
    local size time key
    bytes=$(sed -n 's/^s3put: put .*: \([0-9]*\) bytes in .*/\1/p' "$work/put" | tail -n 1)
    await s3ls -0 -l "$1" >"$work/found" || return 1
    while IFS=$'\t' read -r -d '' size time key; do
        if [ "$key" = "$1" ] && [ "$size" = "$bytes" ]; then return; fi
    done <"$work/found"
    return 1
}
