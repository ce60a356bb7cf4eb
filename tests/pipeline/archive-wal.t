#!/usr/bin/env bash
# archive-wal.sh, as archive_command: what it stores, what it refuses, and that
# the archiver always comes to rest.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/s3server.sh"
POSTGRES_ARGS='-c checkpoint_timeout=1h' # no segment is recycled
. "$TESTS/lib/scripts.sh"
. "$TESTS/lib/wal.sh"
s3server_start
# Segments of WAL: three with little in them, then one that is full.
for rows in 1 1 1 200000; do write_wal $rows; done
SYSTEM=$(system)
mapfile -t seg < <(segments)
full=${seg[3]}

# begin [COUNT]: an empty store without faults, and in the case a data directory with
# the first segment, or so many. It is no server's, but the one that archive-wal.sh runs in.
begin() {
    local some=("${seg[@]:0:${1:-1}}")
    control DELETE objects >/dev/null
    faults_clear
    mkdir -p data/global data/pg_wal/archive_status
    cp "$DATA/global/pg_control" data/global/
    cp "${some[@]/#/$DATA/pg_wal/}" data/pg_wal/
}
private=data/pgsql_tmp.s3pipe
archive() { run env -C data "$S/archive-wal.sh" "$@"; }
key_of() { echo "$SYSTEM/wal/$1.gz"; } # NAME
stored() { s3get -q "$(key_of "$1")" | gzstream -d; }
# encrypted: BACKUP_FILTER is set; decrypt: the way back.
decrypt='openssl enc -d -aes-256-ctr -pbkdf2 -pass pass:x'
encrypted() {
    export BACKUP_FILTER='openssl enc -aes-256-ctr -pbkdf2 -pass pass:x' BACKUP_FILTER_SUFFIX=.enc
}
unencrypted() { unset BACKUP_FILTER BACKUP_FILTER_SUFFIX; }

# ---- one segment

if testcase 'a segment'; then
    begin 4
    archive "pg_wal/$full"
    exits 'is archived' 0
    is 'has the identifier of the cluster in its key' "$(s3ls)" "$(key_of "$full")"
    ok 'can be read by gunzip' eval 's3get -q "$(key_of "$full")" | gunzip | cmp - "data/pg_wal/$full"'
    archive "pg_wal/$full"
    exits 'can be archived again' 0
    GZSTREAM_OPTIONS=-9 archive "pg_wal/$full"
    exits 'can be archived again at another level of compression' 0
    flip "data/pg_wal/$full" 5000000
    archive "pg_wal/$full"
    matches 'is refused with another bit than the one that is stored' "$status $err" '^1 .*exists with other content, and is left as it is'
    ok 'is stored unchanged after one with another bit' eval 'stored "$full" | cmp - "$DATA/pg_wal/$full"'
fi

if testcase 'a file that is not the segment that its name says'; then
    begin
    printf x >>"data/pg_wal/${seg[0]}"
    archive "pg_wal/${seg[0]}"
    matches 'is refused if it is too long' "$status $err" '^1 .*has 16777217 bytes in place of 16777216'
    cp "$DATA/pg_wal/${seg[0]}" data/pg_wal/0000000100000000000000AA
    archive pg_wal/0000000100000000000000AA
    matches 'is refused if it is another segment' "$status $err" "^1 .*holds another segment's WAL"
    head -c 16777216 /dev/zero >data/pg_wal/0000000100000000000000AA
    archive pg_wal/0000000100000000000000AA
    matches 'is refused if it is all zeros' "$status $err" '^1 .*does not begin as a WAL segment does'
    cp "$DATA/pg_wal/${seg[0]}" data/pg_wal/
    flip "data/pg_wal/${seg[0]}" 24
    archive "pg_wal/${seg[0]}"
    matches 'is refused if it is of another cluster' "$status $err" '^1 .*is of the cluster [0-9]+, not of '
    is 'is not stored' "$(s3ls)" ''
fi

# ---- other files

if testcase 'a WAL file that is no segment'; then
    begin
    history=00000002.history backup=${seg[0]}.00000028.backup partial=${seg[0]}.partial
    printf '1\t0/3000000\tno recovery target specified\n' >data/pg_wal/$history
    echo 'START WAL LOCATION: 0/2000028' >"data/pg_wal/$backup"
    cp "data/pg_wal/${seg[0]}" "data/pg_wal/$partial"
    for wal in $history "$backup" "$partial"; do
        archive "pg_wal/$wal"
        exits "is archived: $wal" 0
        ok "is stored as it is: $wal" eval 'stored "$wal" | cmp - "data/pg_wal/$wal"'
    done
    echo x >>data/pg_wal/$history
    archive pg_wal/$history
    matches 'is refused if it is another history of the same timeline' "$status $err" '^1 .*exists with other content'
    echo x >>"data/pg_wal/$partial"
    archive "pg_wal/$partial"
    matches 'does not stop the archiver if it is another end of a timeline' "$status $err" '^0 .*was stored before, and stays as it was'
fi

# ---- settings

if testcase 'a wrong operand or setting is refused'; then
    begin
    archive
    exits 'no operand' 2 'which WAL file'
    archive pg_wal/photo
    exits 'a file that is no WAL' 2 'photo is not the name of a WAL file'
    archive pg_wal/0000000100000000000000BB
    exits 'a file that does not exist' 1 'cannot be read'
    run "$S/archive-wal.sh" "$PWD/data/pg_wal/${seg[0]}"
    exits 'a working directory that is no data directory' 1 'there is no global/pg_control here'
    WAL_JOBS=0 archive "pg_wal/${seg[0]}"
    exits 'WAL_JOBS=0' 2 'WAL_JOBS is a number from 1 to 99'
fi

if testcase 'the file of --settings'; then
    begin
    cat >settings <<END
# for the archiver
S3_PREFIX=from/file/
S3_BUCKET=other
S3_SECRET_KEY='$S3_SECRET_KEY'
END
    (
        unset S3_SECRET_KEY
        archive --settings "$PWD/settings" "pg_wal/${seg[0]}"
        echo "$status" >with-settings
    )
    is 'is read' "$(cat with-settings)" 0
    is 'does not change what is set in the environment' "$(s3ls from/)" "from/file/$(key_of "${seg[0]}")"
    archive --settings "$PWD/none" "pg_wal/${seg[0]}"
    exits 'must exist' 2 'none cannot be read'
fi

# ---- faults of the store

if testcase 'a store that fails'; then
    begin
    for rule in '"status":403' '"status":500,"times":-1' '"reset":"before","times":-1'; do
        faults_clear
        fault "{\"op\":\"PutObject\",\"times\":-1,\"action\":{${rule%,\"times*}}}"
        S3_RETRIES=1 archive "pg_wal/${seg[0]}"
        is "is a failure, and nothing is stored: $rule" "$status $(s3ls | grep -c "${seg[0]}.gz")" '1 0'
    done
    faults_clear
    S3_ENDPOINT=http://127.0.0.1:1 S3_RETRIES=1 archive "pg_wal/${seg[0]}"
    is 'is a failure if it is down' "$status" 1
    fault '{"op":"PutObject","action":{"reset":"after"}}'
    archive "pg_wal/${seg[0]}"
    is 'is asked again if its answer is lost' "$status" 0
fi

# ---- encryption: the same bytes are never encrypted to the same

if testcase 'an encrypted segment'; then
    begin
    encrypted
    archive "pg_wal/${seg[0]}"
    exits 'is archived' 0
    ok 'is gzip within' eval 's3get -q "$(key_of "${seg[0]}").enc" | $decrypt | gunzip | cmp - "data/pg_wal/${seg[0]}"'
    touch "data/pg_wal/archive_status/${seg[0]}.ready"
    archive "pg_wal/${seg[0]}"
    exits 'can be archived again without the key' 0
    unencrypted
fi

if testcase 'a segment that was encrypted elsewhere'; then
    begin
    encrypted
    archive "pg_wal/${seg[0]}"
    rm -rf "$private"
    archive "pg_wal/${seg[0]}"
    matches 'cannot be archived again without the key' "$status $err" '^1 .*cannot be compared: set RESTORE_FILTER'
    RESTORE_FILTER=$decrypt archive "pg_wal/${seg[0]}"
    exits 'can be archived again with the key' 0
    flip "data/pg_wal/${seg[0]}" 6000000
    RESTORE_FILTER=$decrypt archive "pg_wal/${seg[0]}"
    matches 'is not taken for one with another bit' "$status $err" '^1 .*exists with other content'
    archive "pg_wal/${seg[0]}"
    is 'is not taken for one with another bit without the key' "$status" 1
    unencrypted
fi

if testcase 'a filter that fails'; then
    begin
    BACKUP_FILTER='head -c 1000; false' BACKUP_FILTER_SUFFIX=.bad archive "pg_wal/${seg[0]}"
    is 'is a failure, and nothing is stored' "$status $(s3ls | grep -c bad)" '1 0'
fi

# ---- several at once

if testcase 'the next segments that are ready'; then
    begin 4
    for name in "${seg[@]:0:4}"; do touch "data/pg_wal/archive_status/$name.ready"; done
    WAL_JOBS=3 archive "pg_wal/${seg[0]}"
    is 'are stored along, up to WAL_JOBS' "$status $(s3ls | sed 's|.*/||' | xargs)" "0 ${seg[0]}.gz ${seg[1]}.gz ${seg[2]}.gz"
    mv "data/pg_wal/archive_status/${seg[0]}.ready" "data/pg_wal/archive_status/${seg[0]}.done"
    server_log_clear
    WAL_JOBS=1 archive "pg_wal/${seg[1]}"
    is 'are not stored again in their turn' "$status $(server_log | wc -l)" '0 0'
    flip "data/pg_wal/${seg[2]}" 7000000
    WAL_JOBS=1 archive "pg_wal/${seg[2]}"
    is 'are a failure in their turn if they were changed meanwhile' "$status" 1
fi

if testcase 'a segment that could not be stored ahead of its turn'; then
    begin 4
    for name in "${seg[@]:0:4}"; do touch "data/pg_wal/archive_status/$name.ready"; done
    fault "{\"op\":\"PutObject\",\"key\":\"$(key_of "${seg[3]}")\",\"action\":{\"status\":403}}"
    WAL_JOBS=4 archive "pg_wal/${seg[0]}"
    is 'is no failure yet' "$status" 0
    archive "pg_wal/${seg[3]}"
    is 'is stored in its turn' "$status $(s3ls | grep -c "${seg[3]}")" '0 1'
fi

# ---- signals

if testcase 'TERM while a segment is stored'; then
    begin
    fault '{"op":"PutObject","action":{"stall":2}}'
    (cd data && exec env --default-signal=TERM "$S/archive-wal.sh" "pg_wal/${seg[0]}" 2>/dev/null) &
    first=$!
    await 5 eval '[ "$(faults_fired)" -ge 1 ]'
    kill -TERM $first
    wait $first
    ended=$?
    is 'gives a status that leaves the archiver alone' $((ended > 0 && ended < 126)) 1
    ok 'leaves nothing running' not is_ours 's3put '
fi

# ---- killed at random moments: no gap, nothing cut, and the archiver goes on

moments=${KILL_MOMENTS:-6}
if testcase "the archive of a server after $moments kills"; then
    control DELETE objects >/dev/null
    faults_clear
    cat >kills.env <<END
S3_ENDPOINT=$S3_ENDPOINT
S3_BUCKET=$S3_BUCKET
S3_ACCESS_KEY=$S3_ACCESS_KEY
S3_SECRET_KEY=$S3_SECRET_KEY
S3_PREFIX=kills
WAL_JOBS=2
BUILD=$BUILD
TMPDIR=/tmp
END
    chmod 644 kills.env
    q -d postgres -c 'ALTER SYSTEM SET archive_mode = on' \
        -c "ALTER SYSTEM SET archive_command = '$S/archive-wal.sh --settings $PWD/kills.env %p'"
    postgres_stop
    postgres_up
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
    ok 'has all that the server wrote' await 60 archived
    mapfile -t names < <(s3ls kills/ | sed 's|.*/||; s/\.gz$//' | grep -E '^[0-9A-F]{24}$')
    is 'has no gap' $((16#${names[-1]:16} - 16#${names[0]:16} + 1)) ${#names[@]}
    whole() { # all of them are segments, whole
        local name
        for name in "${names[@]}"; do
            [ "$(s3get -q "kills/$SYSTEM/wal/$name.gz" | gzstream -d | wc -c)" = 16777216 ] || { echo "$name" && return 1; }
        done
    }
    ok 'has whole segments only' whole
fi
done_testing
