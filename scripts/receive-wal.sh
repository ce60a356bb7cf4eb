#!/usr/bin/env bash
# Receives WAL from a server and stores it in S3, for as long as it runs:
# receive-wal.sh [--check]
#
# pg_receivewal writes WAL into a spool as the server writes it, by a replication
# slot that is made if it is missing. Each segment that is full goes to S3_PREFIX +
# SYSTEM/wal/NAME.gz, and leaves the spool; the one being written goes there every
# WAL_PARTIAL_SECONDS, as NAME.partial.gz. Where the server or the store goes away
# both are tried again, for ever. TERM stores what there is, and ends it.
#
#   --check         look whether all is ready, and tell what would be done
#   --check-settings   only see whether the settings are right; nobody is asked
#   --config FILE   read settings from it, not from /etc/s3pipe/env
#
# Environment: s3pipe-receive-wal(1).
# Exit status: 0 it was told to end, and all that was received is stored; 1 it was
# not all stored; 2 wrong settings; 75 another one runs.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"
. "$here/lib/wal.sh"
. "$here/lib/wal_get.sh"
. "$here/lib/wal_put.sh"
. "$here/lib/cluster.sh"
. "$here/lib/receive.sh"
. "$here/lib/check.sh"

settings() {
    state_settings
    log_settings
    postgres_settings
    key_settings
    wal_settings
    filter_settings
    setting WAL_SLOT s3pipe
    [[ $WAL_SLOT =~ ^[a-z0-9_]{1,63}$ ]] || die -2 "WAL_SLOT holds lower case letters, digits and underscores, not $WAL_SLOT"
    duration WAL_PARTIAL_SECONDS 10
    [ "$WAL_PARTIAL_SECONDS" -gt 0 ] || die -2 'WAL_PARTIAL_SECONDS is at least 1'
    setting WAL_SPOOL_MAX 1G
    spool_max=$(numfmt --from=iec "$WAL_SPOOL_MAX" 2>/dev/null) || spool_max=0
    [ "$spool_max" -ge 67108864 ] || die -2 "WAL_SPOOL_MAX is a size of 64M or more, not $WAL_SPOOL_MAX"
}

check_receiver() {
    local system position
    await note_system || die 'the server takes no connection for replication: the role needs REPLICATION, and pg_hba.conf a line for the database replication'
    IFS=' ' read -r system position <"$work/system"
    log "WAL of $system would be received from $position on by the slot $WAL_SLOT, and stored below $S3_PREFIX$system/wal/"
}
note_system() {
    identify && printf '%s %s\n' "$system" "$position" >"$work/system"
}

leave_root "$@"
check=''
option() { option_check "$1"; }
read_options "$@"
take_operands 0
tell_settings BACKUP
begin
settings
settings_checked
if [ "$check" = all ]; then
    check_each receiver store room
    exit 0
fi
spool=$S3PIPE_STATE_DIR/wal/$(encode_name "$WAL_SLOT")
mkdir -p "$spool" || die "$spool cannot be made"
server_lock "receive-wal.$WAL_SLOT"
lock "$lock_file" || die -75 "$holder has the lock"
trap 'ending=1' TERM INT HUP
at_exit end_receiver
left=0
receive
[ "$left" = 0 ] || die "ended, with $left files that are not stored yet: they are in $spool"
log 'ended: all that was received is stored'
