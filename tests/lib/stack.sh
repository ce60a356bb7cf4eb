# Copies of this tree that run as Compose projects of their own, for tests/stack.
# shellcheck shell=bash

. "$ROOT/tests/lib/engine.sh"
docker compose version >/dev/null 2>&1 || skip_all 'no docker compose'
images "postgres:${STACK_POSTGRES:-18}" dxflrs/garage:v2.4.1 mcuadros/ofelia:0.3.21

# copy_tree DIRECTORY: what a clone holds, uncommitted changes too.
copy_tree() {
    mkdir -p "$1"
    (cd "$ROOT" && cp -r --parents Makefile VERSION .dockerignore .env.example docker-compose.yml \
        bin common scripts docker "$1")
}
# extended_image TAG MAJOR: PostgreSQL with an extension that no other image has: near,
# whose library the server can preload.
extended_image() {
    images "postgres:$2"
    at_exit "docker rmi -f $1 >/dev/null 2>&1"
    DOCKER_BUILDKIT=0 docker build -q -t "$1" - >"$T/image.log" 2>&1 <<END || sed 's/^/# /' "$T/image.log"
FROM postgres:$2
RUN cp /usr/lib/postgresql/$2/lib/pg_trgm.so /usr/lib/postgresql/$2/lib/near.so && \\
    cd /usr/share/postgresql/$2/extension && \\
    printf "default_version = '1.0'\\n" >near.control && \\
    printf "CREATE FUNCTION near(text, text) RETURNS float4 AS '\\044libdir/near', 'similarity' LANGUAGE C STRICT;\\n" >near--1.0.sql
END
}
# set_env FILE NAME=VALUE...: as an editor would change .env.
set_env() {
    local file=$1 pair
    shift
    for pair; do
        sed -i "/^${pair%%=*}=/d" "$file"
        printf '%s\n' "$pair" >>"$file"
    done
}
# compose_gone PROJECT: undoes a project, however far it came.
compose_gone() {
    docker ps -aq --filter "label=com.docker.compose.project=$1" | xargs -r docker rm -f -v
    docker volume ls -q --filter "label=com.docker.compose.project=$1" | xargs -r docker volume rm -f
    docker network ls -q --filter "label=com.docker.compose.project=$1" | xargs -r docker network rm
    for image in backup wal recover; do docker images -q "$1-$image"; done | xargs -r docker rmi -f
} >/dev/null 2>&1
