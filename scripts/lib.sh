# What the scripts have in common: settings, words, names. Read by `.`, not run.
# shellcheck shell=bash

set -euo pipefail
export LC_ALL=C # names and keys are bytes
umask 077

script=$(basename "$0")
here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
# From the source tree the programs are those built there.
[ ! -x "$here/../build/s3put" ] || PATH=$here/../build:$PATH

log() { printf '%s %s: %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$script" "$*" >&2; }
die() { # [-STATUS] TEXT
    local status=1
    case $1 in -[0-9]*) status=${1#-} && shift ;; esac
    log "$*"
    exit "$status"
}
usage() { # prints the comment at the head of the script
    sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
}

# setting NAME [DEFAULT]: sets NAME from the environment or from the file that
# NAME_FILE names, else to the default. Both at once are a mistake.
setting() {
    local name=$1 file=$1_FILE
    if [ -n "${!name:-}" ] && [ -n "${!file:-}" ]; then
        die -2 "both $name and $file are set"
    fi
    if [ -n "${!file:-}" ]; then
        printf -v "$name" '%s' "$(cat -- "${!file}")" || die -2 "$file: cannot be read"
    else
        printf -v "$name" '%s' "${!name:-${2:-}}"
    fi
}

# The settings of PostgreSQL as libpq takes them; its own variables hold where
# ours are not set. The names of databases go by PGDATABASE, never as operands:
# "a=b" and "postgresql://x" are legal names.
postgres_settings() {
    setting POSTGRES_PASSWORD
    setting POSTGRES_DB "${PGDATABASE:-}"
    [ -z "${POSTGRES_HOST:-}" ] || export PGHOST=$POSTGRES_HOST
    [ -z "${POSTGRES_PORT:-}" ] || export PGPORT=$POSTGRES_PORT
    [ -z "${POSTGRES_USER:-}" ] || export PGUSER=$POSTGRES_USER
    [ -z "$POSTGRES_PASSWORD" ] || export PGPASSWORD=$POSTGRES_PASSWORD
    unset POSTGRES_PASSWORD
    export PGAPPNAME=s3pipe PGCONNECT_TIMEOUT=${PGCONNECT_TIMEOUT:-10}
}

# Sets S3_PREFIX so that it is empty or ends in one slash, and SUFFIX, what
# our keys end in.
key_settings() {
    S3_PREFIX=${S3_PREFIX:-}
    while [ "${S3_PREFIX%/}" != "$S3_PREFIX" ]; do S3_PREFIX=${S3_PREFIX%/}; done
    [ -z "$S3_PREFIX" ] || S3_PREFIX=$S3_PREFIX/
    SUFFIX=.sql.gz
}

# Whether a key is one that backup.sh writes below S3_PREFIX.
is_backup_key() {
    local rest=${1#"$S3_PREFIX"}
    [ "$S3_PREFIX$rest" = "$1" ] || return 1
    [[ $rest =~ ^[0-9]{4}/[0-9]{2}/[0-9]{2}/[^/]+_[0-9]{6}"$SUFFIX"$ ]]
}

# encode_name NAME: as it stands in keys, with /, % and control bytes as %XX.
encode_name() {
    local name=$1 out='' c i
    for ((i = 0; i < ${#name}; i++)); do
        c=${name:i:1}
        case $c in
        / | % | [[:cntrl:]]) printf -v c '%%%02X' "'$c" ;;
        esac
        out+=$c
    done
    printf '%s\n' "$out"
}

# sql DATABASE [-v NAME=VALUE]... reads SQL from stdin, gives bare rows.
sql() {
    local database=$1
    shift
    PGDATABASE=$database psql -X -A -t -q -v ON_ERROR_STOP=1 "$@"
}

# A temporary directory in $work that goes when the script ends, whatever ends
# it; what else is to be undone is added to undo, run last first.
undo=()
finish() {
    local status=$? command
    trap - EXIT
    for command in "${undo[@]}"; do eval "$command" || true; done
    exit "$status"
}
at_exit() { undo=("$1" "${undo[@]}"); }
begin() {
    trap finish EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    work=$(mktemp -d "${TMPDIR:-/tmp}/s3pipe.XXXXXX")
    at_exit "rm -rf $(printf %q "$work")"
}

# await COMMAND...: runs it in the background, in a process group of its own,
# and waits, so that a trap acts at once; on the way out all of it is ended.
await() {
    local pid status
    set -m
    "$@" &
    set +m
    pid=$!
    at_exit "end_group $pid"
    wait "$pid" && status=0 || status=$?
    return "$status"
}
end_group() {
    kill -- "-$1" 2>/dev/null || return 0
    wait "$1" 2>/dev/null || true
}
