#!/usr/bin/env bash
# What the stack refuses before it touches anything, and make upgrade: two
# clones of one name, data or an image of another major, a password that all know; and a
# port that is taken.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/stack.sh"
images postgres:17

project=s3pipe-guards-$$
for major in 17 18; do extended_image "$project-near:$major" "$major"; done
at_exit "compose_gone $project"
copy_tree "$T/clone"
copy_tree "$T/second"
cd "$T/clone" || exit
compose() { docker compose "$@"; }
sql() { compose exec -T postgres psql -XAtqU postgres -d "${2:-myapp}" -c "$1"; }
cp .env.example .env
set_env .env "COMPOSE_PROJECT_NAME=$project" POSTGRES_HOST_PORT= GARAGE_HOST_PORT= POSTGRES_VERSION=17
mkdir secrets
printf 'from a file' >secrets/postgres_password
chmod 644 secrets/postgres_password
sed -n '/^## Secrets in files/,/^## Two/p' "$ROOT/docs/stack.md" | sed -n '/^```yaml/,/^```$/p' | sed '/```/d' >docker-compose.override.yml

# ---- A password that all know ----
printf 'services:\n  postgres:\n    ports: ["0.0.0.0::5432"]\n' >"$T/open.yml"
run env COMPOSE_FILE="docker-compose.yml:$T/open.yml" make up
is 'the default password on an open port: status' "$status" 2
matches 'is refused' "$err" 'changeme of .env.example, and a port is open on 0.0.0.0'
set_env .env POSTGRES_HOST=db.example.com COMPOSE_PROFILES=garage
run make up
matches 'and so it is for a server elsewhere' "$err" 'changeme of .env.example: set the password'
is 'nothing was started' "$(docker ps -aq --filter "label=com.docker.compose.project=$project")" ''
set_env .env POSTGRES_HOST=postgres COMPOSE_PROFILES=postgres,garage POSTGRES_PASSWORD= \
    POSTGRES_PASSWORD_FILE=/run/secrets/postgres_password

# ---- An image of another major, or of something else ----
set_env .env POSTGRES_IMAGE=postgres:18
run make up
is 'an image of another major: status' "$status" 2
matches 'is refused, with both ways' "$err" 'POSTGRES_IMAGE: the server in postgres:18 is of PostgreSQL 18, and POSTGRES_VERSION is 17: write POSTGRES_VERSION=18, or name an image of 17'
set_env .env POSTGRES_IMAGE=mcuadros/ofelia:0.3.21
run make up
matches 'an image without a server is refused' "$err" 'POSTGRES_IMAGE: there is no server of PostgreSQL in mcuadros/ofelia:0.3.21'
is 'and nothing was started' "$(docker ps -aq --filter "label=com.docker.compose.project=$project")" ''
# shellcheck disable=SC2016 # Compose puts the version in
set_env .env "POSTGRES_IMAGE=$project-near:"'${POSTGRES_VERSION}'

# ---- A port that is taken ----
python3 -c 'import socket, time; s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(); print(s.getsockname()[1], flush=True); time.sleep(600)' >"$T/port" &
at_exit "kill $! 2>/dev/null"
await 10 test -s "$T/port"
port=$(<"$T/port")
for name in POSTGRES_HOST_PORT GARAGE_HOST_PORT; do
    set_env .env "$name=$port"
    run make up
    matches "$name that is taken is named" "$status $err" "^2 .*$name: port $port of this host is taken: write another into .env, or $name= for any that is free"
    set_env .env "$name="
done

# ---- make up, with the secret of docs/stack.md ----
run make up
is 'make up with a password in a file' "$status" 0
[ "$status" = 0 ] || sed 's/^/# /' "$T/out" "$T/err"
sql "CREATE ROLE owner; CREATE TABLE item AS SELECT i AS id, md5(i::text) AS name FROM generate_series(1, 1000) i;
     ALTER TABLE item OWNER TO owner"
sql 'CREATE DATABASE "other db"'
sql 'CREATE EXTENSION near' 'other db'
sql "CREATE TABLE note AS SELECT 'kept' AS text" 'other db'
ok 'make backup' make -s backup

# ---- Two clones ----
cp .env docker-compose.override.yml "$T/second"
cp -r secrets "$T/second"
for target in up down clean upgrade; do
    run make -C "$T/second" "$target"
    is "make $target in another folder: status" "$status" 2
    matches "make $target in another folder is refused" "$err" "made from another folder, $T/clone.*COMPOSE_PROJECT_NAME"
done
is 'the first one is as it was' "$(sql 'SELECT count(*) FROM item')" 1000
make -s down >/dev/null 2>&1
for target in up clean; do
    run make -C "$T/second" "$target"
    matches "nor is make $target there when the first is down" "$err" "made from another folder, $T/clone"
done
is 'its volumes are there' "$(docker volume ls -q --filter "label=com.docker.compose.project=$project" | wc -l)" 4

# ---- Another major ----
# shellcheck disable=SC2016 # Compose puts the version in
set_env .env POSTGRES_VERSION=18 "POSTGRES_IMAGE=$project-near:"'${POSTGRES_VERSION}'
run make up
is 'another major with data of the old one: status' "$status" 2
matches 'is refused, with both ways' "$err" 'has the data of PostgreSQL 17, and POSTGRES_VERSION is 18.*POSTGRES_VERSION=17.*make upgrade'
is 'and nothing was started' "$(docker ps -q --filter "label=com.docker.compose.project=$project")" ''
set_env .env "POSTGRES_IMAGE=$project-near:18"
run make upgrade
matches 'an upgrade wants the image of the old server' "$status $err" "^2 .*the server in $project-near:18 is of PostgreSQL 18, and the data are of 17: .*OLD_IMAGE="
# shellcheck disable=SC2016 # Compose puts the version in
set_env .env "POSTGRES_IMAGE=$project-near:"'${POSTGRES_VERSION}'
run make upgrade
is 'make upgrade' "$status" 0
[ "$status" = 0 ] || tail -n 40 "$T/out" "$T/err" | sed 's/^/# /'
matches 'the server is the new one' "$(sql 'SHOW server_version')" '^18'
is 'it has the rows' "$(sql 'SELECT count(*), min(name) FROM item')" '1000|00411460f7c92d2124a67ea0f4cb5f85'
is 'and the owner' "$(sql "SELECT tableowner FROM pg_tables WHERE tablename = 'item'")" owner
is 'and the other database' "$(sql 'SELECT text FROM note' 'other db')" kept
is 'with its extension' "$(sql "SELECT near('abc', 'abc')" 'other db')" 1
is 'the old data are there' "$(compose exec -T postgres cat /var/lib/postgresql/17/docker/PG_VERSION)" 17
run make upgrade
matches 'a second upgrade has nothing to do' "$err" 'there are data of PostgreSQL 18 already'
ok 'make backup by the new one' make -s backup
ok 'make down' make -s down
ok 'make clean' make -s clean
is 'leaves nothing' "$(docker volume ls -q --filter "label=com.docker.compose.project=$project")" ''
done_testing
