#!/usr/bin/env bash
# Pins backups, so that no cleanup deletes them whatever the policy says:
# pin.sh [--config FILE] KEY... | --remove KEY... | --list
#
# A pin is a small object beside the backup, KEY.pin: the listing by which cleanup.sh
# judges holds it too, so that there is no other request that could fail. While it is
# put no cleanup of this machine runs; afterwards the store is asked for both.
#
#   --remove        unpin these
#   --list          write the keys that are pinned, one a line
#   --config FILE   read settings from it, not from /etc/s3pipe/env
#
# Environment: S3_* (s3pipe(7)), S3_PREFIX, BACKUP_FILTER_SUFFIX, S3PIPE_STATE_DIR.
# Exit status: 0 done; 1 something failed, the others are done; 2 wrong settings.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"
. "$here/lib/check.sh"

# is_backup KEY: by its key; tells why not. No other key is touched here.
is_backup() {
    printf '0\t-\t%s\0' "$1" >"$work/one"
    await ours "$work/one" "$work/others" >"$work/ours" || return 1
    [ ! -s "$work/ours" ] || return 0
    if [[ ${1#"$S3_PREFIX"} =~ ^[0-9]{10,20}/(base|wal)/ ]]; then
        error "$1 is of a base backup or WAL, which cannot be pinned: RECOVERY_WINDOW and the policy keep these"
    else
        error "$1 is not a backup by its key, which is ${S3_PREFIX}YYYY/MM/DD/NAME_HHMMSS$SUFFIX: see S3_PREFIX and BACKUP_FILTER_SUFFIX"
    fi
    return 1
}
# look KEY: sets there and pinned to whether the store lists it, and its pin.
look() {
    local key
    there='' pinned=''
    await s3ls -0 -- "$1" >"$work/found" || return 1
    while IFS= read -r -d '' key; do
        [ "$key" != "$1" ] || there=1
        [ "$key" != "$1.pin" ] || pinned=1
    done <"$work/found"
}
put_pin() { # KEY
    local status=0
    printf 'pinned at %s on %s; s3pipe-pin --remove unpins it\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$(uname -n)" >"$work/pin"
    await s3put -q -n "$1.pin" <"$work/pin" || status=$?
    [ "$status" = 0 ] || [ "$status" = 4 ] # another has put it meanwhile
}

pin() { # KEY
    is_backup "$1" && look "$1" || return 1
    if [ -z "$there" ]; then
        error "there is no $1"
        return 1
    elif [ -n "$pinned" ]; then
        log "pinned already: $1"
        return
    fi
    put_pin "$1" && look "$1" || return 1
    if [ -z "$there" ]; then
        await s3rm -q -- "$1.pin" || true
        error "$1 was deleted while it was pinned"
        return 1
    elif [ -z "$pinned" ]; then
        error "$1.pin was written, but the store does not list it: the backup is not pinned"
        return 1
    fi
    log "pinned $1"
}
unpin() { # KEY
    is_backup "$1" && look "$1" || return 1
    if [ -z "$pinned" ]; then
        log "not pinned: $1"
        return
    fi
    await s3rm -q -- "$1.pin" || return 1
    log "unpinned $1"
}
list() {
    local mark=''
    [ ! -t 1 ] || mark=1
    list_backups || die 'the listing failed'
    tell_others
    keys_pl pinned "$work/others.pins" "$mark" <"$work/ours"
}

leave_root "$@"
mode=pin
option() {
    case $1 in
    --remove | --list)
        [ "$mode" = pin ] || die -2 '--remove and --list are given once, and not together'
        mode=${1#--}
        ;;
    *) return 1 ;;
    esac
}
read_options "$@"
[ "$mode" != list ] || take_operands 0
[ "$mode" = list ] || [ ${#operands[@]} -gt 0 ] || die -2 'which backup? pin.sh KEY...'
begin
log_settings
key_settings
need_store
if [ "$mode" = list ]; then
    list
    exit 0
fi
state_settings
lock "$(cleanup_lock)" wait
failed=0
for key in "${operands[@]}"; do
    if [ "$mode" = pin ]; then pin "$key"; else unpin "$key"; fi || failed=$((failed + 1))
done
[ "$failed" = 0 ] || die "FAILED: $failed of ${#operands[@]} keys"
