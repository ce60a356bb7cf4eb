#!/usr/bin/env bash
# archive-wal.sh, as archive_command: what it stores, what it refuses, and that
# the archiver always comes to rest.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/s3server.sh"
. "$TESTS/lib/scripts.sh"
. "$TESTS/lib/wal.sh"
s3server_start
write_wal 200000
SYSTEM=$(system)
mapfile -t seg < <(segments)
archive() { run in_data "$S/archive-wal.sh" "$@"; }
stored() { s3get -q "$SYSTEM/wal/$1.gz" | gzstream -d; }
private=$DATA/pgsql_tmp.s3pipe

# ---- one segment
archive "pg_wal/${seg[0]}"
exits 'a segment' 0
is 'its key has the identifier of the cluster' "$(s3ls)" "$SYSTEM/wal/${seg[0]}.gz"
ok 'gunzip gives the segment' eval 's3get -q "$SYSTEM/wal/${seg[0]}.gz" | gunzip | cmp - "$DATA/pg_wal/${seg[0]}"'
archive "pg_wal/${seg[0]}"
exits 'the same segment again' 0
GZSTREAM_OPTIONS=-9 archive "pg_wal/${seg[0]}"
exits 'the same segment at another level' 0
cp "$DATA/pg_wal/${seg[0]}" whole
flip "$DATA/pg_wal/${seg[0]}" 5000000
archive "pg_wal/${seg[0]}"
matches 'a segment with another bit' "$status $err" '^1 .*exists with other content, and is left as it is'
ok 'what is stored is unchanged' eval 'stored "${seg[0]}" | cmp - whole'
cp whole "$DATA/pg_wal/${seg[0]}"
printf x >>"$DATA/pg_wal/${seg[1]}"
archive "pg_wal/${seg[1]}"
matches 'a segment that is too long' "$status $err" '^1 .*has 16777217 bytes in place of 16777216'
truncate -s 16777216 "$DATA/pg_wal/${seg[1]}"
cp "$DATA/pg_wal/${seg[1]}" "$DATA/pg_wal/0000000100000000000000AA"
archive pg_wal/0000000100000000000000AA
matches 'a segment under the name of another' "$status $err" "^1 .*holds another segment's WAL"
head -c 16777216 /dev/zero >"$DATA/pg_wal/0000000100000000000000AA"
archive pg_wal/0000000100000000000000AA
matches 'zeros' "$status $err" '^1 .*does not begin as a WAL segment does'
rm "$DATA/pg_wal/0000000100000000000000AA"
flip "$DATA/pg_wal/${seg[1]}" 24
archive "pg_wal/${seg[1]}"
matches 'a segment of another cluster' "$status $err" '^1 .*is of the cluster [0-9]+, not of '
flip "$DATA/pg_wal/${seg[1]}" 24
is 'nothing else was stored' "$(s3ls)" "$SYSTEM/wal/${seg[0]}.gz"

# ---- other files
printf '1\t0/3000000\tno recovery target specified\n' >"$DATA/pg_wal/00000002.history"
echo 'START WAL LOCATION: 0/2000028' >"$DATA/pg_wal/${seg[1]}.00000028.backup"
cp "$DATA/pg_wal/${seg[1]}" "$DATA/pg_wal/${seg[1]}.partial"
for wal in 00000002.history "${seg[1]}.00000028.backup" "${seg[1]}.partial"; do
    archive "pg_wal/$wal"
    exits "$wal" 0
    ok "$wal is stored" eval 'stored "$wal" | cmp - "$DATA/pg_wal/$wal"'
done
echo x >>"$DATA/pg_wal/00000002.history"
archive pg_wal/00000002.history
matches 'another history of the same timeline' "$status $err" '^1 .*exists with other content'
echo x >>"$DATA/pg_wal/${seg[1]}.partial"
archive "pg_wal/${seg[1]}.partial"
matches 'another end of a timeline does not stop the archiver' "$status $err" '^0 .*was stored before, and stays as it was'

# ---- settings
archive
exits 'no operand' 2 'which WAL file'
archive pg_wal/photo
exits 'another file' 2 'photo is not the name of a WAL file'
archive pg_wal/0000000100000000000000BB
exits 'a file that is not there' 1 'cannot be read'
run "$S/archive-wal.sh" "$DATA/pg_wal/${seg[0]}"
exits 'outside of a data directory' 1 'there is no global/pg_control here'
WAL_JOBS=0 archive "pg_wal/${seg[0]}"
exits 'no jobs' 2 'WAL_JOBS is a number from 1 to 99'
cat >settings <<END
# for the archiver
S3_PREFIX=from/file/
S3_BUCKET=other
S3_SECRET_KEY='$S3_SECRET_KEY'
END
(
    unset S3_SECRET_KEY
    archive --settings "$T/settings" "pg_wal/${seg[0]}"
    echo "$status" >with-settings
)
is '--settings: status' "$(cat with-settings)" 0
is '--settings: what is set in the environment stays' "$(s3ls from/)" "from/file/$SYSTEM/wal/${seg[0]}.gz"
archive --settings "$T/none" "pg_wal/${seg[0]}"
exits '--settings that is not there' 2 'none cannot be read'

# ---- faults of the store
for rule in '"status":403' '"status":500,"times":-1' '"reset":"before","times":-1'; do
    faults_clear
    fault "{\"op\":\"PutObject\",\"times\":-1,\"action\":{${rule%,\"times*}}}"
    S3_RETRIES=1 archive "pg_wal/${seg[1]}"
    is "a store that fails ($rule)" "$status $(s3ls | grep -c "${seg[1]}.gz")" '1 0'
done
faults_clear
S3_ENDPOINT=http://127.0.0.1:1 S3_RETRIES=1 archive "pg_wal/${seg[1]}"
is 'a store that is down' "$status" 1
fault '{"op":"PutObject","action":{"reset":"after"}}'
archive "pg_wal/${seg[1]}"
is 'an answer that was lost' "$status" 0

# ---- encryption: the same bytes are never encrypted to the same
export BACKUP_FILTER='openssl enc -aes-256-ctr -pbkdf2 -pass pass:x' BACKUP_FILTER_SUFFIX=.enc
archive "pg_wal/${seg[0]}"
exits 'encrypted' 0
ok 'encrypted, and gzip within' eval 's3get -q "$SYSTEM/wal/${seg[0]}.gz.enc" | openssl enc -d -aes-256-ctr -pbkdf2 -pass pass:x | gunzip | cmp - whole'
mkdir -p "$DATA/pg_wal/archive_status" && touch "$DATA/pg_wal/archive_status/${seg[0]}.ready"
archive "pg_wal/${seg[0]}"
exits 'encrypted again, without the key' 0
rm -rf "$private"
archive "pg_wal/${seg[0]}"
matches 'encrypted elsewhere, without the key' "$status $err" '^1 .*cannot be compared: set RESTORE_FILTER'
RESTORE_FILTER='openssl enc -d -aes-256-ctr -pbkdf2 -pass pass:x' archive "pg_wal/${seg[0]}"
exits 'encrypted elsewhere, with the key' 0
flip "$DATA/pg_wal/${seg[0]}" 6000000
RESTORE_FILTER='openssl enc -d -aes-256-ctr -pbkdf2 -pass pass:x' archive "pg_wal/${seg[0]}"
matches 'encrypted, another bit' "$status $err" '^1 .*exists with other content'
archive "pg_wal/${seg[0]}"
is 'encrypted, another bit, without the key' "$status" 1
cp whole "$DATA/pg_wal/${seg[0]}"
BACKUP_FILTER='head -c 1000; false' BACKUP_FILTER_SUFFIX=.bad archive "pg_wal/${seg[0]}"
is 'a filter that fails' "$status $(s3ls | grep -c bad)" '1 0'
unset BACKUP_FILTER BACKUP_FILTER_SUFFIX

# ---- several at once
control DELETE objects >/dev/null
rm -f "$DATA"/pg_wal/archive_status/* "$private"/*
write_wal 400000
mapfile -t seg < <(segments)
for name in "${seg[@]:0:4}"; do touch "$DATA/pg_wal/archive_status/$name.ready"; done
WAL_JOBS=3 archive "pg_wal/${seg[0]}"
is 'the next that are ready go along' "$status $(s3ls | sed 's|.*/||' | xargs)" "0 ${seg[0]}.gz ${seg[1]}.gz ${seg[2]}.gz"
mv "$DATA/pg_wal/archive_status/${seg[0]}.ready" "$DATA/pg_wal/archive_status/${seg[0]}.done"
server_log_clear
WAL_JOBS=1 archive "pg_wal/${seg[1]}"
is 'and are not stored again' "$status $(server_log | wc -l)" '0 0'
flip "$DATA/pg_wal/${seg[2]}" 7000000
WAL_JOBS=1 archive "pg_wal/${seg[2]}"
is 'unless they were changed, which fails' "$status" 1
flip "$DATA/pg_wal/${seg[2]}" 7000000
rm -f "$private"/*
s3rm -q "$SYSTEM/wal/${seg[3]}.gz"
fault "{\"op\":\"PutObject\",\"key\":\"$SYSTEM/wal/${seg[3]}.gz\",\"action\":{\"status\":403}}"
WAL_JOBS=4 archive "pg_wal/${seg[0]}"
is 'one ahead that fails is no failure yet' "$status" 0
archive "pg_wal/${seg[3]}"
is 'and is stored in its turn' "$status $(s3ls | grep -c "${seg[3]}")" '0 1'

# ---- signals
rm -f "$private"/*
s3rm -q "$SYSTEM/wal/${seg[0]}.gz"
fault '{"op":"PutObject","action":{"stall":2}}'
(cd "$DATA" && exec env --default-signal=TERM "$S/archive-wal.sh" "pg_wal/${seg[0]}" 2>/dev/null) &
first=$!
await 5 eval '[ "$(faults_fired)" -ge 1 ]'
kill -TERM $first
wait $first
ended=$?
is 'TERM ends it with a status that leaves the archiver alone' $((ended > 0 && ended < 126)) 1
ok 'and leaves nothing running' not is_ours 's3put '

# ---- killed at random moments: no gap, nothing cut, and the archiver goes on
moments=${KILL_MOMENTS:-6}
cat >"$T/env" <<END
S3_ENDPOINT=$S3_ENDPOINT
S3_BUCKET=$S3_BUCKET
S3_ACCESS_KEY=$S3_ACCESS_KEY
S3_SECRET_KEY=$S3_SECRET_KEY
S3_PREFIX=kills
WAL_JOBS=2
BUILD=$BUILD
TMPDIR=/tmp
END
chmod 644 "$T/env"
rm -rf "$private" "$DATA"/pg_wal/*.* "$DATA"/pg_wal/archive_status/* # root's
q -d postgres -c 'ALTER SYSTEM SET archive_mode = on' \
    -c "ALTER SYSTEM SET archive_command = '$S/archive-wal.sh --settings $T/env %p'"
postgres_stop
postgres_up
faults_clear
RANDOM=${SEED:-7}
for ((i = 0; i < moments; i++)); do
    q -d postgres -c "INSERT INTO t SELECT i, md5(i::text) FROM generate_series(1, 30000) i" -c 'SELECT pg_switch_wal()' >/dev/null
    sleep "0.$(printf %03d $((RANDOM % 400)))"
    case $((RANDOM % 3)) in
    0) for pid in $(ours 'archive-wal.sh --settings'); do kill -9 "$pid" 2>/dev/null; done ;;
    1) await 3 is_ours '^[^ ]*s3put .*kills/'; for pid in $(ours '^[^ ]*s3put .*kills/'); do kill -9 "$pid" 2>/dev/null; done ;;
    2)
        # The server, and what it started, as the machine would.
        for pid in $(ours 'archive-wal.sh --settings'); do kill -9 "$pid" 2>/dev/null; done
        crash_server
        postgres_up
        ;;
    esac
done
newest=$(q -d postgres -c 'SELECT pg_walfile_name(pg_switch_wal())')
archived() { [ "$(q -d postgres -c "SELECT count(*) FROM pg_ls_dir('pg_wal/archive_status') WHERE pg_ls_dir LIKE '%.ready'")" = 0 ] && [ -n "$(s3ls "kills/$SYSTEM/wal/$newest.gz")" ]; }
ok "after $moments kills all is archived" await 60 archived
mapfile -t names < <(s3ls kills/ | sed 's|.*/||; s/\.gz$//' | grep -E '^[0-9A-F]{24}$')
is 'no gap' $((16#${names[-1]:16} - 16#${names[0]:16} + 1)) ${#names[@]}
whole() { # all of them are segments, whole
    local name
    for name in "${names[@]}"; do
        [ "$(s3get -q "kills/$SYSTEM/wal/$name.gz" | gzstream -d | wc -c)" = 16777216 ] || { echo "$name" && return 1; }
    done
}
ok 'nothing that is cut' whole
done_testing
