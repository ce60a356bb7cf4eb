#!/usr/bin/env bash
# Tablespaces in a base backup: all of them come along, go where it is said, and
# what lives where they were is never touched.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/s3server.sh"
. "$TESTS/lib/scripts.sh"
. "$TESTS/lib/wal.sh"
s3server_start
SYSTEM=$(system)
export VERIFY_DIRECTORY=$T/pg
space() { # NAME: a directory of the server's
    mkdir "$T/pg/$1" && { [ "$(id -u)" != 0 ] || chown postgres "$T/pg/$1"; }
}
recover() { run timeout 60 "$S/recover.sh" "$@"; }
contents() { find "$1" -type f -exec md5sum {} + | sort; } # DIRECTORY
content() { PGPORT=$1 q -d shop -c "SELECT count(*) || ' ' || md5(string_agg(w, ',' ORDER BY i)) FROM far" -c 'SELECT count(*) FROM near'; }
marks() { s3ls "$SYSTEM/base/" | grep -v 'gz$'; }

archiving
space 'fast disk'
space second
q -d postgres -c "CREATE TABLESPACE fast LOCATION '$T/pg/fast disk'" -c "CREATE TABLESPACE second LOCATION '$T/pg/second'" \
    -c 'CREATE DATABASE shop TABLESPACE second'
q -d shop -c 'CREATE TABLE near (i int)' -c 'INSERT INTO near SELECT generate_series(1, 10)' \
    -c 'CREATE TABLE far (i int, w text) TABLESPACE fast' -c 'INSERT INTO far SELECT i, md5(i::text) FROM generate_series(1, 20000) i'
fast=$(q -d postgres -c "SELECT oid FROM pg_tablespace WHERE spcname = 'fast'")
second=$(q -d postgres -c "SELECT oid FROM pg_tablespace WHERE spcname = 'second'")

run "$S/basebackup.sh"
is 'a base backup with two tablespaces: status' "$status" 0
key=$(s3ls "$SYSTEM/base/" | grep 'gz$')
is 'its mark says where they were' "$(s3get -q "$(marks)" | jq -c .tablespaces)" \
    "$(jq -nc --arg a "$fast" --arg b "$second" --arg t "$T/pg" '{($a): ($t + "/fast disk"), ($b): ($t + "/second")}')"
mkdir whole && s3get -q "$key" | gunzip | tar -xf - -C whole
ok 'it is one archive, and what its manifest says' "$PG_BIN/pg_verifybackup" -n whole
is 'with the files of both' "$(find whole/pg_tblspc -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort | xargs)" "$(printf '%s\n' "$fast" "$second" | sort | xargs)"
ok 'nothing is left' nothing_left
q -d shop -c "INSERT INTO far SELECT i, 'later' FROM generate_series(20001, 20100) i"
all_archived ''

# ---- beside what lives
before=$(contents "$T/pg/fast disk")
recover "$T/pg/r"
matches 'where they were there is the live cluster: refused' "$status $(cat err)" \
    "^1 .*(fast disk|second) is not empty: nothing is written to it.*the tablespace [0-9]+ goes to .*: --tablespace-mapping and --tablespaces say where else"
ok 'and nothing is written' eval '[ ! -e "$T/pg/r" ] && [ "$(contents "$T/pg/fast disk")" = "$before" ]'
recover --tablespaces "$T/pg/spaces" "$T/pg/r"
is 'all below one directory: status' "$status" 0
is 'each by its number' "$(readlink "$T/pg/r/pg_tblspc/$fast") $(readlink "$T/pg/r/pg_tblspc/$second")" "$T/pg/spaces/$fast $T/pg/spaces/$second"
is 'for nobody else to read' "$(stat -c %a "$T/pg/spaces" "$T/pg/spaces/$fast" | xargs)" '700 700'
ok 'below one directory: it opens' opens r
is 'below one directory: with the same rows' "$(content 5433)" "$(content 5432)"
is 'the server knows the new places' "$(q2 -c "SELECT pg_tablespace_location($fast)")" "$T/pg/spaces/$fast"
closes r
space elsewhere
recover --tablespace-mapping "$T/pg/fast disk=$T/pg/elsewhere" --tablespaces "$T/pg/others" "$T/pg/mapped"
is 'one elsewhere, the rest below a directory: status' "$status" 0
is 'one elsewhere: there it is' "$(readlink "$T/pg/mapped/pg_tblspc/$fast") $(readlink "$T/pg/mapped/pg_tblspc/$second")" "$T/pg/elsewhere $T/pg/others/$second"
ok 'one elsewhere: it opens' opens mapped
is 'one elsewhere: with the same rows' "$(content 5433)" "$(content 5432)"
closes mapped
recover --tablespace-mapping "/no/such=$T/pg/x" "$T/pg/x"
matches 'a place where none was' "$status $(last)" "^2 .*there was no tablespace in /no/such: .*fast disk"
recover --tablespace-mapping "$T/pg/fast disk=$T/pg/one" --tablespace-mapping "$T/pg/second=$T/pg/one" "$T/pg/x"
matches 'two in one directory' "$status $(last)" '^2 .*two would lie in one directory, or one in the other: .*/one and .*/one$'
recover --tablespaces "$T/pg/x/spaces" "$T/pg/x"
matches 'inside of the cluster' "$status $(last)" '^2 .*two would lie in one directory, or one in the other: .*/x/spaces/[0-9]+ and .*/x$'
ok 'neither writes anything' eval '[ ! -e "$T/pg/one" ] && [ ! -e "$T/pg/x" ]'
for map in '' x /a=b a=/b /a; do
    recover --tablespace-mapping "$map" "$T/pg/x"
    matches "no mapping: $map" "$status $(last)" '^2 .*--tablespace-mapping wants OLD=NEW'
done
fault "{\"op\":\"GetObject\",\"key\":\"$key\",\"times\":-1,\"action\":{\"status\":403}}"
rm -rf "$T/pg/elsewhere" && space elsewhere
recover --tablespace-mapping "$T/pg/fast disk=$T/pg/elsewhere" --tablespaces "$T/pg/y" "$T/pg/x"
faults_clear
is 'a base backup that cannot be read leaves nothing anywhere' \
    "$status $(ls -d "$T/pg/x" "$T/pg/y" 2>/dev/null) $(find "$T/pg/elsewhere" -mindepth 1)" '1  '
run timeout 60 "$S/verify-backup.sh" --cluster
is 'verify-backup.sh --cluster proves it' "$status" 0
is 'what lives is as it was' "$(find "$T/pg/second" -type f | wc -l) $(find "$T/pg" -maxdepth 1 -name 's3pipe.*')" "$(find "$DATA/pg_tblspc/$second/" -type f | wc -l) "

# ---- made after the base backup: in the WAL alone
space late
q -d shop -c "CREATE TABLESPACE late LOCATION '$T/pg/late'" -c 'CREATE TABLE last (i int) TABLESPACE late' -c 'INSERT INTO last VALUES (7)' -c 'CHECKPOINT'
all_archived ''
q -d postgres -c CHECKPOINT
before=$(contents "$T/pg/late")
recover --tablespaces "$T/pg/again" "$T/pg/late.r"
ok 'recovered on the host of the live one: it never opens' not opens late.r
closes late.r
matches 'recovered on the host of the live one: the log says why' "$(cat "$T/pg/late.r.log")" "makes a tablespace in $T/pg/late, which is not empty: recovery would write over what is there"
run timeout 60 "$S/verify-backup.sh" --cluster
matches 'verify-backup.sh --cluster says so, too' "$status $(cat err)" "^1 .*makes a tablespace in $T/pg/late, which is not empty"
is 'the live one is as it was' "$(contents "$T/pg/late")" "$before"
is 'and has its row' "$(q -d shop -c 'SELECT i FROM last')" 7
run "$S/basebackup.sh"
run timeout 60 "$S/verify-backup.sh" --cluster
is 'with a new base backup all is well again' "$status" 0

# ---- cut, refused
mkdir fake
printf '#!/bin/sh\n%s/pgbase "$@" | head -c -$CUT\n' "$BUILD" >fake/pgbase
chmod +x fake/pgbase
mkdir -p other/scripts && cp -r "$ROOT/scripts" other/ && touch other/Makefile && mkdir other/build
for each in s3put s3get s3ls s3rm gzstream retain pgapply; do ln -s "$BUILD/$each" other/build/; done
ln -s "$T/fake/pgbase" other/build/pgbase
before=$(s3ls "$SYSTEM/base/")
for cut in 1025 3000 1000000; do
    CUT=$cut BUILD=$T/other/build run other/scripts/basebackup.sh
    is "a stream that lacks $cut bytes: nothing is published" "$status $(s3ls "$SYSTEM/base/")" "1 $before"
done
# It cannot end before: nobody reads on.
printf '#!/bin/bash\n%s/pgbase "$@" > >(head -c 500000; sleep 2) & pid=$!\nsleep 0.5; kill -9 $pid; wait $pid\n' "$BUILD" >fake/pgbase
run env BUILD="$T/other/build" other/scripts/basebackup.sh
is 'pgbase killed: nothing is published' "$status $(s3ls "$SYSTEM/base/")" "1 $before"
q -d postgres -c 'CREATE ROLE weak LOGIN'
run env PGUSER=weak pgbase
matches 'pgbase without the right' "$status $(last)" '^1 pgbase: cannot connect: .*(must be superuser or replication role|permission denied to start WAL sender)'
run env PGPORT=1 pgbase
matches 'pgbase without a server' "$status $(last)" '^1 pgbase: cannot connect: '
run pgbase -c slow
exits 'a checkpoint that is none' 2 '^pgbase: -c is fast or spread, not slow$'
run pgbase x
exits 'an operand' 2 '^pgbase: unexpected operand: x$'
pgbase -t /dev/full >/dev/null 2>err
is 'a list that cannot be written' "$? $(cat err)" '1 pgbase: write --tablespaces: No space left on device'
pgbase >/dev/full 2>err
is 'a full disk' "$? $(cat err)" '1 pgbase: write stdout: No space left on device'
run eval 'set -o pipefail; pgbase | head -c 1000 >/dev/null'
is 'a reader that has gone is no news' "$status $(cat err)" '141 '
ok 'nothing is left in the end' nothing_left
done_testing
