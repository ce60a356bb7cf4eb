#!/usr/bin/env bash
# basebackup.sh: what it publishes, and that it counts only when it is whole and
# its WAL is there.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/s3server.sh"
. "$TESTS/lib/scripts.sh"
. "$TESTS/lib/wal.sh"
s3server_start
write_wal 1000
SYSTEM=$(system)
bases() { s3ls "${1:-}$SYSTEM/base/"; }
marks() { bases "${1:-}" | grep -E '_[0-9]{6}\.[0-9A-F]{24}\.[0-9A-F]{24}$'; }

# ---- without WAL
BASEBACKUP_WAL_TIMEOUT=1 run "$S/basebackup.sh"
matches 'where nothing is archived' "$status $(last)" '^1 .*FAILED: WAL is missing in the store, from 0000000100000000[0-9A-F]{8} on: is it archived\?'
is 'it has no mark' "$(bases | wc -l) $(marks | wc -l)" '1 0'
matches 'the failure is kept' "$(cat "$S3PIPE_STATE_DIR/last-basebackup-failure")" 'Z FAILED: WAL is missing'

# ---- with WAL
archiving
mkdir metrics
export BACKUP_METRICS_FILE=$T/metrics/s3pipe.prom
run "$S/basebackup.sh"
is 'a base backup: status' "$status" 0
is 'stdout is empty' "$(cat out)" ''
matches 'a base backup: the last line' "$(last)" "basebackup.sh: ok: $SYSTEM/base/20[0-9/]{8}/cluster_[0-9]{6}\.tar\.gz, [0-9]+ bytes, [0-9]+ s"
is 'it has its mark' "$(marks | wc -l)" 1
mark=$(marks)
key=$(bases | grep -F "${mark%.*.*}.tar.gz")
is 'its mark is of its name' "$(marks | sed 's/\.[0-9A-F]*\.[0-9A-F]*$//')" "${key%.tar.gz}"
matches 'the mark has what is not in its name' "$(s3get -q "$mark" | jq -c '[.segment, .bytes > 1000000, (.ended >= .started)]')" '^\[16777216,true,true\]$'
ok 'the failure is forgotten' eval '[ ! -e "$S3PIPE_STATE_DIR/last-basebackup-failure" ]'
matches 'metrics' "$(cat "$BACKUP_METRICS_FILE")" "s3pipe_basebackup_last_success_timestamp_seconds\{system=\"$SYSTEM\"\} 1[0-9]{9}"
mkdir whole && s3get -q "$key" | gunzip | tar -xf - -C whole
ok 'it is a cluster, and what its manifest says' "$PG_BIN/pg_verifybackup" -n whole
ok 'nothing of the scripts is in it' eval '[ -e "$DATA/pgsql_tmp.s3pipe" ] && [ ! -e whole/pgsql_tmp.s3pipe ]'
ok 'its WAL is in the store' eval 'for name in $(sed -E "s|.*/||; s/_/ /" <<<"$mark" | awk -F. "{ print \$2 }" | sed -E "s/^(.{8})(.{8})(..).*/\1\2000000\3/"); do [ -n "$(s3ls "$SYSTEM/wal/$name.gz")" ] || exit 1; done'
ok 'nothing is left' nothing_left

# ---- refused before anything is uploaded
q -d postgres -c 'CREATE ROLE weak LOGIN'
POSTGRES_USER=weak run "$S/basebackup.sh"
matches 'a role without REPLICATION' "$status $(last)" '^1 .*takes no connection for replication: the role needs REPLICATION'
run "$S/basebackup.sh" shop
exits 'an operand' 2 'unexpected operand'
BASEBACKUP_WAL_TIMEOUT=soon run "$S/basebackup.sh"
matches 'a time that is none' "$status $(last)" '^2 .*BASEBACKUP_WAL_TIMEOUT is a number of seconds'
S3_ENDPOINT=http://127.0.0.1:1 PGPORT=1 run "$S/basebackup.sh" --check-settings
is '--check-settings asks nobody' "$status" 0

# ---- encrypted
BACKUP_FILTER='openssl enc -aes-256-ctr -pbkdf2 -pass pass:x' BACKUP_FILTER_SUFFIX=.enc run "$S/basebackup.sh"
is 'encrypted: status' "$status" 0
key=$(bases | grep 'enc$')
ok 'encrypted: the filter decrypts it' eval 's3get -q "$key" | openssl enc -d -aes-256-ctr -pbkdf2 -pass pass:x | gunzip | tar -tf - | grep -qx backup_manifest'
before=$(bases)
BACKUP_FILTER='head -c 100000; false' BACKUP_FILTER_SUFFIX=.bad run "$S/basebackup.sh"
is 'a filter that fails publishes nothing' "$status $(bases)" "1 $before"

# ---- cut
mkdir fake
cat >fake/pg_basebackup <<END
#!/bin/sh
case \$1 in --version) exec $PG_BIN/pg_basebackup --version;; esac
$PG_BIN/pg_basebackup "\$@" | head -c -\$CUT
END
chmod +x fake/pg_basebackup
for cut in 1025 3000 1000000; do
    CUT=$cut PATH=$T/fake:$PATH run "$S/basebackup.sh"
    is "a stream that lacks $cut bytes, though nothing failed: nothing is published" "$status $(bases)" "1 $before"
done
matches 'and why' "$(cat err)" 'the end of the manifest is missing'
fault '{"op":"*","key":"'"$SYSTEM"'/base/*","times":-1,"action":{"status":403}}'
run "$S/basebackup.sh"
is 'a store that refuses' "$status" 1
faults_clear
fault '{"op":"PutObject","key":"'"$SYSTEM"'/base/*","skip":1,"action":{"status":403}}'
run "$S/basebackup.sh"
matches 'a mark that cannot be written' "$status $(last)" '^1 .*was written, but not its mark'
faults_clear

# ---- two at once
fault '{"op":"PutObject","key":"'"$SYSTEM"'/base/*","action":{"stall":3}}'
"$S/basebackup.sh" 2>first.err &
first=$!
await 10 eval '[ "$(faults_fired)" = 1 ]'
run "$S/basebackup.sh"
exits 'a second one' 75 "basebackup.sh, process $first .* has the lock"
wait $first
is 'the first one' $? 0

# ---- killed at random moments: what has a mark is whole
archiving kills/
moments=${KILL_MOMENTS:-4}
RANDOM=${SEED:-3}
for ((i = 0; i < moments; i++)); do
    S3_PREFIX=kills/ "$S/basebackup.sh" 2>>kills.err &
    first=$!
    sleep "$((RANDOM % 2)).$(printf %03d $((RANDOM % 1000)))"
    victims=$(ours 'pg_basebackup -w -D' | head -1)
    case $((RANDOM % 3)) in
    0) kill -9 $first ;;
    1) [ -z "$victims" ] || kill -9 "$victims" ;;
    2) kill -9 $(pgrep -x s3put -P "$(pgrep -P $first | head -1)") ;;
    esac 2>/dev/null
    wait $first
    await 20 not is_ours 'pg_basebackup -w -D'
done 2>/dev/null
# Of one whose shell was killed s3put may still be at work, and have the lock.
S3_PREFIX=kills/ run "$S/basebackup.sh" --wait 60
is "after $moments kills one goes well: status" "$status" 0
all_whole() {
    local base
    for base in $(marks kills/ | sed -E 's/\.[0-9A-F]+\.[0-9A-F]+$//'); do
        rm -rf whole && mkdir whole
        s3get -q "$base.tar.gz" | gunzip | tar -xf - -C whole && "$PG_BIN/pg_verifybackup" -n -q whole || return 1
    done
}
ok 'all that have a mark are whole' all_whole
is 'no lock stays' "$(find "$S3PIPE_STATE_DIR/locks" -name basebackup)" ''
done_testing
