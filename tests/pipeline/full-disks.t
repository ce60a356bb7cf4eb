#!/usr/bin/env bash
# A full disk: the directory and the cause are in the message and in the ping, and a
# run whose success could not be recorded has not succeeded quietly.
. "$(dirname "$0")/../lib/tap.sh"
mkdir "$T/full" "$T/inodes"
mount -t tmpfs -o size=256k none "$T/full" 2>/dev/null || skip_all 'no tmpfs can be mounted here'
at_exit 'umount "$T/full"'
mount -t tmpfs -o nr_inodes=1 none "$T/inodes" && at_exit 'umount "$T/inodes"'
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/store.sh"
. "$TESTS/lib/scripts.sh"
. "$TESTS/lib/pings.sh"
store_start
pings_start
small shop
mkdir "$T/metrics"
export POSTGRES_DB=shop BACKUP_GLOBALS=false BACKUP_PING_URL=$pings/b VERIFY_PING_URL=$pings/v BACKUP_METRICS_FILE=$T/metrics/s3pipe.prom
fill() { dd if=/dev/zero of="$T/full/filled" bs=4k 2>/dev/null; }
empty() { rm -f "$T/full/filled"; }
body() { tail -n 1 "$T/www/pings"; }

# ---- the temporary directory
fill
for script in backup cleanup verify-backup; do
    TMPDIR=$T/full run "$S/$script.sh"
    matches "$script.sh, TMPDIR is full" "$status $(cat "$T/err")" "^1 .*: TMPDIR: $T/full has no room for temporary files: No space left on device\$"
    matches "$script.sh, TMPDIR is full: the ping says so" "$(body)" "^/[bv]/fail .*TMPDIR: $T/full has no room for temporary files: No space left on device\$"
    is "$script.sh, TMPDIR is full: in one line" "$(wc -l <"$T/err")" 1
done
is 'each is in the state' "$(cd "$S3PIPE_STATE_DIR" && grep -l 'No space left' last-* | xargs)" 'last-cleanup-failure last-failure last-verify-failure'
is 'and in the metrics' "$(grep -c 'failures_total{database="shop"} 1' "$BACKUP_METRICS_FILE")" 2
is 'nothing is left there' "$(ls "$T/full")" filled
TMPDIR=$T/inodes run "$S/backup.sh"
matches 'TMPDIR takes no more files' "$status $(cat "$T/err")" "^1 .*a temporary directory cannot be made in $T/inodes: No space left on device\$"
matches 'and the ping says so' "$(body)" "^/b/fail .*$T/inodes: No space left on device\$"
empty

# ---- the state
export S3PIPE_STATE_DIR=$T/full/state
fill
run "$S/backup.sh"
matches 'a new state directory, full' "$status $(last)" "^1 .*S3PIPE_STATE_DIR: $T/full/state/id cannot be made: No space left on device\$"
matches 'is told' "$(body)" "^/b/fail .*state/id cannot be made: No space left on device\$"
empty
pinged >/dev/null
run "$S/backup.sh"
run "$S/verify-backup.sh"
is 'with room all is well' "$status $(pinged | grep -o '/v.*')" '0 /v/start /v'
rm "$T/full/state"/last-*
fill
sleep 1
run "$S/backup.sh"
matches 'a full state: the backup is made, and is a failure' "$status $(cat "$T/err")" \
    "^1 .*ok shop: .*ok: 1 backups.*S3PIPE_STATE_DIR: $T/full/state/last-success cannot be written: No space left on device\$"
is 'it is there' "$(s3ls | grep -c shop)" 2
matches 'the ping says why' "$(body)" "^/b/fail .*state/last-success cannot be written: No space left on device\$"
run "$S/verify-backup.sh"
matches 'verify-backup.sh, the state is full' "$status $(cat "$T/err")" "^1 .*state/verified/.*/shop.db cannot be written: .*last-verify cannot be written: No space left on device"
matches 'the ping of verify says why' "$(body)" '^/v/fail .*cannot be written: No space left on device$'
empty
ok 'nothing half-written is left' eval '[ -z "$(find "$T/full" -name "*.new")" ] && nothing_left'

# ---- the metrics
mkdir "$T/full/metrics"
fill
S3PIPE_STATE_DIR=$T/state BACKUP_METRICS_FILE=$T/full/metrics/s3pipe.prom run "$S/backup.sh"
matches 'metrics that cannot be written fail no backup' "$status $(cat "$T/err")" \
    "^0 .*BACKUP_METRICS_FILE: $T/full/metrics/s3pipe.prom cannot be written: No space left on device"
done_testing
