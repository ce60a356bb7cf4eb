# What `make up` and its brothers make sure of before they touch anything: that
# the project is this folder's, that the data and the image are those of this
# PostgreSQL and the data in their place, that the password is no default where others
# can reach the server, and that network, socket and zone are there. Read by
# docker/stack, whose compose, setting, config and die it uses.
# shellcheck shell=bash

project_name() { compose config --format json | sed -n 's/^ *"name": "\(.*\)",\{0,1\}$/\1/p' | head -n 1; }

# in_volume VOLUME COMMAND...: runs it in a container that has nothing but the
# volume, at /volume and not to be written.
in_volume() {
    local volume=$1
    shift
    docker run --rm --network none --user 0 -v "$volume:/volume:ro" --entrypoint "$1" \
        "$(setting POSTGRES_IMAGE)" "${@:2}"
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

# settle [again]: puts back the data that a make recover moved away before it was
# killed, see docker/settle.sh.
settle() {
    local volume said
    has_service postgres || return 0
    volume=$(volume_of postgres_data)
    [ -n "$volume" ] || return 0
    said=$(docker run --rm -i --network none --user 0 -v "$volume:/var/lib/postgresql" --entrypoint sh \
        "$(setting POSTGRES_IMAGE)" -s /var/lib/postgresql "$@" <docker/settle.sh) ||
        die "${said:-the volume $volume cannot be looked into}"
    [ -z "$said" ] || printf '%s\n' "$said"
}

# majors VOLUME: the majors of PostgreSQL that have data there, one a line.
majors() {
    in_volume "$1" sh -c 'cat /volume/*/docker/PG_VERSION /volume/data/PG_VERSION /volume/PG_VERSION 2>/dev/null; true' | sort -n
}
# With another POSTGRES_VERSION an empty server would start beside the data, be
# healthy, and have its empty backup taken for the latest.
check_data() {
    local wanted volume found
    has_service postgres || return 0
    wanted=$(setting POSTGRES_VERSION)
    volume=$(volume_of postgres_data)
    [ -n "$volume" ] || return 0
    found=$(majors "$volume") || die "the volume $volume cannot be looked into"
    [ -n "$found" ] || return 0
    grep -x "$wanted" <<<"$found" >/dev/null ||
        die "the volume $volume has the data of PostgreSQL $(xargs <<<"$found"), and POSTGRES_VERSION is $wanted: an empty server would start. Write POSTGRES_VERSION=$(tail -n 1 <<<"$found"), or take the data along: make upgrade"
}

# has_service NAME: whether it is one that COMPOSE_PROFILES has started.
has_service() {
    compose config --services | grep -x "$1" >/dev/null # -q would break the pipe
}

# look_into IMAGE: sets major to that of the server in it, and installs to whether
# packages can be installed there, as the image of make recover wants it.
look_into() {
    local said
    docker image inspect "$1" >/dev/null 2>&1 || docker pull -q "$1" ||
        die "POSTGRES_IMAGE: the image $1 cannot be pulled"
    said=$(docker run --rm --network none --entrypoint sh "$1" -c 'postgres --version && { command -v apt-get || true; }' 2>&1) &&
        [[ $said =~ PostgreSQL\)\ ([1-9][0-9]) ]] ||
        die "POSTGRES_IMAGE: there is no server of PostgreSQL in $1: ${said##*$'\n'}"
    major=${BASH_REMATCH[1]} installs=''
    [[ $said != *apt-get* ]] || installs=1
}
# pg_dump is that of POSTGRES_VERSION, and so is the folder of the data.
check_image() {
    local image wanted major installs
    wanted=$(setting POSTGRES_VERSION) image=$(setting POSTGRES_IMAGE)
    if [ "$image" = "postgres:$wanted" ] || ! has_service postgres; then return; fi
    look_into "$image"
    [ "$major" = "$wanted" ] ||
        die "POSTGRES_IMAGE: the server in $image is of PostgreSQL $major, and POSTGRES_VERSION is $wanted: write POSTGRES_VERSION=$major, or name an image of $wanted"
    [ -n "$installs" ] || [ "$(setting WAL_ARCHIVE)" != true ] ||
        die "POSTGRES_IMAGE: $image has no apt-get, and the image of make recover is made from it: name one that is made from Debian or Ubuntu, or write WAL_ARCHIVE=false"
}

check_network() {
    local name
    name=$(setting BACKUP_NETWORK)
    [ -z "$name" ] || docker network inspect "$name" >/dev/null 2>&1 ||
        die "BACKUP_NETWORK: there is no network $name: start the project that makes it, or write another name of docker network ls"
}

# in_backup_image OPTION... COMMAND: as root, in the image of backup, which is built
# by then: the engine need not be on this machine.
in_backup_image() {
    local image
    image=$(sed -n '/^    "backup": {/,/^    }/s/^      "image": "\(.*\)",\{0,1\}$/\1/p' <<<"$config")
    docker run --rm --network none --user 0 --security-opt label=disable "${@:1:$#-1}" --entrypoint sh \
        "${image:-$project-backup}" -c "${!#}" 2>&1
}
# Ofelia starts the jobs by this socket. A rootless engine has it elsewhere, and at
# the usual place there may be that of another engine.
check_socket() {
    local socket said used
    socket=$(setting DOCKER_SOCKET)
    said=$(in_backup_image --mount "type=bind,source=$socket,target=/run/engine.sock" \
        'curl -sS -m 10 --noproxy "*" --unix-socket /run/engine.sock http://engine/_ping') || true
    [ "$said" != OK ] || return 0
    used=${DOCKER_HOST:-$(docker context inspect -f '{{.Endpoints.docker.Host}}' 2>/dev/null)} || used=
    die "DOCKER_SOCKET: no engine answers at $socket, by which the scheduler starts the jobs (${said%%$'\n'*}). Write the socket of the engine into .env; docker uses ${used:-the default}"
}
# Ofelia takes a zone that it does not know for UTC.
check_zone() {
    local zone
    zone=$(setting SCHEDULE_TZ)
    [ "$zone" != UTC ] || return 0
    [[ $zone =~ ^[A-Z][A-Za-z0-9/_+-]*$ ]] && in_backup_image "test -f '/usr/share/zoneinfo/$zone'" >/dev/null ||
        die "TZ: '$zone' is not a time zone such as Europe/Berlin, and the schedules would be in UTC"
}

# The password of .env.example is everybody's: it must do for this host alone.
check_password() {
    local address
    [ "$(setting POSTGRES_PASSWORD)" = changeme ] || return 0
    [ -z "$(setting POSTGRES_PASSWORD_FILE)" ] || return 0
    [ "$(setting POSTGRES_HOST)" = postgres ] && has_service postgres ||
        die 'POSTGRES_PASSWORD is the changeme of .env.example: set the password of the server'
    address=$(sed -n 's/^ *"host_ip": "\(.*\)",\{0,1\}$/\1/p' <<<"$config" | grep -vxE '127\..*|::1' | head -n 1) || true
    [ -z "$address" ] ||
        die "POSTGRES_PASSWORD is the changeme of .env.example, and a port is open on $address: set another before the first start"
}

# tell_port: where a service did not start because its port is taken, names the
# setting.
tell_port() {
    local service name port said
    for service in postgres garage; do
        name=${service^^}_HOST_PORT
        port=$(setting "$name")
        said=$(compose ps -aq "$service" 2>/dev/null | xargs -r docker inspect -f '{{.State.Error}}')
        [[ $said == *":$port"[!0-9]* && $said =~ allocated|in\ use ]] || continue
        die "$name: port $port of this host is taken: write another into .env, or $name= for any that is free"
    done
}
