#!/usr/bin/env bash
# Lists the backups below S3_PREFIX, newest last:
# list-backups.sh [--config FILE] [--recovery] [--json | --calendar] [database]
#
# Columns: time (UTC, from the key), age, database, size, key, and "pinned" where it is
# (pin.sh). --json: an object a line. --calendar: a grid for each month, how many backups each day holds,
# marked * where the policy (RETENTION_*, as for cleanup.sh) would delete some.
# --recovery: instead, of each cluster that has base backups and WAL here, to
# which times it can be recovered, and which WAL is missing.
# --config: read settings from FILE, not from /etc/s3pipe/env.
#
# Environment: S3_* (s3pipe(7)), S3_PREFIX, BACKUP_FILTER_SUFFIX.
# Exit status: 0 listed; 1 the listing failed; 2 wrong settings.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"
. "$here/lib/wal_get.sh"
. "$here/lib/cluster.sh"
. "$here/lib/check.sh"

# The backups asked for, oldest first.
sorted() {
    sort -z -S 64M -t $'\t' -k 1,1 -k 5 "$work/ours"
}
of_one() { # NAME
    NAME=$1 perl -0 -ne 'print if (split /\t/)[1] eq $ENV{NAME}' <"$work/ours" >"$work/one"
    mv "$work/one" "$work/ours"
}
table() {
    local mark=''
    [ ! -t 1 ] || mark=1
    sorted >"$work/sorted"
    cut -z -f 3 "$work/sorted" | tr '\0' '\n' | numfmt --to=iec-i --suffix=B >"$work/sizes"
    keys_pl table "$work/others.pins" "$now" "$work/sizes" "$mark" <"$work/sorted"
}
json() {
    sorted | keys_pl json "$work/others.pins" "$now"
}
calendar() {
    judged "$work/ours" | keys_pl calendar "$work/ours" "$work/others.pins" >"$work/calendar" || die 'the policy cannot be applied'
    cat "$work/calendar"
    echo 'How many backups each day holds; * where cleanup.sh would delete some.'
}

recovery() {
    list_archive '' || die 'the listing failed'
    cluster_pl "$form" "$work/archive" "$(date +%s)"
}

leave_root "$@"
form=table only='' recovery=''
option() {
    case $1 in
    --recovery) recovery=1 ;;
    --json) form=json ;;
    --calendar) form=calendar ;;
    *) return 1 ;;
    esac
}
read_options "$@"
take_operands 1
[ -z "${operands[0]:-}" ] || only=$(encode_name "${operands[0]}")
begin
log_settings
key_settings
if [ -n "$recovery" ]; then
    [ -z "$only" ] || die -2 '--recovery is of whole clusters, not of a database'
    need_store
    recovery
    exit 0
fi
retention_policy
need_store
list_backups || die 'the listing failed'
tell_others
expect_backups
[ -z "$only" ] || of_one "$only"
now=$(date +%s)
"$form"
