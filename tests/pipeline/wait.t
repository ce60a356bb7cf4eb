#!/usr/bin/env bash
# --wait of backup.sh and restore.sh: for a run that has the lock.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/store.sh"
. "$TESTS/lib/scripts.sh"
store_start
export POSTGRES_DB=shop BACKUP_GLOBALS=false
small shop
# hold: somebody takes the lock of shop, until `release`.
lock_file=$S3PIPE_STATE_DIR/locks/$(printf '%s' "$PGHOST:5432" | sed 's|/|%2F|g')/db.shop
hold() {
    mkdir -p "${lock_file%/*}"
    exec 9>"$lock_file"
    flock 9
    echo 'somebody, process 1' >"$lock_file"
}
release() {
    rm -f "$lock_file"
    exec 9>&-
}

hold
run "$S/backup.sh" 9>&-
is 'without --wait a backup does not wait' "$status" 75
run "$S/backup.sh" --wait 3 9>&-
matches 'with --wait it gives up when the time is over' "$status $(cat "$T/err")" '^75 .*waiting for somebody, process 1.*BUSY shop: somebody, process 1 has the lock'
"$S/backup.sh" --wait 60 2>"$T/err" 9>&- &
pid=$!
await 10 grep -q 'waiting for' "$T/err"
release
wait $pid
is 'or is made as soon as the lock is free' "$? $(s3ls | wc -l)" '0 1'
hold
run "$S/restore.sh" --wait 1 latest shop 9>&-
matches 'a restore gives up, too' "$status $(last)" '^75 .*somebody, process 1 has the lock'
"$S/restore.sh" --wait 60 latest shop 2>"$T/err" 9>&- &
pid=$!
await 10 grep -q 'waiting for' "$T/err"
release
wait $pid
is 'or is done as soon as the lock is free' "$?" 0
ok 'nothing is left' nothing_left
for script in backup restore; do
    run "$S/$script.sh" --wait soon
    exits "$script.sh: a time that is none" 2 '--wait wants a number of seconds, not soon'
    run "$S/$script.sh" --wait
    exits "$script.sh: no time" 2 '--wait wants a number of seconds, not nothing'
done
done_testing
