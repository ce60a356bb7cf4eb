# The life of a script: a place for temporary files, what is to be undone, and
# commands that are waited for so that a signal acts at once.
# shellcheck shell=bash

undo=()
running=''
about='' # what those lines are about, where several are at it at once
held=() # descriptors of locks, and of the password

# begin: a temporary directory in $work, which goes when the script ends,
# whatever ends it. What else is to be undone is added by at_exit, run last
# first.
begin() {
    local base=${TMPDIR:-/tmp} fd name said status=0
    hide_secrets
    trap finish EXIT
    end_on_signals
    sweep "$base"
    # Not by mktemp, which may die of a signal between making and telling it.
    printf -v name '%06x' $(((RANDOM << 15 | RANDOM) & 0xffffff))
    hold_signals
    work=$base/s3pipe.$name
    mkdir -m 700 -- "$work" 2>/dev/null || status=$?
    [ "$status" != 1 ] || work='' # somebody else's, or none
    end_on_signals
    if [ "$status" != 0 ]; then
        said=$(mkdir -m 700 -- "$base/s3pipe.$name" 2>&1) || true # once more, to hear why
        die "a temporary directory cannot be made in $base: ${said##*: }"
    fi
    # What is wrong with a disk that is full is told here, once.
    said=$({ head -c 65536 /dev/zero >"$work/room"; } 2>&1) || die "TMPDIR: $base has no room for temporary files: ${said##*: }"
    rm -f "$work/room"
    # Held by this script and what it starts, so that sweep knows.
    exec {fd}>"$work/lock"
    flock "$fd"
    held+=("$fd")
    : >"$work/log"
}
# What is made and what will undo it belong together: a signal that comes between
# hold_signals and end_on_signals ends the script after that.
held_signal=''
hold_signals() {
    trap 'held_signal=129' HUP
    trap 'held_signal=130' INT
    trap 'held_signal=143' TERM
}
end_on_signals() {
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    [ -z "$held_signal" ] || exit "$held_signal"
}
at_exit() { undo=("$1" "${undo[@]}"); }
finish() {
    local status=$? command
    trap - EXIT
    trap : HUP INT TERM # what is undone is undone to its end
    [ -z "$running" ] || end_group "$running"
    [ -z "$work" ] || log_stderr "$status"
    for command in "${undo[@]}"; do eval "$command" || true; done
    trap '' HUP INT TERM # rm shall not die of one that goes to all
    [ -z "$work" ] || rm -rf "$work"
    exit "$status"
}
# What a script that was killed by -9 left: its directory, once nothing that it
# started holds the lock any more; and the empty file of hide_password.
sweep() { # DIRECTORY
    local directory
    while IFS= read -r -d '' directory; do
        [ ! -e "$directory/lock" ] || flock -n "$directory/lock" true || continue
        rm -rf "$directory"
    done < <(find "$1" -maxdepth 1 -type d -name 's3pipe.??????' -user "$(id -u)" -mmin +1 -print0 2>/dev/null)
    find /dev/shm "$1" -maxdepth 1 -type f -empty -name 's3pipe.??????' -user "$(id -u)" -mmin +1 -delete 2>/dev/null || true
}

# await COMMAND...: runs it in the background, in a process group of its own,
# and waits; bash holds a trap back while a command runs in the foreground.
# What it said on stderr is logged when it has ended; on a terminal it is seen
# at once.
await() { await_for 0 "$@"; }
# await_for SECONDS COMMAND...: the same, for that long at most; 0: no limit.
# Leaves $work/late behind if it was too long.
await_for() {
    local limit=$1 watch='' status=0
    shift
    [ ! -e "$work/late" ] || rm -f "$work/late"
    set -m
    if [ -t 2 ]; then
        "$@" &
    else
        "$@" 2>"$work/said" &
    fi
    running=$!
    if [ "$limit" -gt 0 ]; then
        { sleep "$limit" && touch "$work/late" && kill -- "-$running"; } 2>/dev/null &
        watch=$!
    fi
    set +m
    wait "$running" || status=$?
    [ -z "$watch" ] || end_group "$watch"
    [ "$status" = 0 ] || end_group "$running"
    running=''
    log_stderr "$status"
    return "$status"
}
# Ends what is left of a group.
end_group() { # PID
    kill -- "-$1" 2>/dev/null || true
    await_group "$1"
}
# Waits until all of a group has gone: s3put still has its upload to abort.
await_group() { # PID
    local _
    for _ in $(seq 450); do
        kill -0 -- "-$1" 2>/dev/null || break
        sleep 0.1
    done
    kill -KILL -- "-$1" 2>/dev/null || true
    await_end "$1"
}
# await_end PID: waits until a child has ended, whatever signal comes. Not by `wait`: when
# a signal has interrupted one, the next may miss the end of the child and never
# return (bash 5.2).
await_end() {
    while kill -0 "$1" 2>/dev/null; do sleep 0.1; done
}
log_stderr() { # STATUS [FILE]
    local line level=warning file=${2:-$work/said}
    [ -s "$file" ] || return 0
    [ "$1" = 0 ] || level=error
    while IFS= read -r line || [ -n "$line" ]; do log_line "$level" "${about:+$about: }$line"; done <"$file"
    rm -f "$file"
}

# workers N COMMAND...: runs it N times at once, each in a shell of its own that
# has $work to itself, undoes what is to be undone, and ends with this one; waits
# for all of them. What they log goes into this one's log.
worker_pids=()
workers() { # N COMMAND...
    local count=$1 i pid status=0
    shift
    at_exit end_workers
    for ((i = 1; i <= count; i++)); do
        hold_signals
        set -m
        (as_worker "$i" "$@") &
        worker_pids+=("$!")
        set +m
        end_on_signals
    done
    for pid in "${worker_pids[@]}"; do wait "$pid" || status=$?; done
    worker_pids=()
    return "$status"
}
as_worker() { # NUMBER COMMAND...
    undo=() running='' held_signal='' worker_pids=()
    trap finish EXIT
    end_on_signals
    mkdir -m 700 "$work/$1"
    work=$work/$1
    ln -s ../log "$work/log"
    shift
    "$@" || exit
    exit 0
}
end_workers() {
    local pid
    for pid in "${worker_pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${worker_pids[@]}"; do await_end "$pid"; done
}

# A job that is started as root in a container (docker exec, Ofelia) becomes
# the image's user, whom S3PIPE_USER names there.
leave_root() { # ARGUMENT...
    [ "$(id -u)" = 0 ] && [ -n "${S3PIPE_USER:-}" ] && [ "$S3PIPE_USER" != root ] || return 0
    local home
    home=$(getent passwd "$S3PIPE_USER" | cut -d: -f6) || die "S3PIPE_USER: there is no user $S3PIPE_USER"
    # Without capabilities root cannot become anybody else.
    setpriv --reuid "$S3PIPE_USER" --regid "$(id -g "$S3PIPE_USER")" --init-groups -- true 2>/dev/null ||
        die "started as root, which cannot become $S3PIPE_USER here: docker exec -u $S3PIPE_USER, or Ofelia's label ofelia.job-exec.JOB.user: $S3PIPE_USER"
    HOME=$home exec setpriv --reuid "$S3PIPE_USER" --regid "$(id -g "$S3PIPE_USER")" --init-groups -- \
        "$0" "$@"
}
