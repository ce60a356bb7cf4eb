# BACKUP_SHRINK_ALARM: a backup that is much smaller than the one before it may be
# that of a server that lost its data, or of another one in its place.
# shellcheck shell=bash

shrink_settings() {
    setting BACKUP_SHRINK_ALARM 10
    [[ $BACKUP_SHRINK_ALARM =~ ^[0-9]{1,2}$ ]] ||
        die -2 "BACKUP_SHRINK_ALARM is a percentage from 1 to 99, or 0 for never, not $BACKUP_SHRINK_ALARM"
    BACKUP_SHRINK_ALARM=$((10#$BACKUP_SHRINK_ALARM))
}

# find_before: how large the newest backups of the last eight days are, or of the
# age that a backup may have, if that is longer: to list all of a bucket would take
# longer than many a backup. Sets before_of[NAME].
declare -A before_of=()
find_before() {
    local span name size
    [ "$BACKUP_SHRINK_ALARM" != 0 ] || return 0
    span=$(backup_max_age 2>/dev/null) || span=0
    list_since $(($(date +%s) - (span > 691200 ? span : 691200))) || return 1
    await ours "$run/recent" "$run/others" >"$run/recent.ours" && await keys_pl sizes <"$run/recent.ours" >"$run/before" || return 1
    while IFS=$'\t' read -r -d '' name size; do before_of[$name]=$size; done <"$run/before"
}
# By months, for what has no date may follow in the bucket, such as all WAL.
list_since() { # SECONDS since 1970
    local from to year month of_month
    from=$(date -u -d "@$1" +%Y/%m/%d)
    to=$(date -u +%Y%m)
    year=${from:0:4} month=$((10#${from:5:2}))
    : >"$run/recent"
    while [ $((year * 100 + month)) -le "$to" ]; do
        printf -v of_month '%s/%02d/' "$year" "$month"
        await s3ls -0 -l -a "$S3_PREFIX$from" "$S3_PREFIX$of_month" >"$run/month" || return 1
        cat "$run/month" >>"$run/recent"
        month=$((month % 12 + 1))
        [ "$month" -gt 1 ] || year=$((year + 1))
    done
}

# is_small SIZE BEFORE
is_small() { [ $(($1 * 100)) -lt $(($2 * BACKUP_SHRINK_ALARM)) ]; }

# check_size NAME LABEL: of $key, which has $bytes; its status is 68 where it is an
# alarm.
check_size() {
    local before=${before_of[$1]:-0}
    is_small "$bytes" "$before" || return 0
    error "ALARM $2: $key is kept, but has only $bytes bytes; the backup before it has $before"
    return 68
}

# tell_small NAME: says so where $key, its newest, is much smaller than the one
# before it, or one of the week before.
tell_small() {
    local size before larger
    IFS=$'\t' read -r -d '' size before larger < <(keys_pl larger "$(encode_name "$1")" "$key" <"$work/ours") || return 0
    ! is_small "$size" "$before" ||
        warn "$key has only $size bytes, but $larger before it has $before: was data lost? That one can be restored by its key"
}
