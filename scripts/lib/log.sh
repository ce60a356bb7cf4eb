# Log lines: plain or JSON (LOG_FORMAT), on stderr, to the container's FIFO
# (S3PIPE_LOG_FIFO), and in $work/log for those who want its tail.
# shellcheck shell=bash

work=''
last_error=''

log() { log_line info "$*"; }
warn() { log_line warning "$*"; }
error() {
    last_error=$*
    log_line error "$*"
}
die() { # [-STATUS] TEXT
    local status=1
    case $1 in -[0-9]*) status=${1#-} && shift ;; esac
    error "$*"
    exit "$status"
}

# printable TEXT MARK: sets $printable to the text with a mark for each control
# character, of ASCII and those of UTF-8 (U+0080 to U+009F): a name must not
# steer a terminal.
printable() {
    printable=${1//[[:cntrl:]]/$2}
    printable=${printable//$'\xc2'[$'\x80'-$'\x9f']/$2}
}

log_line() { # LEVEL TEXT
    local time line
    TZ=UTC0 printf -v time '%(%Y-%m-%dT%H:%M:%SZ)T' -1
    printable "$2" ' '
    line="$time $script: $printable"
    [ -z "$work" ] || printf '%s\n' "$line" 2>/dev/null >>"$work/log" || true
    if [ "${LOG_FORMAT:-text}" = json ]; then
        line="{\"time\": \"$time\", \"level\": \"$1\", \"script\": \"$script\", \"message\": $(json_string "$2")}"
    fi
    printf '%s\n' "$line" >&2 || true # whoever read it may have gone
    log_to_fifo "$line"
}

# log_each FORMAT: a line for each text on stdin, which end with a NUL, in place of
# the format's %s; one command for all of them.
log_each() {
    LOG_FORMAT=${LOG_FORMAT:-text} S3PIPE_LOG_FIFO=${S3PIPE_LOG_FIFO:-} \
        perl "$here/lib/log.pl" "$script" "$work/log" "$1"
}

# dd gives up at once where nobody reads the FIFO, or its reader stands still:
# a backup must not wait for a log.
log_to_fifo() { # LINE
    [ -n "${S3PIPE_LOG_FIFO:-}" ] && [ -p "$S3PIPE_LOG_FIFO" ] || return 0
    printf '%s\n' "$1" |
        dd of="$S3PIPE_LOG_FIFO" oflag=nonblock conv=nocreat,notrunc bs=4096 status=none 2>/dev/null || true
}

# json_string TEXT: as JSON, in quotes; what is not UTF-8 is left out.
json_string() {
    local text=${1//\\/\\\\}
    text=${text//\"/\\\"}
    text=${text//$'\n'/\\n}
    text=${text//$'\t'/\\t}
    text=${text//[[:cntrl:]]/ }
    case $text in
    *[!\ -~]*) text=$(printf '%s' "$text" | iconv -c -f UTF-8 -t UTF-8) || true ;;
    esac
    printf '"%s"\n' "$text"
}
