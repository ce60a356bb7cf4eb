#!/usr/bin/env bash
# make recover in a cluster with a tablespace, killed at each moment that matters, with
# make and the container: make up has the data, and never an empty cluster.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/stack.sh"

project=s3pipe-killed-$$ version=${STACK_POSTGRES:-18}
at_exit "compose_gone $project"
copy_tree "$T/clone"
cd "$T/clone" || exit
cp .env.example .env
set_env .env "COMPOSE_PROJECT_NAME=$project" POSTGRES_HOST_PORT= GARAGE_HOST_PORT= POSTGRES_PASSWORD=secret \
    BACKUP_SCHEDULE=@daily WAL_PARTIAL_SECONDS=2 "POSTGRES_VERSION=$version" WAL_ARCHIVE=true
compose() { COMPOSE_FILE=docker-compose.yml:docker/wal.yml docker compose "$@"; }
sql() { compose exec -T postgres psql -XAtqU postgres -d myapp -c "$1"; }
is_health() { [ "$(docker inspect -f '{{.State.Health.Status}}' "$(compose ps -aq "$1")")" = "$2" ]; }
rows() { sql "SELECT string_agg(what, ' ' ORDER BY what) FROM far"; }
# What there is of clusters and tablespaces in the volume.
volume() {
    compose exec -T -u root postgres sh -c "cd /var/lib/postgresql && ls -d fast/PG* $version/*" 2>/dev/null |
        sed "s|/PG.*||; s|$version/||; s|spaces.*|spaces|" | LC_ALL=C sort | xargs
}
told() { [ "$status" = 0 ] || sed 's/^/# /' "$T/out" "$T/err"; }

# ---- stops: commands of the recover container that wait there for the end
chmod 711 "$T"
mkdir "$T/stops" "$T/seen"
chmod 777 "$T/seen"
cat >"$T/stops.yml" <<FIN
services:
  recover:
    environment:
      PATH: /stops:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
    volumes:
      - $T/stops:/stops
      - $T/seen:/seen
FIN
# stop_at NAME PATTERN: the call of that command with these arguments, after which
# nothing happens any more.
stop_at() {
    rm -f "$T"/seen/*
    cat >"$T/stops/$1" <<FIN
#!/bin/sh
case "\$*" in $2) touch /seen/here && exec sleep 3600 ;; esac
PATH=/usr/bin:/bin exec $1 "\$@"
FIN
    chmod +x "$T/stops/$1"
}
no_exchange() {
    cat >"$T/stops/perl" <<FIN
#!/bin/sh
[ "\$1" != -MPOSIX ] || exit 1
exec /usr/bin/perl "\$@"
FIN
    chmod +x "$T/stops/perl"
}
recovers() { docker ps -q --filter "label=com.docker.compose.project=$project" --filter label=com.docker.compose.service=recover; }
# stopped TARGET...: make, until it is there.
stopped() {
    COMPOSE_FILE=docker-compose.yml:docker/wal.yml:$T/stops.yml make -s "$@" >"$T/stopped" 2>&1 &
    makes=$!
    await 200 is_here || true
    [ -e "$T/seen/here" ] || sed 's/^/# /' "$T/stopped"
}
is_here() { [ -e "$T/seen/here" ] || not kill -0 "$makes"; }
kill_make() { ours 'docker/stack recover|make.* -s recover' | xargs -r kill -9; }
kill_all() {
    kill_make
    docker kill -s KILL "$(recovers)" >/dev/null
    await 60 not is_ours 'docker.compose|docker-compose'
    docker ps -aq --filter "label=com.docker.compose.project=$project" --filter label=com.docker.compose.service=recover | xargs -r docker rm -f >/dev/null
    rm -f "$T"/stops/*
}

run make up
is 'make up' "$status" 0
told
compose exec -T -u root postgres install -d -o postgres -m 700 /var/lib/postgresql/fast
sql "CREATE TABLESPACE fast LOCATION '/var/lib/postgresql/fast'"
sql "CREATE TABLE far (what text) TABLESPACE fast; INSERT INTO far VALUES ('before')"
run make -s basebackup
is 'make basebackup with a tablespace in the volume' "$status" 0
told
sql "INSERT INTO far VALUES ('then')"
sleep 1
time=$(sql 'SELECT clock_timestamp()')
sleep 1
sql "INSERT INTO far VALUES ('since')"
sleep 5

# ---- killed while it recovers
stop_at pg_isready '*'
stopped recover "TIME=$time"
is 'while it recovers the server runs' "$(rows)" 'before since then'
run make -s up
matches 'and there is no make up beside it' "$status $err" '^2 .*another make is at work in this folder'
kill_make
run make -s recover
matches 'nor is another make recover while the container of a killed one goes on' "$status $err" '^2 .*another make'
kill_all
run make -s up
matches 'killed while it recovers: make up says so' "$status $(cat "$T/out")" '^0 .*make recover was interrupted'
told
is 'killed while it recovers: the data are there' "$(rows)" 'before since then'
is 'killed while it recovers: what it left' "$(volume)" 'docker docker.new docker.spaces fast'
ok 'which make recover-forget deletes' make -s recover-forget
is 'and nothing else' "$(volume) $(rows)" 'docker fast before since then'

# ---- killed when the server is down
stop_at sync '*/docker.new'
stopped recover "TIME=$time"
is 'the server is down' "$(compose ps -q --status running postgres)" ''
kill_all
run make -s up
is 'killed while the server is down: make up starts what there was' "$status $(rows)" '0 before since then'
told

# ---- killed between the two renames, where nothing can be exchanged
no_exchange
stop_at mv '*/docker.new\ */docker'
stopped recover "TIME=$time"
is 'there is no PGDATA' "$(docker exec -u root "$(recovers)" ls "/var/lib/postgresql/$version" | sed 's/spaces.*/spaces/' | xargs)" \
    'docker.new docker.old docker.spaces'
kill_all
set_env .env WAL_ARCHIVE=false
run make -s up
matches 'killed between the renames: make up undoes it, without WAL_ARCHIVE, too' "$status $(cat "$T/out")" '^0 .*that is undone, the server runs on what there was before'
told
is 'killed between the renames: the data are there' "$(rows) $(volume)" 'before since then docker docker.new docker.spaces fast'
set_env .env WAL_ARCHIVE=true

# ---- killed behind the swap
stop_at sync '*/docker'
stopped recover "TIME=$time"
kill_all
run make -s up
matches 'killed behind the swap: make up says what is kept' "$status $(cat "$T/out")" '^0 .*docker.old of make recover is kept'
told
is 'killed behind the swap: the server has what was recovered' "$(rows)" 'before then'
ok 'killed behind the swap: make up takes the base backup that was due' compose exec -T backup test -e /var/lib/s3pipe/last-basebackup
ok 'killed behind the swap: WAL is received again' await 60 is_health wal healthy
is 'with its tablespace in the volume' "$(volume) $(sql "SELECT regexp_replace(pg_tablespace_location(oid), 'spaces.*/', 'spaces/') = '/var/lib/postgresql/$version/docker.spaces/' || oid FROM pg_tablespace WHERE spcname = 'fast'")" \
    'docker docker.old docker.spaces fast t'

# ---- killed while it forgets
stop_at rm '*/fast/PG_*'
stopped recover-forget
kill_all
run make -s up
is 'killed while it forgets: the server has what it had' "$status $(rows)" '0 before then'
told
ok 'make recover-forget goes on' make -s recover-forget
is 'and leaves the cluster and its tablespace' "$(volume) $(rows)" 'docker docker.spaces before then'

# ---- a failure leaves nothing, and a second recovery has places of its own
before=$(volume)
run make -s recover TIME=2020-01-01
is 'a time that cannot be reached leaves nothing' "$status $(volume)" "2 $before"
run make -s basebackup
is 'make basebackup of the recovered cluster' "$status" 0
told
sql "INSERT INTO far VALUES ('again')"
sleep 5
run make -s recover
is 'make recover, a second time' "$status" 0
told
is 'with its rows' "$(rows)" 'again before then'
is 'beside the tablespace of the first' "$(volume)" 'docker docker.old docker.spaces docker.spaces'
ok 'make recover-forget, a second time' make -s recover-forget
is 'it took that away' "$(volume) $(rows)" 'docker docker.spaces again before then'
ok 'make clean' make -s clean
done_testing
