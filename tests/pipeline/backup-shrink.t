#!/usr/bin/env bash
# BACKUP_SHRINK_ALARM: a backup that is much smaller than the one before is kept, and
# is an alarm.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/store.sh"
. "$TESTS/lib/scripts.sh"
. "$TESTS/lib/pings.sh"
store_start
pings_start
mkdir "$T/metrics"
printf '#!/bin/sh\necho "$1 $(echo "$S3PIPE_KEYS" | grep -c .) $S3PIPE_MESSAGE" >>"%s/hooked"\n' "$T" >"$T/hook"
chmod +x "$T/hook"
export POSTGRES_DB=shop BACKUP_PING_URL=$pings/b BACKUP_HOOK=$T/hook BACKUP_METRICS_FILE=$T/metrics/s3pipe.prom
backup() { run "$S/backup.sh"; }
metric() { grep -F "s3pipe_backup_$1{database=\"shop\"} " "$BACKUP_METRICS_FILE" | cut -d ' ' -f 2; }
# before DAYS SIZE: a backup of shop from then.
before() { head -c "$2" /dev/urandom | s3put -q "$S3_PREFIX/$(date -u -d "$1 days ago" +%Y/%m/%d)/shop_000000.sql.gz"; }

small shop
export S3_PREFIX=server
backup
is 'with none before' "$status $(metric shrank)" '0 0'
large=$(s3ls server/ | grep shop)
q -d shop -c "CREATE TABLE noise AS SELECT i, md5(random()::text), md5(random()::text) m FROM generate_series(1, 20000) i"
sleep 1
backup
is 'one that grows' "$status $(metric shrank)" '0 0'
large=$(s3ls server/ | grep shop | tail -n 1) bytes=$(s3ls -l server/ | grep shop | tail -n 1 | cut -f 1)
q -d shop -c 'DROP TABLE noise'
pinged >/dev/null
: >"$T/hooked"
sleep 1
backup
small=$(s3ls server/ | grep shop | tail -n 1) size=$(s3ls -l server/ | grep shop | tail -n 1 | cut -f 1)
matches 'one that shrinks' "$status $(cat "$T/err")" \
    "^1 .*ok shop: $small, $size bytes.*ALARM shop: $small is kept, but has only $size bytes; the backup before it has $bytes.*ALARM: 1 of 2 backups have less than 10 % of the bytes of the one before\$"
is 'is kept, and it alone is an alarm' "$(s3ls server/ | grep -c shop) $(grep -c 'ALARM the globals' "$T/err")" '3 0'
is 'for the ping' "$(pinged)" '/b/start /b/fail'
is 'the hook, which gets the keys' "$(tail -n 1 "$T/hooked")" 'failure 2 ALARM: 1 of 2 backups have less than 10 % of the bytes of the one before'
matches 'the state' "$(cat "$S3PIPE_STATE_DIR/last-failure")" 'ALARM: 1 of 2'
is 'and the metrics, as no failure' "$(metric shrank) $(metric bytes) $(metric failures_total)" "1 $size 0"
sleep 1
backup
is 'the next one is compared with that one' "$status $(metric shrank) $(ls "$S3PIPE_STATE_DIR"/last-*)" "0 0 $S3PIPE_STATE_DIR/last-success"
run "$S/restore.sh" latest shop
matches 'latest is taken, and it is said' "$status $(cat "$T/err")" "^0 .*shop_[0-9]+.sql.gz has only [0-9]+ bytes, but $large before it has $bytes: was data lost\? .*ok shop: "
BACKUP_SHRINK_ALARM=0 run "$S/restore.sh" latest shop
is 'but not where nobody wants to know' "$status $(grep -c 'data lost' "$T/err")" '0 0'
run "$S/restore.sh" "$small" shop
is 'nor of a key' "$status $(grep -c 'data lost' "$T/err")" '0 0'

export S3_PREFIX=aged BACKUP_GLOBALS=false
before 7 60000
before 20 900
BACKUP_PARALLEL=2 backup
is 'a week ago, several at once' "$status" 1
export S3_PREFIX=old
before 20 60000
backup
is 'three weeks ago: not looked for' "$status" 0
s3ls old/ | s3rm -q
before 40 60000
BACKUP_SCHEDULE=@monthly backup
is 'but where backups are made once a month' "$status" 1
export S3_PREFIX=some
before 1 20000
BACKUP_SHRINK_ALARM=0 backup
is 'never' "$status" 0
s3ls some/ | s3rm -q
before 1 20000
backup
is 'a quarter is no tenth' "$status" 0
s3ls some/ | s3rm -q
before 1 20000
BACKUP_SHRINK_ALARM=90 backup
is 'but less than nine tenths' "$status" 1
for wrong in -1 100 ten 10%; do
    BACKUP_SHRINK_ALARM=$wrong backup
    matches "no percentage: $wrong" "$status $(cat "$T/err")" "^2 .*BACKUP_SHRINK_ALARM is a percentage from 1 to 99, or 0 for never, not $wrong"
done
ok 'nothing is left' nothing_left
done_testing
