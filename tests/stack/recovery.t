#!/usr/bin/env bash
# Point-in-time recovery in the stack: WAL_ARCHIVE=true, make up, make recover
# TIME=...; no file is edited by hand but .env.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/stack.sh"

project=s3pipe-pitr-$$
extended_image "$project-near:18" "${STACK_POSTGRES:-18}"
at_exit "compose_gone $project"
copy_tree "$T/clone"
cd "$T/clone" || exit
cp .env.example .env
set_env .env "COMPOSE_PROJECT_NAME=$project" POSTGRES_HOST_PORT= GARAGE_HOST_PORT= \
    "POSTGRES_PASSWORD='pa\$word'" BACKUP_SCHEDULE=@daily WAL_PARTIAL_SECONDS=2 "POSTGRES_VERSION=${STACK_POSTGRES:-18}"
set_env .env "POSTGRES_IMAGE=$project-near:18"
compose() { COMPOSE_FILE=docker-compose.yml:docker/wal.yml docker compose "$@"; }
sql() { compose exec -T postgres psql -XAtqU postgres -d myapp -c "$1"; }
is_health() { [ "$(docker inspect -f '{{.State.Health.Status}}' "$(compose ps -aq "$1")")" = "$2" ]; }

run make recover
matches 'without WAL_ARCHIVE there is nothing to recover from' "$status $err" '^2 .*WAL_ARCHIVE is not true in .env'
set_env .env WAL_ARCHIVE=true
run make up
is 'make up' "$status" 0
[ "$status" = 0 ] || sed 's/^/# /' "$T/out" "$T/err"
ok 'Ofelia has the base backup' eval 'compose logs ofelia 2>&1 | grep -q "\"basebackup\""'
ok 'wal is healthy' await 60 is_health wal healthy
is 'the slot is bounded' "$(sql 'SHOW max_slot_wal_keep_size')" 10GB
# A server without the library of near does not start on these data.
sql "ALTER SYSTEM SET shared_preload_libraries = 'near'"
sql 'CREATE EXTENSION near'
compose restart postgres >/dev/null 2>&1
await 60 is_health postgres healthy
is 'the server is that of POSTGRES_IMAGE' "$(sql "SELECT near('abc', 'abc')") $(sql 'SHOW shared_preload_libraries')" '1 near'
await 60 is_health wal healthy
sql 'CREATE TABLE item (i serial, at timestamptz DEFAULT clock_timestamp())'
sql 'INSERT INTO item DEFAULT VALUES'
run make -s basebackup
is 'make basebackup' "$status" 0
[ "$status" = 0 ] || sed 's/^/# /' "$T/out" "$T/err"
sleep 2
for _ in 1 2 3; do sql 'INSERT INTO item DEFAULT VALUES'; done
sleep 1
time=$(sql 'SELECT clock_timestamp()')
sleep 1
sql 'DELETE FROM item; INSERT INTO item DEFAULT VALUES'
sleep 5
ok 'make recover-list' eval 'make -s recover-list | grep -qE "^[0-9]{19} +1 +20"'

run make -s recover "TIME=2020-01-01"
matches 'a time that cannot be reached changes nothing' "$status $(cat "$T/err" "$T/out")" '^2 .*nothing was recovered, and nothing was changed'
is 'the server goes on' "$(sql 'SELECT count(*) FROM item')" 1
run make -s recover "TIME=$time"
is 'make recover TIME=' "$status" 0
[ "$status" = 0 ] || sed 's/^/# /' "$T/out" "$T/err"
is 'the data of that second' "$(sql 'SELECT count(*), max(i) FROM item')" '4|4'
is 'on the next timeline' "$(sql 'SELECT timeline_id FROM pg_control_checkpoint()')" 2
is 'by a server that has the extension' "$(sql "SELECT near('abc', 'abc')")" 1
is 'with the settings that it had' "$(sql 'SHOW hot_standby') $(sql 'SHOW restore_command')" 'on '
ok 'what was there before is still there' compose exec -T postgres test -e "/var/lib/postgresql/${STACK_POSTGRES:-18}/docker.old/PG_VERSION"
run make -s recover "TIME=$time"
matches 'a second one does not touch that' "$status $(cat "$T/err" "$T/out")" '^2 .*make recover-forget'
ok 'make recover-forget' make -s recover-forget
ok 'forgets it' not compose exec -T postgres test -e "/var/lib/postgresql/${STACK_POSTGRES:-18}/docker.old"
ok 'WAL is received again' await 60 is_health wal healthy

# ---- the server and its volume are gone, under load
sql 'CREATE TABLE load (i serial, at timestamptz DEFAULT clock_timestamp())'
sleep 1
compose exec -T postgres psql -XAtqU postgres -d myapp -c "DO \$\$ BEGIN LOOP INSERT INTO load DEFAULT VALUES; COMMIT; PERFORM pg_sleep(0.02); END LOOP; END \$\$" >/dev/null 2>&1 &
sleep 15
last=$(sql 'SELECT max(at) FROM load')
docker rm -f "$(compose ps -q postgres)" >/dev/null
compose stop wal >/dev/null 2>&1
docker volume rm "${project}_postgres_data" >/dev/null
is 'the volume is gone' "$(docker volume ls -q | grep -c "${project}_postgres_data")" 0
run make -s recover
is 'make recover without TIME' "$status" 0
[ "$status" = 0 ] || sed 's/^/# /' "$T/out" "$T/err"
is 'no more than ten seconds are lost' "$(sql "SELECT max(at) > timestamptz '$last' - interval '10 seconds' FROM load")" t
is 'and nothing of before' "$(sql 'SELECT count(*) FROM item')" 4

# ---- another moment: on the timeline that was left
left=$(sql 'SELECT timeline_id FROM pg_control_checkpoint()')
sql 'CREATE TABLE left_behind AS SELECT 1 AS i'
sleep 1
time=$(sql 'SELECT clock_timestamp()')
sleep 1
sql 'DROP TABLE left_behind'
ok 'WAL is received again, on the next timeline' await 60 is_health wal healthy
sleep 5
run make -s recover
is 'make recover, to go on along another timeline' "$status" 0
[ "$status" = 0 ] || sed 's/^/# /' "$T/out" "$T/err"
ok 'there is room for another' make -s recover-forget
run make -s recover "TIMELINE=$left" "TIME=$time"
is 'make recover TIMELINE= TIME=' "$status" 0
[ "$status" = 0 ] || sed 's/^/# /' "$T/out" "$T/err"
is 'what was there then, on the timeline that was left' "$(sql 'SELECT i FROM left_behind')" 1

# ---- verified: as docs/recovery.md has it
run compose exec -T backup /scripts/verify-backup.sh --cluster
matches 'the image of backup has no server, and says so' "$status $(cat "$T/err")" '^1 .*there is no server of PostgreSQL [0-9]+ on this host'
run docker compose -f docker-compose.yml -f docker/wal.yml run --rm --build -T -u postgres -e VERIFY_DIRECTORY=/var/lib/postgresql \
    --entrypoint /scripts/verify-backup.sh recover --cluster
matches 'that of recover verifies the cluster' "$status $(cat "$T/err")" '^0 .*ok: the cluster [0-9]+ is recovered to'

# ---- a new machine: the page says make up, then make recover SYSTEM=
system=$(sql 'SELECT system_identifier FROM pg_control_system()')
sleep 5
docker rm -f "$(compose ps -q postgres)" >/dev/null
compose stop wal >/dev/null 2>&1
docker volume rm "${project}_postgres_data" >/dev/null
run make -s up
is 'make up makes an empty cluster' "$status $(sql "SELECT to_regclass('left_behind')")" '0 '
[ "$status" = 0 ] || sed 's/^/# /' "$T/out" "$T/err"
make -s basebackup >/dev/null 2>&1
is 'which is listed, too' "$(make -s recover-list | grep -oE '^[0-9]{19}' | sort -u | wc -l)" 2
run make -s recover
matches 'make recover has to be told which' "$status $(cat "$T/err" "$T/out")" '^2 .*there are several clusters, name one of them by --system'
run make -s recover "SYSTEM=$system"
is 'make recover SYSTEM=' "$status" 0
[ "$status" = 0 ] || sed 's/^/# /' "$T/out" "$T/err"
is 'the cluster of the old machine' "$(sql 'SELECT i FROM left_behind') $(sql 'SELECT system_identifier FROM pg_control_system()')" "1 $system"
ok 'the empty one is kept' compose exec -T postgres test -e "/var/lib/postgresql/${STACK_POSTGRES:-18}/docker.old/PG_VERSION"
ok 'WAL of the old one is received again' await 60 is_health wal healthy
ok 'make recover-forget forgets the empty one' make -s recover-forget
ok 'make clean' make -s clean
done_testing
