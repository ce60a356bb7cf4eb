#!/usr/bin/env bash
# Stores a WAL file in S3, for PostgreSQL's archive_command:
# archive-wal.sh [--settings FILE] %p
#
#     archive_command = '/usr/local/bin/s3pipe-archive-wal --settings /etc/s3pipe/wal.env %p'
#
# The segment and the next ones that are ready (WAL_JOBS at once) go to S3_PREFIX +
# SYSTEM/wal/NAME.gz, with BACKUP_FILTER_SUFFIX behind it. The same content
# again is success; other content is a failure, and what is stored is unchanged.
#
#   --config FILE     read settings from it, not from /etc/s3pipe/env
#   --settings FILE   the same
#
# Environment: s3pipe-archive-wal(1).
# Exit status: 0 it is in the store; 1 it is not; 2 wrong settings.

here=$(readlink -f "${BASH_SOURCE[0]}") && here=${here%/*}
. "$here/lib/wal.sh"
. "$here/lib/wal_put.sh"
. "$here/lib/wal_get.sh"
held=() # for run_user_command

# What is ready after NAME, WAL_JOBS - 1 of them; sets others.
others_ready() {
    local file name
    others=()
    for file in pg_wal/archive_status/*.ready; do
        name=${file##*/} name=${name%.ready}
        [ ${#others[@]} -lt $((wal_jobs - 1)) ] || break
        if is_segment "$name" && [[ $name > $1 ]] && ! is_sent "$name"; then others+=("$name"); fi
    done
}

# A segment that went ahead of its turn leaves a note of where it went to, which
# its turn takes. The note counts only if the segment was not written to since.
is_sent() { # NAME
    local note=$private/$1.sent where
    [ -e "$note" ] && [ "$note" -nt "pg_wal/$1" ] && IFS= read -r where <"$note" || return 1
    wal_key "$1"
    [ "$where" = "${S3_ENDPOINT:-} ${S3_BUCKET:-} $key" ]
}
note_sent() { # NAME
    wal_key "$1"
    printf '%s\n' "${S3_ENDPOINT:-} ${S3_BUCKET:-} $key" >"$private/$1.sent"
}

# archive FILE NAME: checked, and stored.
archive() {
    local reason='' status=0
    if is_segment "$2" && ! check_segment "$1" "$2" "$system"; then
        error "$reason: it is not archived"
        return 1
    fi
    put_wal "$1" "$2" "$private" || status=$?
    # The end of a timeline that was left: receive-wal.sh may have stored it too,
    # from another reading. No recovery asks for both, and the archiver must not
    # stand still for it.
    case $status:$2 in
    4:*.partial) warn "$2 was stored before, and stays as it was" && status=0 ;;
    esac
    [ "$status" = 0 ] || error "$2 is not archived"
    return "$status"
}
ahead() { # NAME
    archive "pg_wal/$1" "$1" 2>/dev/null && note_sent "$1"
}

# What is kept here goes once the server has noted that the segment is done.
sweep() {
    local file name
    for file in "$private"/*; do
        name=${file##*/} name=${name%%.*}
        [ "$name" = "${1%%.*}" ] || [ -e "pg_wal/archive_status/$name.ready" ] || [ ! -f "$file" ] || case $file in
        *.made | *.made.new | *.said | *.stored | *.sent) rm -f "$file" ;;
        esac
    done
}

# The server takes a status above 125 as a reason to end its archiver.
finish() {
    local status=$?
    trap - EXIT
    [ -z "$(jobs -p)" ] || wait
    [ "$status" -le 2 ] || status=1
    exit "$status"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM QUIT

option() {
    [ "$1" = --settings ] && option_config "$2"
}
read_options "$@"
[ ${#operands[@]} = 1 ] || die -2 'which WAL file? archive_command gives it as %p'
file=${operands[0]} name=${operands[0]##*/}
is_wal_name "$name" || die -2 "$name is not the name of a WAL file"
[ -r "$file" ] || die "$file cannot be read"
wal_settings
filter_settings
control_system
private=$wal_private
private_directory "$private"
if is_sent "$name"; then
    rm -f "$private/$name.sent"
    exit 0
fi
hide_secrets
sweep "$name"
others_ready "$name"
started=()
for other in "${others[@]}"; do
    ahead "$other" &
    started+=("$!")
done
archive "$file" "$name" &
status=0
wait "$!" || status=1
# One that failed is told of when its turn comes.
for pid in "${started[@]}"; do wait "$pid" || true; done
[ "$status" = 0 ]
