# S3PIPE_STATE_DIR: locks, and how the last runs ended.
# shellcheck shell=bash

host=''

# Sets S3PIPE_STATE_DIR, which need not be there.
state_directory() {
    local default=${XDG_STATE_HOME:-${HOME:-/nonexistent}/.local/state}/s3pipe
    [ "$(id -u)" != 0 ] || default=/var/lib/s3pipe
    : "${S3PIPE_STATE_DIR:=$default}"
}
# Sets state_id, too: whoever has the same shares these locks.
state_settings() {
    local id said
    state_directory
    mkdir -p "$S3PIPE_STATE_DIR/locks" 2>/dev/null && [ -w "$S3PIPE_STATE_DIR/locks" ] ||
        die "S3PIPE_STATE_DIR: $S3PIPE_STATE_DIR cannot be written to"
    if [ ! -s "$S3PIPE_STATE_DIR/id" ]; then
        id=$(od -An -N8 -tx1 /dev/urandom | tr -d ' ')
        said=$({ printf '%s\n' "$id" >"$S3PIPE_STATE_DIR/id.$id" &&
            mv -n "$S3PIPE_STATE_DIR/id.$id" "$S3PIPE_STATE_DIR/id"; } 2>&1) || true
        rm -f "$S3PIPE_STATE_DIR/id.$id"
    fi
    # What root leaves here by hand must not stop the services, whose user owns it.
    [ "$(id -u)" != 0 ] || [ -O "$S3PIPE_STATE_DIR/." ] ||
        at_exit "chown -R --reference=${S3PIPE_STATE_DIR@Q}/. ${S3PIPE_STATE_DIR@Q}/."
    state_id=$(cat "$S3PIPE_STATE_DIR/id" 2>/dev/null) && [ -n "$state_id" ] ||
        die "S3PIPE_STATE_DIR: $S3PIPE_STATE_DIR/id cannot be made: ${said##*: }"
}

# database_lock DATABASE: sets lock_file to the lock of a database of this server, for
# backup.sh and restore.sh.
database_lock() {
    local encoded
    encode "$1"
    server_lock "db.$encoded"
}
server_lock() { # WORD: sets lock_file
    local server=${PGHOST:-local}:${PGPORT:-5432} encoded
    [ -z "${PGSERVICE:-}" ] || server=service:$PGSERVICE
    encode "$server"
    # shellcheck disable=SC2034 # for the scripts
    lock_file=$S3PIPE_STATE_DIR/locks/$encoded/$1
}
# That of what cleanup.sh judges, for pin.sh too.
cleanup_lock() {
    printf '%s\n' "$S3PIPE_STATE_DIR/locks/$(encode_name "${S3_ENDPOINT:-s3}/${S3_BUCKET:-}")/cleanup.$(encode_name "$S3_PREFIX")"
}

# lock FILE [wait|SECONDS]: takes the lock, or says in $holder who has it and
# returns 75, at once or after so long. The file goes with the lock; so whoever
# waited looks whether it is there still. The lock is held by what this script
# starts, too: a pipe that outlives its shell keeps it.
lock() {
    local fd limit=${2:-0} end
    [ "$limit" = wait ] || end=$((SECONDS + limit))
    : "${host:=$(uname -n)}"
    [ -d "${1%/*}" ] || mkdir -p "${1%/*}" || die "the lock cannot be made: ${1%/*}"
    while :; do
        hold_signals
        exec {fd}>>"$1" || die "the lock cannot be made: $1"
        if ! try_lock "$fd"; then
            end_on_signals
            holder=$(cat "$1" 2>/dev/null) || true
            if [ "$limit" != wait ] && [ "$SECONDS" -ge "$end" ]; then
                exec {fd}>&-
                return 75
            fi
            log "waiting for ${holder:-another run}"
            if [ "$limit" = wait ]; then
                await flock "$fd"
            else
                await flock -w $((end - SECONDS)) "$fd" || {
                    exec {fd}>&-
                    return 75
                }
            fi
            hold_signals
        fi
        if [ "$1" -ef "/proc/$BASHPID/fd/$fd" ]; then break; fi
        exec {fd}>&-
    done
    # On a full disk it holds all the same, and does not say whose it is.
    TZ=UTC0 printf '%s, process %d on %s, since %(%Y-%m-%dT%H:%M:%SZ)T\n' "$script" $$ "$host" -1 >"$1" 2>/dev/null || true
    held+=("$fd")
    at_exit "rm -f ${1@Q}"
    end_on_signals
}
# A signal that goes to all ends flock too: then it does not say who has it.
try_lock() { # DESCRIPTOR
    local status _
    for _ in 1 2 3; do
        status=0
        flock -n "$1" || status=$?
        [ "$status" -gt 1 ] || break
    done
    return "$status"
}
# unlock FILE [OTHER...]: gives the lock back that was taken last; other files go by
# the same rm.
unlock() {
    local fd=${held[-1]}
    hold_signals
    rm -f "$@"
    unset 'held[-1]' 'undo[0]'
    undo=("${undo[@]}")
    exec {fd}>&-
    end_on_signals
}

# Each file holds one line, time and text; the time of the file counts.
record_success() { # SUCCESS FAILURE TEXT, the first two are files; '' is none
    { [ -z "$1" ] || record "$1" "$3"; } && record "$2" '' && return 0
    tell_unwritten
    return 1
}
record_failure() { # FILE TEXT
    state_directory
    mkdir -p "$S3PIPE_STATE_DIR" 2>/dev/null || true
    # Where it cannot be written to, that is the failure.
    [[ ! -w $S3PIPE_STATE_DIR || $2 == S3PIPE_STATE_DIR:* ]] || record "$@" || tell_unwritten
}
tell_unwritten() {
    error "S3PIPE_STATE_DIR: $S3PIPE_STATE_DIR/$unwritten cannot be written: $cause"
}
# record FILE TEXT; an empty text takes the file away. Sets unwritten and cause where
# it fails. In a trap a bare return would give the status from before the trap.
record() {
    local file=$S3PIPE_STATE_DIR/$1 said
    if [ -z "$2" ]; then
        said=$(rm -f "$file" 2>&1) && return 0
    else
        said=$({ printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$2" >"$file.new" && mv "$file.new" "$file"; } 2>&1) && return 0
        rm -f "$file.new"
    fi
    unwritten=$1 cause=${said##*: }
    return 1
}
