#!/usr/bin/env bash
# scripts/lib/schedule.sh: what is refused, and how long one waits for the next run.
. "$(dirname "$0")/../lib/tap.sh"
. "$ROOT/scripts/lib/schedule.sh"

hour=3600 day=86400
while IFS='|' read -r schedule interval; do
    is "'$schedule' is right" "$(schedule_problem "$schedule")" ''
    is "'$schedule' comes every $interval" "$(schedule_interval "$schedule")" "$((interval))"
done <<'END'
@hourly|hour
@daily|day
@midnight|day
@weekly|7*day
@monthly|31*day
@yearly|366*day
@every 90m|5400
@every 1h30m|5400
@every 5s|5
0 0 1 * * *|day
0 0 * * * *|hour
*/5 * * * * *|60
0 */15 * * * *|15*60
0 0 */6 * * *|6*hour
0 30 8-18/2 * * *|14*hour
0 30 8-18/2 * * mon-fri|3*day
0 0 2 * * 0|7*day
0 0 2 * * SUN,wed|4*day
0 0 0 1 * *|31*day
0 0 0 1 jan *|366*day
END
while IFS='|' read -r schedule wants; do
    matches "'$schedule' is refused" "$(schedule_problem "$schedule")" "$wants"
done <<'END'
0 * * * *|five fields, .* write '0 0 \* \* \* \*'
*/5 * * * *|five fields
0 0 2 * * 7|7 is no weekday
0 60 * * * *|60 is no minute
0 0 24 * * *|24 is no hour
0 0 0 0 * *|0 is no day
0 0 0 32 * *|32 is no day
0 0 0 * 13 *|13 is no month
0 0 0 * foo *|foo is no month
0 0 5-3 * * *|5-3 is no hour
0 0 */0 * * *|\*/0 is no hour
0 0 1, * * x|x is no weekday
* * *|3 fields
|0 fields
@hourl|no such word
@every|no such word
@every soon|wants a duration
END
while IFS= read -r schedule; do
    is "docs/stack.md: $schedule" "$(schedule_problem "$schedule")" ''
done < <(sed -n 's/^    BACKUP_SCHEDULE=//p' "$ROOT/docs/stack.md" | sed 's/ *#.*//')
is 'a star names no file' "$(cd / && schedule_problem '0 0 1 * * *')" ''

is 'age: hours' "$(age_seconds 26h)" 93600
is 'age: bare seconds' "$(age_seconds 090)" 90
ok 'age: a word is none' not age_seconds soon
ok 'age: nor is a negative one' not age_seconds -1h
max() { env BACKUP_MAX_AGE="$1" BACKUP_SCHEDULE="$2" bash -c ". $ROOT/scripts/lib/schedule.sh && backup_max_age"; }
is 'hourly backups may be 26 hours old' "$(max '' @hourly)" 93600
is 'daily ones 48' "$(max '' '0 0 1 * * *')" $((2 * day))
is 'weekly ones a fortnight' "$(max '' @weekly)" $((14 * day))
is 'or what one says' "$(max 90m @weekly)" 5400
done_testing
