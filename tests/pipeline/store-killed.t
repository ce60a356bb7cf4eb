#!/usr/bin/env bash
# The store itself is killed by -9 at random moments and comes up again on the
# same data: WAL has no gap, nothing that is cut counts, and the archiver's
# failures go back to rest.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/store.sh"
. "$TESTS/lib/scripts.sh"
. "$TESTS/lib/wal.sh"
store_start
moments=${KILL_MOMENTS:-6}
RANDOM=${SEED:-11}
SYSTEM=$(system)
export S3_RETRIES=1 WAL_PARTIAL_SECONDS=1
# rest TENTHS: up to so long, at random; down: the store, for up to half a second.
rest() { sleep "$(printf '%d.%03d' $((RANDOM % $1 / 10)) $((RANDOM % 1000)))"; }
down() { store_kill && sleep "0.$(printf %03d $((RANDOM % 500)))" && store_again; }
ended_segment() { q -d postgres -c "INSERT INTO t SELECT i, md5(i::text) FROM generate_series(1, 60000) i" -c 'SELECT pg_walfile_name(pg_switch_wal() - 1)' | tail -1; }

# no_gap PREFIX: the full segments follow each other. whole PREFIX: each is one.
full() { s3ls "$1$SYSTEM/wal/00000001" | grep -E '/[0-9A-F]{24}\.gz$'; }
no_gap() {
    local names
    mapfile -t names < <(full "$1" | sed 's|.*/||')
    [ ${#names[@]} -gt 1 ] && [ $((16#${names[-1]:16:8} - 16#${names[0]:16:8} + 1)) = ${#names[@]} ] || { printf '%s\n' "${names[@]}" && return 1; }
}
whole() {
    local key name
    mkdir -p segments
    for key in $(full "$1"); do
        name=${key##*/} name=${name%.gz}
        s3get -q "$key" | gzstream -d >"segments/$name" && is_segment "segments/$name" || { echo "$key" && return 1; }
    done
}
# By the server's own program, up to where the segment was ended.
is_segment() { [ "$(stat -c %s "$1")" = 16777216 ] && "$PG_BIN/pg_waldump" -q -n 1 "$1" 2>/dev/null; }
struck=0

# ---- archive-wal.sh
S3_PREFIX=archived/ archiving archived
write_wal 1000
for ((i = 0; i < moments; i++)); do
    ended_segment >/dev/null
    rest 10
    down && struck=$((struck + 1))
done
is "archive-wal.sh: the store was killed $moments times and came back" "$struck" "$moments"
ok 'archive-wal.sh: all is archived' all_archived archived/
at_rest() { [ "$(q -d postgres -c "SELECT last_archived_time > coalesce(last_failed_time, '-infinity') FROM pg_stat_archiver") $(find "$DATA/pg_wal/archive_status" -name '*.ready' | wc -l)" = 't 0' ]; }
ok "archive-wal.sh: the archiver's failures are at rest" await 30 at_rest
printf "# the archiver failed %s times\n" "$(q -d postgres -c "SELECT failed_count FROM pg_stat_archiver")"
ok 'archive-wal.sh: no gap' no_gap archived/
ok 'archive-wal.sh: nothing that is cut' whole archived/

# ---- receive-wal.sh
export S3_PREFIX=received/
env --default-signal=TERM,INT "$S/receive-wal.sh" 2>rec.err &
receiver=$!
at_exit 'kill "$receiver" 2>/dev/null'
await 20 eval '[ "$(q -d postgres -c "SELECT active FROM pg_replication_slots")" = t ]'
for ((i = 0; i < moments; i++)); do
    ended_segment >/dev/null
    rest 15
    down
done
name=$(ended_segment)
# Several are sent at once: the last one may be there before another.
spool_is_empty() { ! find "$S3PIPE_STATE_DIR/wal/s3pipe" -type f -regextype posix-extended -regex '.*/[0-9A-F]{24}' | grep -q .; }
ok 'receive-wal.sh: the last segment is stored' await 60 is_stored "received/$SYSTEM/wal/$name.gz"
ok 'receive-wal.sh: all are stored' await 60 spool_is_empty
ok 'receive-wal.sh: no gap' no_gap received/
ok 'receive-wal.sh: nothing that is cut' whole received/
kill -TERM "$receiver"
wait "$receiver"
is 'receive-wal.sh: it ends with all stored' $? 0

# ---- what the kill may leave of an object in versitygw: metadata without data, so
# that a put is refused by 412 and a look finds nothing
half=received/half.gz
echo lost | s3put -q "$half"
if [ -n "$(find "$T/store/data" -type f -path "*/$half" -print -delete)" ]; then
    run s3put -n -e "$half" <<<row
    is 's3put -n to a key of which the store has half: status' "$status" 0
    is 's3put -n to a key of which the store has half: it is put' "$(s3get -q "$half")" row
fi
s3rm -q "$half"

# ---- basebackup.sh, whose WAL the server archives
export S3_PREFIX=archived/
taken=0
for ((i = 0; i < moments; i++)); do
    "$S/basebackup.sh" 2>>base.err &
    base=$!
    rest 35
    down
    wait "$base" && taken=$((taken + 1))
done
run "$S/basebackup.sh"
is 'basebackup.sh: after the kills one goes well' "$status" 0
marks() { s3ls "archived/$SYSTEM/base/" | sed -nE 's/\.[0-9A-F]{24}\.[0-9A-F]{24}$//p'; }
ok "basebackup.sh: what ended with 0 counts ($taken of $moments)" test "$(marks | wc -l)" -ge $((taken + 1))
bases_whole() {
    local name
    for name in $(marks); do
        rm -rf base && mkdir base
        s3get -q "$name.tar.gz" | gzstream -d | tar -xf - -C base && "$PG_BIN/pg_verifybackup" -n -q base || { echo "$name" && return 1; }
    done
}
ok 'basebackup.sh: all that count are whole' bases_whole
ok 'nothing is left' nothing_left

# ---- and the whole of it can be recovered
q -d postgres -c 'CREATE TABLE newest AS SELECT 42 AS answer'
all_archived archived/
run "$S/recover.sh" --latest "$T/pg/all"
is 'recover.sh: status' "$status" 0
ok 'it opens' opens all
is 'to its last row' "$(q2 -c 'SELECT answer FROM newest')" 42
done_testing
