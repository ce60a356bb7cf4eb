#!/usr/bin/env bash
# Lists the backups below S3_PREFIX, newest last: list-backups.sh
#
# Columns: time (UTC, from the key), size, key.
# Environment: S3_* (s3pipe(7)), S3_PREFIX.
# Exit status: 0 listed; 1 the listing failed; 2 wrong settings.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"

case ${1:-} in
-h | --help) usage && exit 0 ;;
?*) die -2 "no operand is taken: $1" ;;
esac
key_settings
begin
await s3ls -l -0 "$S3_PREFIX" >"$work/all" || die 'the listing failed'
while IFS= read -r -d '' line; do
    size=${line%%$'\t'*}
    key=${line#*$'\t'*$'\t'}
    is_backup_key "$key" || continue
    time=${key%"$SUFFIX"}
    time=${time##*_}
    day=${key#"$S3_PREFIX"}
    day=${day:0:10}
    printf '%s %s:%s:%s %9s  %s\n' "${day//\//-}" "${time:0:2}" "${time:2:2}" "${time:4:2}" \
        "$(numfmt --to=iec-i --suffix=B "$size")" "${key//[[:cntrl:]]/?}"
done <"$work/all" | sort | {
    printf '%-19s %9s  %s\n' 'TIME (UTC)' SIZE KEY
    cat
}
