#!/usr/bin/env bash
# The Compose stack as its users meet it: a clone, cp .env.example .env, make
# up, and what a life of a stack holds. Its project and its volumes are its own.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/stack.sh"

project=s3pipe-test-$$
at_exit "compose_gone $project"
at_exit "docker rm -f -v $project-other >/dev/null 2>&1"
copy_tree "$T/clone"
cd "$T/clone" || exit

compose() { docker compose "$@"; }
in_backup() { compose exec -T backup "$@"; }
sql() { compose exec -T postgres psql -XAtqU postgres -d myapp -c "$1"; }
health() { docker inspect -f '{{.State.Health.Status}}' "$(compose ps -aq "$1")"; }
is_health() { [ "$(health "$1")" = "$2" ]; }
keys() { in_backup s3ls "$@" | grep -v globals; }
newest() { keys | tail -n 1; }
says() { "$@" 2>&1 | tee "$T/said" | grep -qE "$pattern" || { tail -n 5 "$T/said" && return 1; }; }

# ---- Before there is a stack ----
run make up
is 'make up without .env fails' "$status" 2
matches 'and says what to do' "$err" 'cp .env.example .env'
cp .env.example .env
set_env .env "COMPOSE_PROJECT_NAME=$project" POSTGRES_HOST_PORT= GARAGE_HOST_PORT= \
    "POSTGRES_PASSWORD='pa\$word \"x'" "BACKUP_SCHEDULE='0 * * * *'"
run make backup
matches 'make backup without a stack says so' "$err" 'backup does not run: make up'
run make restore
matches 'make restore wants FILE' "$err" 'FILE=2026'
run make up
matches 'five fields are refused, with what to write' "$err" "five fields.*write '0 0 \* \* \* \*'"
is 'and nothing was started' "$(docker ps -aq --filter "label=com.docker.compose.project=$project")" ''
set_env .env BACKUP_SCHEDULE=@hourly POSTGRES_VERSION=18.1
run make up
matches 'a version that is not a major is refused' "$err" "'18.1' is not a major version"
set_env .env "POSTGRES_VERSION=${STACK_POSTGRES:-18}"
run env DOCKER_HOST="unix://$T/none" make up
matches 'an engine that does not answer' "$err" 'no Docker engine answers'

# ---- make up ----
run make up
is 'make up' "$status" 0
[ "$status" = 0 ] || sed 's/^/# /' "$T/out" "$T/err"
matches 'tells where things are' "$(<"$T/out")" 'garage +127.0.0.1:[0-9]+'
for service in postgres backup garage; do is "$service is healthy" "$(health $service)" healthy; done
pattern=registered ok 'Ofelia has both jobs' says compose logs ofelia
container=$(compose ps -q backup)
inspect() { docker inspect -f "$1" "$container"; }
is 'its root is read-only' "$(inspect '{{.HostConfig.ReadonlyRootfs}}')" true
is 'it has no capabilities' "$(inspect '{{.HostConfig.CapDrop}}')" '[ALL]'
is 'it is not root' "$(in_backup id -un)" s3pipe
is 'and has no compiler' "$(in_backup sh -c 'command -v cc gcc make || true')" ''
is 'ports are on loopback alone' "$(docker ps --filter "label=com.docker.compose.project=$project" --format '{{.Ports}}' |
    grep -o '[0-9.:]*->' | grep -v '^127.0.0.1:')" ''
is 'pg_dump is of the server'\''s major' "$(in_backup pg_dump --version | sed 's/.*) \([0-9]*\).*/\1/')" \
    "$(sql 'SHOW server_version' | sed 's/\..*//')"

# ---- Back up, list, restore ----
sql "CREATE TABLE item (id int PRIMARY KEY, name text, at timestamptz);
     INSERT INTO item SELECT i, md5(i::text), '2026-01-01'::timestamptz + i * interval '1 minute' FROM generate_series(1, 5000) i"
fingerprint() { sql "SELECT count(*), md5(string_agg(i::text, ',' ORDER BY id)) FROM item i"; }
before=$(fingerprint)
ok 'make backup' make -s backup
key=$(newest)
matches 'the key has the form' "$key" '^20[0-9]{2}/[01][0-9]/[0-3][0-9]/myapp_[0-9]{6}\.sql\.gz$'
pattern=$key ok 'make list-backups shows it' says make -s list-backups
ok 'the scheduled log is in docker logs' await 10 eval "compose logs backup | grep -q '$key'"
sql 'DELETE FROM item WHERE id > 10'
ok 'make restore FILE=' make -s restore "FILE=$key"
is 'brings the data back' "$(fingerprint)" "$before"
run make -s restore FILE=2001/01/01/myapp_000000.sql.gz
is 'a key that is not there fails' "$status" 2
matches 'and says so' "$err" '2001/01/01/myapp_000000'
is 'and harms nothing' "$(fingerprint)" "$before"

docker run -d --name "$project-other" --network "${project}_default" --network-alias other \
    -e POSTGRES_PASSWORD=other "postgres:${STACK_POSTGRES:-18}" >/dev/null
other() { docker exec "$project-other" psql -h 127.0.0.1 -XAtqU postgres -d myapp -c "$1"; }
await 60 docker exec "$project-other" pg_isready -h 127.0.0.1 -U postgres
ok 'restored to a second server' compose exec -T -e POSTGRES_HOST=other -e POSTGRES_PASSWORD=other \
    backup /scripts/restore.sh "$key" myapp
is 'it is the same' "$(other "SELECT count(*), md5(string_agg(i::text, ',' ORDER BY id)) FROM item i")" "$before"

# ---- Retention ----
for old in 2024/01/01/myapp_000000 2024/01/02/myapp_000000 2024/02/01/myapp_000000; do
    echo old | in_backup s3put "$old.sql.gz"
done
pattern='2024/01/01' ok 'make cleanup-dry-run tells' says make -s cleanup-dry-run
is 'and deletes nothing' "$(keys 2024/ | wc -l)" 3
ok 'a cleanup with a policy' compose exec -T -e RETENTION_KEEP_LAST=1 -e RETENTION_KEEP_HOURLY=0 -e RETENTION_KEEP_DAILY=0 \
    -e RETENTION_KEEP_WEEKLY=0 -e RETENTION_KEEP_MONTHLY=0 -e RETENTION_KEEP_YEARLY=0 backup /scripts/cleanup.sh
is 'keeps the newest alone' "$(keys)" "$key"
ok 'make cleanup' make -s cleanup

# ---- docker stop in the middle of a backup ----
cat >"$T/slow" <<'END'
head -c 20000000
sleep 60
cat
END
sql "CREATE TABLE big AS SELECT i % 6000 AS i, string_agg(md5(random()::text), '') AS noise FROM generate_series(1, 1800000) i GROUP BY 1"
count=$(keys | wc -l)
compose exec -T -e GZSTREAM_OPTIONS=-1 -e BACKUP_FILTER="bash -c '$(tr '\n' ';' <"$T/slow")'" \
    -e BACKUP_FILTER_SUFFIX=.slow backup /scripts/backup.sh >"$T/stopped" 2>&1 &
job=$!
ok 'an upload is under way' await 30 eval "in_backup s3ls -u | grep -q slow"
start=$SECONDS
ok 'docker stop' compose stop backup
wait $job && stopped=0 || stopped=$?
ok 'the job fails' test "$stopped" != 0
ok 'at once, not by the grace period' test $((SECONDS - start)) -lt 20
ok 'make up says that the last backup failed' eval 'make -s up 2>&1 | grep -q "not healthy: the last backup failed"'
ok 'the next one' make -s backup
ok 'makes it healthy again' await 60 is_health backup healthy
is 'nothing of it was published' "$(keys | wc -l)" "$((count + 1))"
is 'no upload is left' "$(in_backup s3ls -u)" ''

# ---- The schedule, and a store that goes away ----
set_env .env "BACKUP_SCHEDULE='*/5 * * * * *'" "CLEANUP_SCHEDULE='*/5 * * * * *'" S3_RETRIES=2 RETENTION_KEEP_HOURLY=0 \
    RETENTION_KEEP_LAST=3 RETENTION_KEEP_DAILY=1 RETENTION_KEEP_WEEKLY=0 RETENTION_KEEP_MONTHLY=0 RETENTION_KEEP_YEARLY=0
sql 'DROP TABLE big'
count=$(keys | wc -l) last=$(newest)
ok 'make up with another schedule' make -s up
newer() { [[ $(newest) > $last ]]; }
ok 'the schedule fires' await 30 newer
last=$(newest)
ok 'and again' await 30 newer
pattern='ok myapp' ok 'make logs-backup shows it' says make -s logs-backup
ok 'and cleanups beside it' await 30 eval "compose logs backup | grep -q 'cleanup.sh: ok'"
pattern=. ok 'make logs' says make -s logs
# With a state of its own: the next good one, seconds later, takes it back.
is 'a cleanup that fails is seen in the health' "$(compose exec -T -e S3_BUCKET=nosuch -e S3PIPE_STATE_DIR=/tmp/state backup \
    sh -c '/scripts/cleanup.sh 2>/dev/null; /scripts/healthcheck' | cut -d: -f 1)" 'the last cleanup failed'
pattern='LOG_FORMAT is text or json' ok 'settings that a job would refuse end the container' \
    eval '! compose run --rm --no-deps -e LOG_FORMAT=xml backup >"$T/refused" 2>&1 && grep -q "$pattern" "$T/refused"'
compose stop garage >/dev/null 2>&1
ok 'without the store it is unhealthy' await 90 is_health backup unhealthy
ok 'and the log says why' eval "compose logs backup | grep -qi 'backup.sh: .*failed\|garage'"
compose start garage >/dev/null 2>&1
last=$(newest)
ok 'with the store backups go on' await 60 newer
ok 'and it is healthy again' await 60 is_health backup healthy
is 'no upload is left of it' "$(in_backup s3ls -u)" ''
compose stop ofelia >/dev/null 2>&1

# ---- Down, up, clean ----
last=$(newest)
ok 'make down' make -s down
is 'nothing runs' "$(docker ps -q --filter "label=com.docker.compose.project=$project")" ''
set_env .env BACKUP_SCHEDULE=@hourly 'CLEANUP_SCHEDULE=0 0 1 * * *'
ok 'make up again' make -s up
is 'the database outlived it' "$(fingerprint)" "$before"
ok 'and so did the backups' eval "keys | grep -qx '$last'"
docker rm -f -v "$project-other" >/dev/null
ok 'make clean' make -s clean
for what in ps volume network; do
    case $what in ps) list='ps -aq' ;; *) list="$what ls -q" ;; esac
    # shellcheck disable=SC2086
    is "after it there is no $what" "$(docker $list --filter "label=com.docker.compose.project=$project")" ''
done
done_testing
