#!/usr/bin/env bash
# cleanup.sh deletes what the policy names and nothing else; list-backups.sh
# shows what is there.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/store.sh"
. "$TESTS/lib/s3server.sh"
store_start
S=$ROOT/scripts
export S3PIPE_STATE_DIR=$T/state TMPDIR=$T/tmp
mkdir "$TMPDIR"
last() { tail -n 1 "$T/err"; }

for day in $(seq 0 40); do
    printf '%s\0' "$(date -u -d "2026-11-20 -$day days" +%Y/%m/%d)/shop_030000.sql.gz" \
        "p/$(date -u -d "2026-11-20 -$day days" +%Y/%m/%d)/shop_030000.sql.gz"
done | "$TESTS/lib/make_objects.py"
foreign=(uploads/2026/11/22/photo_120000.jpg 2026/11/20/shop_030000.sql.gz.bak x 2026/02/30/shop_030000.sql.gz
    p2/2026/01/01/shop_030000.sql.gz 2026/11/20/shop_250000.sql.gz y/2026/01/02/shop_030000.sql.gz)
printf '%s\0' "${foreign[@]}" 2026/01/01/only_000000.sql.gz 2026/11/19/globals_030000.sql.gz |
    "$TESTS/lib/make_objects.py"
head -c 5000 /dev/zero | s3put -q 2026/11/01/shop_030000.sql.gz
s3ls >"$T/all"

# ---- list-backups.sh
run "$S/list-backups.sh"
is 'list-backups.sh: status' "$status" 0
is 'all backups and nothing else, newest last' "$(sed 1d "$T/out" | awk '{ print $NF }')" \
    "$(grep -E '^20.*(shop|only|globals)_[0-9]{6}\.sql\.gz$' "$T/all" | grep -vE '/02/30|_25' | LC_ALL=C sort)"
matches 'a line' "$(last; tail -n 1 "$T/out")" $'2026-11-20 03:00:00 +-?[0-9]+[smhd] +shop +[0-9.]+K?i?B  2026/11/20/shop_030000.sql.gz$'
run "$S/list-backups.sh" only
is 'of one database' "$(sed 1d "$T/out" | wc -l)" 1
run "$S/list-backups.sh" --json
is '--json' "$(jq -r '.time + " " + .database + " " + .key' "$T/out" | tail -1)" '2026-11-20T03:00:00Z shop 2026/11/20/shop_030000.sql.gz'
RETENTION_KEEP_DAILY=3 RETENTION_KEEP_HOURLY=0 RETENTION_KEEP_WEEKLY=0 run "$S/list-backups.sh" --calendar
is '--calendar' "$(grep -A 6 November "$T/out")" 'November 2026
    Mo    Tu    We    Th    Fr    Sa    Su
                                        1*
    1*    1*    1*    1*    1*    1*    1*
    1*    1*    1*    1*    1*    1*    1*
    1*    1*    1     2     1     .     . 
    .     .     .     .     .     .     . '
run "$S/list-backups.sh" --xml
exits 'an unknown option' 2 'no such option: --xml'
S3_PREFIX=nothing run "$S/list-backups.sh"
is 'nothing there: status' "$status" 0
mkdir "$T/before" && echo '2026-11-20T03:00:04Z ok: 2 backups' >"$T/before/last-success"
for script in list-backups cleanup; do
    S3_PREFIX=nothing S3PIPE_STATE_DIR=$T/before run "$S/$script.sh"
    matches "$script.sh: nothing there, where backup.sh has made some" "$status $(cat "$T/err")" \
        '^1 .*nothing below nothing/, but .* other keys in the bucket, .*there is no backup, and there was one at 2026-11-20T03:00:04Z'
    S3PIPE_STATE_DIR=$T/before RETENTION_DRY_RUN=true run "$S/$script.sh"
    is "$script.sh: where there are some all is well" "$status" 0
done

# ---- cleanup.sh
RETENTION_DRY_RUN=true run "$S/cleanup.sh"
is 'a dry run: status' "$status" 0
matches 'says what would go and why' "$(cat "$T/err")" 'delete 2026/.*shop'
is 'in a line for each' "$(grep -cE 'cleanup.sh: (keep|delete) ' "$T/err")" \
    "$(last | sed -E 's/.*dry run: ([0-9]+) kept, ([0-9]+) .*/\1 + \2/' | xargs expr)"
matches 'counts' "$(last)" 'dry run: [0-9]+ kept, [0-9]+ would be deleted, [0-9.]+[KM]?i?B freed'
is 'a dry run deletes nothing' "$(s3ls | cmp - "$T/all" && echo same)" same
export RETENTION_KEEP_LAST=2 RETENTION_KEEP_HOURLY=0 RETENTION_KEEP_DAILY=5 RETENTION_KEEP_WEEKLY=0 \
    RETENTION_KEEP_MONTHLY=0 RETENTION_KEEP_YEARLY=0
run "$S/cleanup.sh"
is 'cleanup.sh: status' "$status" 0
matches 'cleanup.sh sums up' "$(last)" "cleanup.sh: ok: 7 kept, 36 deleted, 4.9KiB freed"
matches 'counts what is no backup of ours' "$(cat "$T/err")" '48 other keys are left alone'
is 'the newest five stay, and what is no backup of ours' "$(s3ls | grep -v ^p/ | LC_ALL=C sort | xargs)" \
    "$(printf '%s\n' "${foreign[@]}" 2026/01/01/only_000000.sql.gz 2026/11/{16,17,18,19,20}/shop_030000.sql.gz 2026/11/19/globals_030000.sql.gz | LC_ALL=C sort | xargs)"
is 'nothing of another prefix' "$(s3ls p/ | wc -l)" 41
S3_PREFIX=p/ run "$S/cleanup.sh"
is 'a prefix that another begins with' "$(s3ls p/ | wc -l) $(s3ls p2/ | wc -l)" '5 1'

# ---- with a suffix
printf '%s\0' e/2026/11/{01,02,03,04,05,06,07,08}/db_000000.sql.gz e/2026/11/{09,10}/db_000000.sql.gz.age | "$TESTS/lib/make_objects.py"
S3_PREFIX=e BACKUP_FILTER_SUFFIX=.age run "$S/cleanup.sh"
is 'backups with the suffix and from before it are of one row' "$(s3ls e/ | sed 's|.*/11/||' | xargs)" \
    '06/db_000000.sql.gz 07/db_000000.sql.gz 08/db_000000.sql.gz 09/db_000000.sql.gz.age 10/db_000000.sql.gz.age'

# ---- what is refused
S3_SECRET_KEY=wrong run "$S/cleanup.sh"
is 'a listing that fails: status' "$status" 1
matches 'deletes nothing' "$(last)" 'the store cannot be used: nothing is done'
RETENTION_MIN_BACKUPS=0 run "$S/cleanup.sh"
exits 'the last backup is never at stake' 2 'at least 1'
RETENTION_KEEP_DAILY=x run "$S/cleanup.sh"
exits 'a policy that is none' 2 'RETENTION_KEEP_DAILY is a number'
RETENTION_DRY_RUN=yes run "$S/cleanup.sh"
exits 'a dry run that is neither' 2 'RETENTION_DRY_RUN is true or false'
BACKUP_FILTER_SUFFIX=age run "$S/cleanup.sh"
exits 'a suffix without its dot' 2 'BACKUP_FILTER_SUFFIX begins with a dot'

# A retain gone mad, that names everything.
mkdir "$T/mad"
printf '#!/bin/sh\n"%s" "$@" | sed -z s/^keep/delete/\n' "$BUILD/retain" >"$T/mad/retain" && chmod +x "$T/mad/retain"
for program in s3ls s3rm; do ln -s "$BUILD/$program" "$T/mad/$program"; done
printf '#!/bin/sh\n' >"$T/mad/s3put" && chmod +x "$T/mad/s3put"
BUILD=$T/mad run "$S/cleanup.sh"
matches 'the last backup of a database never goes' "$status $(last)" '^1 .*the last backup of .* would go: nothing is deleted'

# ---- locks, faults
s3server_start
printf '%s\0' 2026/11/{01,02,03,04,05,06,07,08}/db_000000.sql.gz | "$TESTS/lib/make_objects.py"
fault '{"op":"ListObjectsV2","action":{"stall":1.5}}'
"$S/cleanup.sh" 2>"$T/first" &
first=$!
await 5 eval 'test -s "$S3PIPE_STATE_DIR"/locks/*/cleanup.'
run "$S/cleanup.sh"
exits 'a second one' 75 "cleanup.sh, process $first .* has the lock"
wait $first
is 'the first one' "$? $(s3ls | wc -l)" '0 5'
printf '%s\0' 2026/10/{01,02,03}/db_000000.sql.gz | "$TESTS/lib/make_objects.py"
fault '{"op":"DeleteObjects","action":{"delete_errors":{"2026/10/02*":"AccessDenied"}}}'
run "$S/cleanup.sh"
is 'one that the store refuses to delete: status' "$status" 1
matches 'is named' "$(cat "$T/err")" 's3rm: delete 2026/10/02/db_000000.sql.gz: AccessDenied'
matches 'the others are gone' "$(last)" 'not all could be deleted: 2 are'
for xml in '"truncate_xml":20' '"status":403' '"garbage":true' '"no_encoding_type":true,"truncate_xml":40'; do
    s3ls >"$T/all"
    # The first one is the look before all.
    fault "{\"op\":\"ListObjectsV2\",\"skip\":1,\"times\":-1,\"action\":{$xml}}"
    S3_RETRIES=1 run "$S/cleanup.sh"
    faults_clear
    matches "a listing that breaks ($xml) is told" "$(last)" 'the listing failed: nothing is deleted'
    is "a listing that breaks ($xml): deletes nothing" "$status $(s3ls | cmp - "$T/all" && echo same)" '1 same'
done
fault '{"op":"DeleteObjects","action":{"stall":5}}'
printf '%s\0' 2026/09/{01,02,03}/db_000000.sql.gz | "$TESTS/lib/make_objects.py"
env --default-signal=TERM "$S/cleanup.sh" 2>"$T/err" &
first=$!
await 5 eval '[ "$(faults_fired)" = 1 ]'
kill -TERM $first
wait $first
is 'TERM acts at once' "$?" 143
is 'nothing is left' "$(find "$TMPDIR" -mindepth 1; find "$S3PIPE_STATE_DIR" -path '*/locks/*/*')" ''
done_testing
