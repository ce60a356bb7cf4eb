#!/usr/bin/env bash
# fetch-wal.sh, as restore_command: 1 opens a server, and is said only where the
# store has answered that there is nothing.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/s3server.sh"
. "$TESTS/lib/scripts.sh"
. "$TESTS/lib/wal.sh"
s3server_start
write_wal 1500000
SYSTEM=$(system)
mapfile -t seg < <(segments | head -n -1)
for name in "${seg[@]}"; do in_data "$S/archive-wal.sh" "pg_wal/$name"; done
postgres_stop
wal=$SYSTEM/wal
ahead=$DATA/pgsql_tmp.s3pipe/ahead
fetch() { rm -f "$DATA/got" && WAL_JOBS=1 run in_data "$S/fetch-wal.sh" "$@"; } # FILE got
is_got() { cmp "$DATA/pg_wal/$1" "$DATA/got"; } # NAME
no_got() { [ ! -e "$DATA/got" ] && [ -z "$(find "$DATA/pgsql_tmp.s3pipe" -name '*.got*')" ]; }

fetch "${seg[0]}" got
exits 'a segment' 0
ok 'a segment is what was archived' is_got "${seg[0]}"
printf '1\t0/3000000\tno recovery target specified\n' >history
gzstream <history | s3put -q "$wal/00000002.history.gz"
fetch 00000002.history got
exits 'a history' 0
ok 'a history is what was archived' cmp history "$DATA/got"

# ---- what is not there
fetch 00000003.history got
exits 'a history that is not there' 1
fetch 0000000100000000000000FF got
exits 'behind the last segment' 1
ok 'nothing is left of it' no_got
fetch "000000020000000000000005" got
exits 'a segment of a timeline that has none' 1
S3_BUCKET=none fetch 0000000100000000000000FF got
matches 'a bucket that is not there' "$status $err" '^255 .*the listing failed'
S3_PREFIX=none fetch "${seg[0]}" got
exits 'a prefix that has nothing' 1
gzstream <"$DATA/pg_wal/${seg[3]}" | s3put -q "$wal/00000004${seg[3]:8}.gz"
fetch 00000004.history got
exits 'a history whose timeline is there' 255 '00000004.history is not there, but 00000004.* is: the archive has a gap'
s3rm -q "$wal/00000004${seg[3]:8}.gz"

# ---- a gap
s3get -q "$wal/${seg[2]}.gz" >saved
s3rm -q "$wal/${seg[2]}.gz"
fetch "${seg[2]}" got
exits 'a segment missing in the middle' 255 "${seg[2]} is not there, but ${seg[3]} is: the archive has a gap"
for name in "${seg[@]:3}"; do s3rm -q "$wal/$name.gz"; done
fetch "${seg[2]}" got
exits 'a segment missing at the end' 1
gzstream <"$DATA/pg_wal/${seg[3]}" | s3put -q "$wal/${seg[3]}.partial.gz"
fetch "${seg[2]}" got
exits 'a segment missing before one that is not full' 255 "${seg[2]} is not there, but ${seg[3]} is"
s3put -q "$wal/${seg[2]}.gz" <saved

# ---- a segment that is not full
s3rm -q "$wal/${seg[3]}.partial.gz"
head -c 3000000 "$DATA/pg_wal/${seg[3]}" | gzstream | s3put -q "$wal/${seg[3]}.partial.gz"
fetch "${seg[3]}" got
matches 'the segment that was being written' "$status $err" "^0 .*${seg[3]} is not full: what was stored of it last is the end of the archive"
ok 'it has its full size, zeros behind' eval '[ "$(wc -c <"$DATA/got")" = 16777216 ] && cmp -n 3000000 "$DATA/got" "$DATA/pg_wal/${seg[3]}" && [ -z "$(tail -c 10000000 "$DATA/got" | tr -d "\0")" ]'
gzstream <"$DATA/pg_wal/${seg[3]}" | s3put -q "$wal/${seg[3]}.gz"
fetch "${seg[3]}" got
exits 'the full one comes before it' 0
ok 'the full one is the whole' is_got "${seg[3]}"
s3rm -q "$wal/${seg[3]}.partial.gz"

# ---- faults of the store, at every request
for rule in '"status":500' '"status":403' '"reset":"before"' '"garbage":true' '"short":1000' '"flip_bit":-3000' '"status":404,"foreign":true'; do
    for op in GetObject ListObjectsV2; do
        fault "{\"op\":\"$op\",\"times\":-1,\"action\":{$rule}}"
        name=${seg[0]} && [ "$op" = GetObject ] || name=0000000100000000000000FF
        case $op$rule in ListObjectsV2*short* | ListObjectsV2*flip*) ;; # a short answer has no such byte
        *)
            S3_RETRIES=1 fetch "$name" got
            is "$op that fails ($rule): the server must not open" "$status" 255
            ok "$op that fails ($rule): nothing is handed over" no_got
            ;;
        esac
        faults_clear
    done
done
gzstream </dev/null | s3put -q "$wal/${seg[4]}.gz"
fetch "${seg[4]}" got
matches 'an empty segment' "$status $err" '^255 .*does not begin as a WAL segment does'
head -c 16000000 "$DATA/pg_wal/${seg[4]}" | gzstream | s3put -q "$wal/${seg[4]}.gz"
fetch "${seg[4]}" got
matches 'a segment that was cut' "$status $err" '^255 .*has 16000000 bytes in place of 16777216'
gzstream <"$DATA/pg_wal/${seg[5]}" | s3put -q "$wal/${seg[4]}.gz"
fetch "${seg[4]}" got
matches 'another segment under that name' "$status $err" "^255 .*holds another segment's WAL"
cp "$DATA/pg_wal/${seg[4]}" other && flip other 25
gzstream <other | s3put -q "$wal/${seg[4]}.gz"
fetch "${seg[4]}" got
matches 'a segment of another cluster' "$status $err" '^255 .*is of the cluster [0-9]+, not of '
for name in "${seg[@]:4}"; do gzstream <"$DATA/pg_wal/$name" | s3put -q "$wal/$name.gz"; done

# ---- settings
fetch
exits 'no operand' 255 'which WAL file, and where to'
fetch photo got
exits 'another file' 255 'photo is not the name of a WAL file'
rm -f got && run "$S/fetch-wal.sh" "${seg[0]}" got
exits 'outside of a data directory' 255 'there is no global/pg_control here'
run "$S/fetch-wal.sh" --system "$SYSTEM" "${seg[0]}" got
exits '--system outside of a data directory' 0
ok '--system is the same segment' cmp got "$DATA/pg_wal/${seg[0]}"
(unset S3_ENDPOINT && echo "S3_ENDPOINT=http://127.0.0.1:1" >settings && S3_RETRIES=1 fetch --settings "$T/settings" "${seg[0]}" got && echo "$status" >with-settings)
is '--settings are taken' "$(cat with-settings)" 255
PATH=/usr/bin:/bin BUILD=/nonexistent fetch "${seg[0]}" got
matches 'without its programs' "$status $err" '^255 .*command not found'

# ---- encrypted, and from before there was encryption
gzstream <"$DATA/pg_wal/${seg[1]}" | openssl enc -aes-256-ctr -pbkdf2 -pass pass:x | s3put -q "$wal/${seg[1]}.gz.enc"
s3rm -q "$wal/${seg[1]}.gz"
export BACKUP_FILTER_SUFFIX=.enc RESTORE_FILTER='openssl enc -d -aes-256-ctr -pbkdf2 -pass pass:x'
fetch "${seg[1]}" got
exits 'encrypted' 0
ok 'encrypted: it is what was archived' is_got "${seg[1]}"
fetch "${seg[0]}" got
exits 'from before there was encryption' 0
ok 'from before there was encryption: it is what was archived' is_got "${seg[0]}"
RESTORE_FILTER=false fetch "${seg[1]}" got
is 'a filter that fails' "$status" 255
RESTORE_FILTER='' fetch "${seg[1]}" got
exits 'no filter' 255 'is encrypted: set RESTORE_FILTER'
fetch 0000000100000000000000FF got
exits 'encrypted: behind the last' 1
unset BACKUP_FILTER_SUFFIX RESTORE_FILTER
gzstream <"$DATA/pg_wal/${seg[1]}" | s3put -q "$wal/${seg[1]}.gz"

# ---- ahead
all_ahead() { [ "$(cd "$ahead" && echo 0*[0-9A-F])" = "$*" ]; }
fetch_ahead() { rm -f "$DATA/got" && WAL_JOBS=4 run in_data "$S/fetch-wal.sh" "$1" got; }
rm -rf "$ahead"
fetch_ahead "${seg[0]}"
ok 'the next are fetched ahead' await 10 all_ahead "${seg[@]:1:3}"
server_log_clear
fetch_ahead "${seg[1]}"
is 'and handed over without a request' "$status $(server_log | grep -c "${seg[1]}")" '0 0'
ok 'and are what was archived' is_got "${seg[1]}"
ok 'one more is fetched' await 10 all_ahead "${seg[@]:2:3}"
flip "$ahead/${seg[2]}" 30
fetch_ahead "${seg[2]}"
is 'one that is no longer right is fetched anew' "$status" 0
ok 'and is right then' is_got "${seg[2]}"
fault "{\"op\":\"GetObject\",\"key\":\"$wal/${seg[6]}.gz\",\"times\":-1,\"action\":{\"status\":403}}"
for i in 3 4 5; do fetch_ahead "${seg[$i]}"; done
fetch_ahead "${seg[6]}"
is 'one that could not be fetched ahead is no success' "$status" 255
faults_clear
fetch_ahead "${seg[6]}"
exits 'until it can be fetched' 0
await 10 not is_ours "fetch-wal.sh ${seg[6]}"
ok 'what was passed is gone' eval '! ls "$ahead" | grep -q "${seg[5]}"'
in_data "$S/fetch-wal.sh" --end
ok '--end leaves nothing' eval '[ ! -e "$ahead" ]'
done_testing
