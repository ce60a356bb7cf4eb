#!/usr/bin/env bash
# verify-backup.sh --cluster: the newest base backup and its WAL are proved by
# recovering them, and nothing is left.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/s3server.sh"
. "$TESTS/lib/scripts.sh"
. "$TESTS/lib/wal.sh"
s3server_start
export VERIFY_DIRECTORY=$T/pg
verify() { run timeout 60 "$S/verify-backup.sh" --cluster; }
SYSTEM=$(system)
archiving
write_wal 1000
verify
matches 'without a base backup' "$status $(cat err)" '^1 .*there is no base backup'
"$S/basebackup.sh" 2>/dev/null
write_wal 1000
all_archived ''
verify
is 'a cluster: status' "$status" 0
matches 'a cluster: the last line' "$(last)" "verify-backup.sh: ok: the cluster $SYSTEM is recovered to 0/[0-9A-F]+, and 2 databases can be read, [0-9]+ s"
nothing() { nothing_left && [ -z "$(find "$T/pg" -maxdepth 1 -name 's3pipe.*')" ]; }
ok 'nothing is left' nothing
ok 'the server that runs is as it was' q -d postgres -c 'SELECT 1'

# ---- what must fail
name=$(s3ls "$SYSTEM/wal/" | grep -E '/[0-9A-F]{24}\.gz$' | tail -1)
s3get -q "$name" >saved
s3get -q "$name" | gunzip >segment && flip segment 9000 && flip segment 44 && gzip -c segment | s3put -q "$name"
verify
is 'a segment whose WAL is damaged: recovery does not come to its end' "$status" 1
s3put -q "$name" <saved
mark=$(s3ls "$SYSTEM/base/" | grep -v gz$)
key=$(s3ls "$SYSTEM/base/" | grep gz$)
mkdir cut && s3get -q "$key" | gunzip | tar -xf - -C cut
table=$(q -d postgres -c "SELECT pg_relation_filepath('t')")
printf 'XXXX' | dd of="cut/$table" bs=1 seek=20 conv=notrunc status=none
s3get -q "$key" >saved
tar -cf - -C cut . | gzstream | s3put -q "$key"
verify
matches 'a base backup that is not what its manifest says' "$status $(cat err)" '^1 .*not what its manifest says'
s3put -q "$key" <saved
ok 'nothing is left of the failures' nothing
# What the image of the service backup has: a client's programs of that major.
mkdir -p image/lib && cp -r "$ROOT/scripts" "$ROOT/Makefile" image/ && sed -i "s|/usr/lib/postgresql/\$version/bin|$T/image/lib|" image/scripts/lib/cluster.sh
ln -s "$PG_BIN/pg_verifybackup" "$PG_BIN/pg_dumpall" image/lib/
server_log_clear
run timeout 60 env BUILD="$BUILD" image/scripts/verify-backup.sh --cluster
matches 'a host with the programs of a client alone' "$status $(last)" '^1 .*there is no server of PostgreSQL [0-9]+ on this host'
is 'is told before the base backup is fetched' "$(server_log | grep -c 'tar.gz.*GetObject\|GetObject.*tar.gz')" 0
VERIFY_DIRECTORY=$T/none verify
exits 'no directory' 2 'VERIFY_DIRECTORY: .*none cannot be written to'
verify
is 'and when all is well again it is proved again' "$status" 0
done_testing
