#!/usr/bin/env bash
# cleanup.sh of base backups and WAL, on a store. What it decides is tested as a
# property in recovery-cleanup.t.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/s3server.sh"
S=$ROOT/scripts
export S3PIPE_STATE_DIR=$T/state TMPDIR=$T/tmp RETENTION_KEEP_HOURLY=0 RETENTION_KEEP_DAILY=0 RETENTION_KEEP_WEEKLY=0 \
    RETENTION_KEEP_MONTHLY=0 RETENTION_KEEP_YEARLY=0 RETENTION_KEEP_LAST=1
mkdir "$TMPDIR"
s3server_start
A=7000000000000000001
now=$(date +%s)
wal() { # FIRST LAST
    local i
    for ((i = $1; i <= $2; i++)); do printf '%s/wal/00000001%016X.gz\0' "$A" "$i"; done | "$TESTS/lib/make_objects.py"
}
base() { # DAYS-AGO SEGMENT
    local key
    key=$A/base/$(date -u -d "@$((now - $1 * 86400))" +%Y/%m/%d/cluster_%H%M%S)
    s3put -q "$key.tar.gz" <<<x
    printf '{"ended": "%s", "segment": 16777216, "server": "15.1"}\n' "$(date -u -d "@$((now - $1 * 86400 + 60))" +%Y-%m-%dT%H:%M:%SZ)" |
        s3put -q "$key.$(printf '%08X%016X.%08X%016X' 1 $(($2 * 16777216 + 40)) 1 $(($2 * 16777216 + 256)))"
}
wal 1 20
for day in 30 20 10 1; do base "$day" $((20 - day / 2)); done
printf '%s\0' 2026/01/01/shop_030000.sql.gz "$A/wal/photo" | "$TESTS/lib/make_objects.py"
s3ls >before

RETENTION_DRY_RUN=true run "$S/cleanup.sh"
is 'a dry run: status' "$status" 0
matches 'a dry run says what would go' "$(cat err)" "would delete $A/wal/000000010000000000000001.gz"
is 'a dry run deletes nothing' "$(s3ls | cmp - before && echo same)" same
is 'base backups and WAL are no other keys' "$(grep -o '[0-9]* other keys.*' err)" '1 other keys are left alone'
s3rm -q "$A/wal/photo" 2026/01/01/shop_030000.sql.gz
for script in list-backups cleanup; do
    RETENTION_DRY_RUN=true run "$S/$script.sh"
    is "$script.sh: a bucket of base backups and WAL alone has no wrong prefix" "$status $(grep -c 'other keys' err)" '0 0'
done
printf '%s\0' 2026/01/01/shop_030000.sql.gz "$A/wal/photo" | "$TESTS/lib/make_objects.py"
s3ls >before

fault '{"op":"GetObject","times":-1,"action":{"status":403}}'
run "$S/cleanup.sh"
matches 'marks that cannot be read' "$status $(cat err)" '^1 .*the archive of WAL cannot be judged: nothing of it is deleted'
is 'delete nothing' "$(s3ls | cmp - before && echo same)" same
faults_clear
for xml in '"truncate_xml":20' '"status":403' '"garbage":true'; do
    fault "{\"op\":\"ListObjectsV2\",\"times\":-1,\"action\":{$xml}}"
    S3_RETRIES=1 run "$S/cleanup.sh"
    faults_clear
    is "a listing that breaks ($xml) deletes nothing" "$status $(s3ls | cmp - before && echo same)" '1 same'
done
RECOVERY_WINDOW=soon run "$S/cleanup.sh"
exits 'a window that is none' 2 'RECOVERY_WINDOW is a number of seconds'

mkdir metrics
export BACKUP_METRICS_FILE=$T/metrics/s3pipe.prom
# The window by the metrics, and by the list.
measured() { sed -nE "s/^s3pipe_recovery_window_(start|end)_timestamp_seconds\\{system=\"$A\"\\} //p" "$BACKUP_METRICS_FILE" | xargs; }
listed() { "$S/list-backups.sh" --recovery --json 2>/dev/null | jq -s 'map(select(.timeline == 1))[-1] | (.from, .until) | fromdate' | xargs; }
RETENTION_DRY_RUN=true run "$S/cleanup.sh"
is 'a dry run measures the window as it is' "$(measured)" "$(listed)"
start=$(measured)
run "$S/cleanup.sh"
is 'cleanup.sh: status' "$status" 0
is 'it measures the window that is left' "$(measured)" "$(listed)"
ok 'which begins later' [ "${start% *}" -lt "$(measured | cut -d ' ' -f 1)" ]
matches 'it sums up' "$(cat err)" 'base backups and WAL: [0-9]+ objects kept, [0-9]+ deleted'
is 'the pivot and the newest stay' "$(s3ls "$A/base/" | grep -c 'tar.gz$')" 2
is 'the WAL from the pivot on stays' "$(s3ls "$A/wal/" | grep -E '[0-9A-F]{24}' | head -1) $(s3ls "$A/wal/" | tail -2 | head -1)" \
    "$A/wal/00000001000000000000000F.gz $A/wal/000000010000000000000014.gz"
is 'what is not ours stays' "$(s3ls | grep -cE 'photo|shop')" 2
s3ls >before
run "$S/cleanup.sh"
is 'a second one deletes nothing more' "$status $(s3ls | cmp - before && echo same)" '0 same'
for mark in $(s3ls "$A/base/" | grep -v tar); do s3rm -q "$mark"; done
s3ls >before
run "$S/cleanup.sh"
is 'without any mark nothing goes' "$status $(s3ls | cmp - before && echo same)" '0 same'
is 'nothing is left' "$(find "$TMPDIR" -mindepth 1)" ''
done_testing
