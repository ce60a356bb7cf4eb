#!/usr/bin/env bash
# Lists the backups below S3_PREFIX, newest last:
# list-backups.sh [--json | --calendar] [database]
#
# Columns: time (UTC, from the key), age, database, size, key. --json: an object
# a line. --calendar: a grid for each month, how many backups each day holds,
# marked * where the policy (RETENTION_*, as for cleanup.sh) would delete some.
#
# Environment: S3_* (s3pipe(7)), S3_PREFIX, BACKUP_FILTER_SUFFIX.
# Exit status: 0 listed; 1 the listing failed; 2 wrong settings.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"

# 59s, 59m, 47h, then days.
age() { # SECONDS
    if [ "$1" -lt 60 ]; then
        echo "${1}s"
    elif [ "$1" -lt 3600 ]; then
        echo "$(($1 / 60))m"
    elif [ "$1" -lt 172800 ]; then
        echo "$(($1 / 3600))h"
    else
        echo "$(($1 / 86400))d"
    fi
}

# each FUNCTION: for every backup, oldest first, with $time, $seconds (since
# 1970), $size, $key and $database set.
each() {
    local seconds time size key database
    # date(1) turns all times into seconds in one go.
    while IFS=$'\t' read -r -d '' size _ key; do
        parse_key "$key"
        [ -z "$only" ] || [ "$key_name" = "$only" ] || continue
        printf '%s\t%s\t%s\0' "$key_time" "$size" "$key"
    done <"$work/listed" | sort -z -t $'\t' -k 1,1 -k 3 >"$work/sorted"
    cut -z -f 1 "$work/sorted" | tr '\0' '\n' >"$work/times"
    date -u -f "$work/times" +%s >"$work/seconds"
    while IFS=$'\t' read -r -d '' time size key; do
        read -r seconds <&3
        parse_key "$key"
        decode_name "$key_name"
        database=$decoded
        "$1"
    done <"$work/sorted" 3<"$work/seconds"
}

row() {
    local name shown=$key
    harmless "$database" '?' && name=$harmless
    if [ -t 1 ]; then harmless "$key" '?' && shown=$harmless; fi
    printf '%s  %5s  %-16s %9s  %s\n' "${time:0:10} ${time:11:8}" "$(age $((now - seconds)))" \
        "$name" "$(human "$size")" "$shown"
}
object() {
    printf '{"time": "%s", "age": %d, "database": %s, "size": %s, "key": %s}\n' \
        "$time" $((now - seconds)) "$(json_string "$database")" "$size" "$(json_string "$key")"
}

declare -A held_by=() doomed_on=() doomed_keys=()
tally() {
    local day=${time:0:10}
    held_by[$day]=$((${held_by[$day]:-0} + 1))
    [ -z "${doomed_keys[$key]:-}" ] || doomed_on[$day]=1
}
calendar() {
    local month
    sed -z 's/^[^\t]*\t[^\t]*\t//' "$work/listed" | retain -0 "${policy[@]}" >"$work/doomed" ||
        die 'the policy cannot be applied'
    while IFS= read -r -d '' key; do doomed_keys[$key]=1; done <"$work/doomed"
    each tally
    printf '%s\n' "${!held_by[@]}" | cut -c 1-7 | sort -u | while read -r month; do
        [ -z "$month" ] || show_month "$month"
    done
    echo 'How many backups each day holds; * where cleanup.sh would delete some.'
}
show_month() { # YYYY-MM
    local day date mark last column
    column=$(date -u -d "$1-01" +%u)
    last=$(date -u -d "$1-01 +1 month -1 day" +%d)
    printf '%s\n    Mo    Tu    We    Th    Fr    Sa    Su\n' "$(date -u -d "$1-01" '+%B %Y')"
    printf '%*s' $(((column - 1) * 6)) ''
    for ((day = 1; day <= 10#$last; day++)); do
        date=$1-$(printf '%02d' "$day")
        mark=' '
        [ -z "${doomed_on[$date]:-}" ] || mark='*'
        printf '%5s%s' "${held_by[$date]:-.}" "$mark"
        if [ $(((column + day - 1) % 7)) = 0 ]; then echo; fi
    done
    printf '\n\n'
}

leave_root "$@"
form=table only=''
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) usage && exit 0 ;;
    --json) form=json ;;
    --calendar) form=calendar ;;
    -?*) die -2 "no such option: $1" ;;
    *)
        [ -z "$only" ] || die -2 "too many operands: $1"
        only=$(encode_name "$1")
        ;;
    esac
    shift
done
begin
log_settings
key_settings
retention_policy
list_sizes || die 'the listing failed'
now=$(date +%s)
case $form in
table)
    printf '%-19s  %5s  %-16s %9s  %s\n' 'TIME (UTC)' AGE DATABASE SIZE KEY
    each row
    ;;
json) each object ;;
calendar) calendar ;;
esac
