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

# In a shell of its own: the end of what goes in stays in $work/tail.
pack() {
    local -x GZSTREAM_TAIL=$work/tail
    [ -n "${BACKUP_FILTER:-}" ] || exec gzstream "${gzstream_options[@]}"
    gzstream "${gzstream_options[@]}" | run_user_command "$BACKUP_FILTER"
}

# stream KEY WHAT COMMAND...: what the command writes, to the object. s3put
# publishes it only if $work/ok is there when its input ends: if all before it
# exited with 0 and its end went by, which the script's `ended WHAT` knows. Then
# s3put looks for it in the store.
stream() {
    local key=$1 what=$2
    shift 2
    : >"$work/tail"
    : >"$work/killed"
    [ ! -e "$work/ok" ] || rm -f "$work/ok"
    {
        if "$@" | pack; then ended "$what" && : >"$work/ok"; else note_killed $?; fi
    } | with_store exec s3put -l -v -c "$work/ok" "${s3put_options[@]}" "$key" 2>"$work/put"
}

note_killed() { # STATUS
    [ "$1" != 137 ] || echo "$1" >"$work/killed"
    return "$1"
}
# log_put STATUS: logs what s3put said, but for what it stored: that sets bytes.
log_put() {
    local line
    bytes=''
    while IFS= read -r line || [ -n "$line" ]; do
        if [[ $line =~ ^s3put:\ put\ .*:\ ([0-9]+)\ bytes\ in\  ]]; then
            bytes=${BASH_REMATCH[1]}
        else
            printf '%s\n' "$line" >>"$work/said"
        fi
    done <"$work/put"
    log_stderr "$1"
}
# why_failed STATUS KEY: sets reason to why the stream was not published, or not
# confirmed.
why_failed() {
    reason='nothing was published'
    if [ "$1" = 5 ]; then
        reason="$2 was written, but the store does not list it with its ${bytes:-?} bytes"
    elif [ -e "$work/late" ]; then
        reason="no end after $BACKUP_TIMEOUT s, nothing was published"
    elif [ "$1" = 137 ] || [ -s "$work/killed" ]; then
        reason='a process was killed, as the system does for want of memory: see BACKUP_MEMORY; nothing was published'
    fi
}
