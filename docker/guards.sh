# What `make up` and its brothers make sure of before they touch anything: that
# the project is this folder's, that the data are those of this PostgreSQL, and
# that the password is no default where others can reach the server. Read by
# docker/stack, whose compose, setting, config and die it uses.
# shellcheck shell=bash

project_name() { compose config --format json | sed -n 's/^ *"name": "\(.*\)",\{0,1\}$/\1/p' | head -n 1; }

# in_volume VOLUME COMMAND...: runs it in a container that has nothing but the
# volume, at /volume and not to be written.
in_volume() {
    local volume=$1
    shift
    docker run --rm --network none --user 0 -v "$volume:/volume:ro" --entrypoint "$1" \
        "postgres:$(setting POSTGRES_VERSION)" "${@:2}"
}
# volume_of NAME: the project's volume of that name, if there is one.
volume_of() {
    docker volume ls -q --filter "label=com.docker.compose.project=$project" \
        --filter "label=com.docker.compose.volume=$1"
}

# A project is known by its name alone: two clones in folders of one name would
# share containers and volumes. Containers know the folder that made them; for
# volumes without any the state volume has a note of it.
check_folder() {
    local here theirs volume
    here=$(pwd -P)
    project=$(project_name)
    theirs=$(docker ps -aq --filter "label=com.docker.compose.project=$project" |
        xargs -r docker inspect -f '{{index .Config.Labels "com.docker.compose.project.working_dir"}}' | head -n 1)
    if [ -z "$theirs" ]; then
        volume=$(volume_of backup_state)
        [ -z "$volume" ] || theirs=$(in_volume "$volume" cat /volume/folder 2>/dev/null) || theirs=
    fi
    if [ -z "$theirs" ] || [ "$theirs" = "$here" ] || [ "$(readlink -f -- "$theirs")" = "$here" ]; then return; fi
    [ "${MOVED_FROM:-}" != "$theirs" ] || return 0
    die "the project $project was made from another folder, $theirs: its containers and volumes are not this folder's. Write COMPOSE_PROJECT_NAME=another-name into .env. (If that folder was moved here: make $command MOVED_FROM='$theirs')"
}
# note_folder: whose the volumes are, once they are there.
note_folder() {
    compose exec -T backup sh -c 'printf %s "$1" >/var/lib/s3pipe/folder' - "$(pwd -P)"
}

# majors VOLUME: the majors of PostgreSQL that have data there, one a line.
majors() {
    in_volume "$1" sh -c 'cat /volume/*/docker/PG_VERSION /volume/data/PG_VERSION /volume/PG_VERSION 2>/dev/null; true' | sort -n
}
# With another POSTGRES_VERSION an empty server would start beside the data, be
# healthy, and have its empty backup taken for the latest.
check_data() {
    local wanted volume found
    compose config --services | grep -x postgres >/dev/null || return 0
    wanted=$(setting POSTGRES_VERSION)
    volume=$(volume_of postgres_data)
    [ -n "$volume" ] || return 0
    found=$(majors "$volume") || die "the volume $volume cannot be looked into"
    [ -n "$found" ] || return 0
    grep -x "$wanted" <<<"$found" >/dev/null ||
        die "the volume $volume has the data of PostgreSQL $(xargs <<<"$found"), and POSTGRES_VERSION is $wanted: an empty server would start. Write POSTGRES_VERSION=$(tail -n 1 <<<"$found"), or take the data along: make upgrade"
}

# The password of .env.example is everybody's: it must do for this host alone.
check_password() {
    local address
    [ "$(setting POSTGRES_PASSWORD)" = changeme ] || return 0
    [ -z "$(setting POSTGRES_PASSWORD_FILE)" ] || return 0
    [ "$(setting POSTGRES_HOST)" = postgres ] ||
        die 'POSTGRES_PASSWORD is the changeme of .env.example: set the password of the server'
    address=$(sed -n 's/^ *"host_ip": "\(.*\)",\{0,1\}$/\1/p' <<<"$config" | grep -vxE '127\..*|::1' | head -n 1) || true
    [ -z "$address" ] ||
        die "POSTGRES_PASSWORD is the changeme of .env.example, and a port is open on $address: set another before the first start"
}
