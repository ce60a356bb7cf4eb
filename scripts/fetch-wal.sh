#!/usr/bin/env bash
# Fetches a WAL file from S3, for PostgreSQL's restore_command:
# fetch-wal.sh [--settings FILE] [--system ID] [--waldump PROGRAM] %f %p, or
# fetch-wal.sh --end
#
#     restore_command = '/usr/local/bin/s3pipe-fetch-wal --settings /etc/s3pipe/wal.env %f %p'
#     recovery_end_command = '/usr/local/bin/s3pipe-fetch-wal --end'
#
# The server opens when it is told that a file is not there. So that is said only
# where the store has answered so, and has no later segment of that timeline
# either. The newest bytes of the archive may be in a segment that is not full
# yet (.partial): it is handed over where there is nothing after it. The next
# segments (WAL_JOBS) are fetched ahead.
#
#   --config FILE     read settings from it, not from /etc/s3pipe/env
#   --settings FILE   the same
#   --system ID       the cluster's identifier, where this is not run in its
#                     data directory
#   --waldump PROGRAM   pg_waldump: refuse WAL that makes a tablespace in a directory
#                     that is not empty, which the server would take into use
#   --end             remove what was fetched ahead
#
# Environment: s3pipe-fetch-wal(1).
# Exit status: 0 fetched; 1 there is no such file; 255 anything else: the server
# then stops, and does not open.

here=$(readlink -f "${BASH_SOURCE[0]}") && here=${here%/*}
. "$here/lib/wal.sh"
. "$here/lib/wal_get.sh"
held=() # for run_user_command

# 1 opens a server: it must be meant.
missing=''
finish() {
    local status=$?
    trap - EXIT
    [ -z "$made" ] || rm -f "$made"
    case $status:$missing in
    0:* | 1:1) exit "$status" ;;
    esac
    exit 255
}
made=''
trap finish EXIT
trap 'exit 255' HUP INT TERM QUIT

# get NAME FILE: the whole segment or other file, checked. 3: it is not there.
get() {
    local status=0 reason=''
    wal_key "$1"
    unpack_wal "$key" "$2" || status=$?
    [ "$status" != 0 ] || check "$2" "$1" || status=1
    return "$status"
}
check() { # FILE NAME
    if is_segment "$2"; then
        check_segment "$1" "$2" "$system" || {
            error "$key: $reason"
            return 1
        }
    fi
}

# ---- what the store has instead

# look NAME: sets found to the key of NAME in another form (stored before there
# was a filter, or not full yet), later to a segment after it. s3ls is stopped at
# the first of these: there may be many. Fails where the listing does.
look() {
    local line status=1 wal=$S3_PREFIX$system/wal/
    found='' later=''
    exec {listing}< <(s3ls -0 -a "$wal$1" "$wal${1:0:8}" && printf 'end\0' 2>/dev/null)
    while IFS= read -r -d '' -u "$listing" line; do
        case ${line#"$wal"} in
        end) status=0 && break ;;
        "$1".partial.gz*) [ -n "$found" ] || found=$line ;;
        "$1".gz | "$1$wal_suffix") found=$line ;;
        "$1".*) ;;
        *)
            name_of_key "$line"
            if is_segment "$of_key"; then
                later=$of_key status=0
                break
            fi
            ;;
        esac
    done
    exec {listing}<&-
    return "$status"
}
name_of_key() { # KEY: sets of_key to the name, of a segment that is not full, too
    of_key=${1##*/} of_key=${of_key%%.gz*} of_key=${of_key%.partial}
}

# The segment that was being written, when it was stored last, in its full size.
# What stands behind its end is not WAL of that place, which is where replay ends.
get_partial() { # KEY NAME FILE
    local status=0
    unpack_wal "$1" "$3" || status=$?
    [ "$status" = 0 ] || return "$status"
    segment_header "$3" || {
        error "$1 does not begin as a WAL segment does"
        return 1
    }
    truncate -s "$header_size" "$3" && check "$3" "$2"
}

# fetch NAME FILE: the file, in whatever form it is there.
fetch() {
    local status=0 _ found later
    for _ in 1 2 3; do
        status=0
        get "$1" "$2" || status=$?
        [ "$status" = 3 ] || return "$status"
        look "$1" || die "$1 is not there, but the listing failed, so that there may be later ones"
        case $found in
        "$key") continue ;; # it has come meanwhile
        *.partial.gz*)
            if [ -z "$later" ]; then
                status=0
                get_partial "$found" "$1" "$2" || status=$?
                [ "$status" != 3 ] || continue # it is full now
                [ "$status" != 0 ] || log "$1 is not full: what was stored of it last is the end of the archive"
                return "$status"
            fi
            ;;
        ?*)
            key=$found
            unpack_wal "$key" "$2" && check "$2" "$1"
            return
            ;;
        esac
        # No timeline but the first is without a history.
        [ -z "$later" ] || [ "$1" = 00000001.history ] ||
            die "$1 is not there, but $later is: the archive has a gap"
        return 3
    done
    die "$1 comes and goes"
}

# ---- ahead

# ahead NAME: into the spool, unless somebody is at it.
ahead() {
    local lock
    exec {lock}>"$spool/$1.lock"
    flock -n "$lock" || return 0
    [ ! -e "$spool/$1" ] || return 0
    if get "$1" "$spool/$1.new"; then mv "$spool/$1.new" "$spool/$1"; else rm -f "$spool/$1.new"; fi
}
fetch_ahead() { # NAME
    local i name
    # What recovery has passed is of no use any more.
    for name in "$spool"/*; do
        name=${name##*/}
        [[ ${name%.*} > $1 ]] || rm -f "$spool/$name"
    done
    next=$1
    for ((i = 1; i < wal_jobs; i++)); do
        next_segment "$next" "$header_size"
        [ -e "$spool/$next" ] || ahead "$next" &
    done
    wait
}

# take NAME: out of the spool, after whoever is at it has ended. On one file
# system this is a rename, and the server sees all of it or nothing.
take() {
    local lock
    [ -n "$spool" ] && [ -e "$spool/$1.lock" ] || return 1
    exec {lock}<"$spool/$1.lock" || return 1
    flock "$lock"
    exec {lock}<&-
    key=$1
    [ -e "$spool/$1" ] && check "$spool/$1" "$1" && mv "$spool/$1" "$target"
}

# ---- what it would touch

# The server replays CREATE TABLESPACE where it was run, and takes what is there for
# its own: on the host of the cluster that was backed up that is the live one's.
check_spaces() { # FILE NAME
    local oid location
    [ -x "$waldump" ] && [ -n "$spool" ] || return 0
    mkdir -p "$spool/waldump" && ln -sfT "$(readlink -f "$1")" "$spool/waldump/$2" || return 1
    # A segment may end within a record, which is an error to it.
    { "$waldump" -r Tablespace "$spool/waldump/$2" 2>/dev/null || true; } |
        sed -nE 's/.* desc: CREATE ([0-9]+) "(.*)"$/\1 \2/p' >"$spool/waldump/created"
    rm -f "$spool/waldump/$2"
    while IFS=' ' read -r oid location; do
        [ "$(readlink "pg_tblspc/$oid")" != "$location" ] || continue # it has been made
        [ ! -d "$location" ] || [ -z "$(find "$location" -mindepth 1 -maxdepth 1 -print -quit)" ] ||
            die "$2 makes a tablespace in $location, which is not empty: recovery would write over what is there; move it, or recover on another host"
    done <"$spool/waldump/created"
}

system='' spool='' waldump=''
option() {
    case $1 in
    --waldump) waldump=$2 took=2 ;;
    --settings) option_config "$2" ;;
    --system)
        [[ $2 =~ ^[0-9]{10,20}$ ]] || die "--system wants the identifier of a cluster, not ${2:-nothing}"
        system=$2 took=2
        ;;
    --end)
        rm -rf "$wal_private/ahead"
        exit 0
        ;;
    *) return 1 ;;
    esac
}
read_options "$@"
[ ${#operands[@]} = 2 ] || die 'which WAL file, and where to? restore_command gives them as %f %p'
name=${operands[0]} target=${operands[1]}
is_wal_name "$name" || die "$name is not the name of a WAL file"
wal_settings
hide_secrets
if [ -z "$system" ]; then
    control_system
    spool=$wal_private/ahead
    private_directory "$spool"
fi
made=${spool:+$spool/$name.got}
: "${made:=$target.got}"
if ! take "$name"; then
    status=0
    fetch "$name" "$made" || status=$?
    if [ "$status" = 3 ]; then
        missing=1
        exit 1
    fi
    [ "$status" = 0 ] || exit 255
    mv "$made" "$target"
fi
if is_segment "$name"; then check_spaces "$target" "$name"; fi
if is_segment "$name" && [ -n "$spool" ] && [ "$wal_jobs" -gt 1 ] && segment_header "$target"; then
    # In the process group of whoever recovers, and ended with it.
    fetch_ahead "$name" </dev/null >/dev/null 2>&1 &
fi
