#!/usr/bin/env bash
# Deletes the backups that no retention policy keeps: cleanup.sh
#
# Three steps by files, for a filter in a pipe cannot see that the listing
# before it failed: list; decide (retain(1)); delete. Only keys that backup.sh
# writes are judged, exactly S3_PREFIX + YYYY/MM/DD/NAME_HHMMSS.sql.gz.
#
# Environment: S3_* (s3pipe(7)), S3_PREFIX, RETENTION_KEEP_LAST (3), _HOURLY
# (24), _DAILY (7), _WEEKLY (4), _MONTHLY (6), _YEARLY (2),
# RETENTION_MIN_BACKUPS (1), RETENTION_DRY_RUN (false: true only tells).
# Exit status: 0 done; 1 something failed, what is not named is not deleted;
# 2 wrong settings.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"

# Reads NUL-terminated keys, gives those that are ours; the others are counted.
ours() {
    local key others=0
    while IFS= read -r -d '' key; do
        if is_backup_key "$key"; then
            printf '%s\0' "$key"
        else
            others=$((others + 1))
        fi
    done
    [ "$others" = 0 ] || log "$others other keys are left alone"
}
count() { tr -dc '\0' <"$1" | wc -c; }

case ${1:-} in
-h | --help) usage && exit 0 ;;
?*) die -2 "no operand is taken: $1" ;;
esac
key_settings
case ${RETENTION_DRY_RUN:-false} in
true) dry_run=1 ;;
false) dry_run='' ;;
*) die -2 "RETENTION_DRY_RUN is true or false, not $RETENTION_DRY_RUN" ;;
esac
minimum=${RETENTION_MIN_BACKUPS:-1}
[[ $minimum =~ ^[1-9][0-9]{0,5}$ ]] || die -2 "RETENTION_MIN_BACKUPS is at least 1, not $minimum"
policy=(-l "${RETENTION_KEEP_LAST:-3}" -H "${RETENTION_KEEP_HOURLY:-24}"
    -d "${RETENTION_KEEP_DAILY:-7}" -w "${RETENTION_KEEP_WEEKLY:-4}"
    -m "${RETENTION_KEEP_MONTHLY:-6}" -y "${RETENTION_KEEP_YEARLY:-2}" -M "$minimum")
begin

await s3ls -0 "$S3_PREFIX" >"$work/all" || die 'the listing failed: nothing is deleted'
ours <"$work/all" >"$work/ours"
await retain -0 "${policy[@]}" <"$work/ours" >"$work/doomed" || die 'the policy cannot be applied: nothing is deleted'
total=$(count "$work/ours") doomed=$(count "$work/doomed")
if [ -n "$dry_run" ]; then
    retain -0 -v "${policy[@]}" <"$work/ours" >/dev/null
    log "dry run: $((total - doomed)) kept, $doomed would be deleted"
    exit 0
fi
if [ "$doomed" -gt 0 ]; then
    await s3rm -0 <"$work/doomed" >"$work/gone" || die 'not all could be deleted'
    while IFS= read -r -d '' key; do log "deleted $key"; done <"$work/gone"
fi
log "ok: $((total - doomed)) kept, $doomed deleted"
