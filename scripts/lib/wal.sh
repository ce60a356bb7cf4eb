# WAL files: their names, what they hold, and where the store keeps them. For
# archive-wal.sh and fetch-wal.sh, which the server starts once a segment, this
# is read without lib.sh: nothing here starts a process before it is needed.
# shellcheck shell=bash

set -euo pipefail
export LC_ALL=C # names and keys are bytes
umask 077

script=${0##*/}
# As lib.sh has it.
if [ -e "$here/../Makefile" ]; then
    build=${BUILD:-$here/../build}
    [ ! -x "$build/s3put" ] || PATH=$build:$PATH
else
    PATH=$PATH:$here/../../bin
fi
. "$here/lib/log.sh"
. "$here/lib/settings.sh"
. "$here/lib/options.sh"

# Beside pg_wal and the rest. Base backups leave out what begins with pgsql_tmp.
wal_private=pgsql_tmp.s3pipe

# Sets wal_jobs, S3_PREFIX, wal_suffix.
wal_settings() {
    log_settings
    S3_PREFIX=${S3_PREFIX:-}
    while [ "${S3_PREFIX%/}" != "$S3_PREFIX" ]; do S3_PREFIX=${S3_PREFIX%/}; done
    [ -z "$S3_PREFIX" ] || S3_PREFIX=$S3_PREFIX/
    wal_suffix=.gz${BACKUP_FILTER_SUFFIX:-}
    wal_jobs=${WAL_JOBS:-4}
    [[ $wal_jobs =~ ^[1-9][0-9]?$ ]] || die -2 "WAL_JOBS is a number from 1 to 99, not $wal_jobs"
    # WAL compresses well at the lowest level, and there is much of it.
    read -ra wal_gzstream <<<"${GZSTREAM_OPTIONS:--1}"
}

# The control file of the data directory that the server runs its commands in;
# sets system to the identifier of the cluster.
control_system() {
    local words
    words=$(od -An -t u8 -N 8 global/pg_control 2>/dev/null) && [[ $words =~ ([0-9]{10,20}) ]] ||
        die 'there is no global/pg_control here: this is run in the data directory of a cluster, as the server does it'
    system=${BASH_REMATCH[1]}
}

is_segment() { [[ $1 =~ ^[0-9A-F]{24}$ ]]; }
is_history() { [[ $1 =~ ^[0-9A-F]{8}\.history$ ]]; }
is_wal_name() {
    [[ $1 =~ ^[0-9A-F]{24}(\.partial|\.[0-9A-F]{8}\.backup)?$ ]] || is_history "$1"
}

# segment_header FILE: sets header_system, header_size (of a segment, in
# bytes), header_start (its first byte's place in the WAL); fails where the file
# does not begin as a segment does.
segment_header() {
    local words
    words=$(od -An -v -t u4 -N 40 "$1" 2>/dev/null) || return 1
    read -ra words <<<"${words//$'\n'/ }"
    # The magic number is not 0, and the long header's flag is set.
    [ ${#words[@]} = 10 ] && ((words[0] & 0xffff)) && ((words[0] >> 16 & 2)) || return 1
    printf -v header_system '%u' $((words[7] << 32 | words[6]))
    header_start=$((words[3] << 32 | words[2]))
    header_size=${words[8]}
    ((header_size >= 1048576 && (header_size & (header_size - 1)) == 0))
}
# check_segment FILE NAME SYSTEM: fails, and sets reason, unless the file is
# whole and is that segment of that cluster.
check_segment() {
    local size
    segment_header "$1" || {
        reason="$2 does not begin as a WAL segment does"
        return 1
    }
    size=$(stat -L -c %s "$1") || return 1
    if [ "$size" != "$header_size" ]; then
        reason="$2 has $size bytes in place of $header_size"
    elif [ "$header_system" != "$3" ]; then
        reason="$2 is of the cluster $header_system, not of $3"
    elif [ "$header_start" != "$(segment_start "$2" "$header_size")" ]; then
        reason="$2 holds another segment's WAL"
    else
        return 0
    fi
    return 1
}
segment_start() { # NAME SIZE
    echo $((16#${1:8:8} * 0x100000000 + 16#${1:16:8} * $2))
}
# next_segment NAME SIZE: sets next to the name of the one after it.
next_segment() {
    local number=$((16#${1:8:8} * (0x100000000 / $2) + 16#${1:16:8} + 1))
    printf -v next '%s%08X%08X' "${1:0:8}" $((number / (0x100000000 / $2))) $((number % (0x100000000 / $2)))
}

private_directory() { # DIRECTORY
    { [ -d "$1" ] || mkdir -p "$1"; } && [ -w "$1" ] || die "$PWD/$1 cannot be written to by $(id -un)"
}

wal_key() { # NAME: sets key
    key=$S3_PREFIX$system/wal/$1$wal_suffix
}
