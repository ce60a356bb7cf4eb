# make upgrade: the data of an older major to the one of POSTGRES_VERSION. The
# old data stay where they are, in their folder of the volume. Read by
# docker/stack.
# shellcheck shell=bash

# with_major MAJOR COMMAND...: Compose, as if .env had that version.
with_major() {
    local major=$1 image=${OLD_IMAGE:-}
    shift
    # An image whose name has POSTGRES_VERSION in it is then the one of that major.
    if [ "$major" = "${old:-}" ] && [ -n "$image" ]; then
        POSTGRES_IMAGE=$image POSTGRES_VERSION=$major compose "$@"
    else
        POSTGRES_VERSION=$major compose "$@"
    fi
}
# check_old_image: that the old server has an image, too.
check_old_image() {
    local config image major installs
    config=$(with_major "$old" --profile '*' config --format json) || die 'Compose does not take the settings'
    image=$(setting POSTGRES_IMAGE)
    [ "$image" != "postgres:$old" ] || return 0
    look_into "$image"
    [ "$major" = "$old" ] ||
        die "POSTGRES_IMAGE: the server in $image is of PostgreSQL $major, and the data are of $old: name the image of the old server, make upgrade OLD_IMAGE=..."
}
# run_in_backup MAJOR [-e NAME=VALUE]... COMMAND...
run_in_backup() {
    local major=$1
    shift
    with_major "$major" exec -T "$@"
}
# start_major MAJOR: the server and the backup container of it; no scheduler, so
# that nothing else backs up meanwhile.
start_major() {
    printf '\n== PostgreSQL %s starts\n' "$1"
    with_major "$1" build --quiet backup || die 'the image of backup was not built'
    # shellcheck disable=SC2046 # names of services are words
    with_major "$1" up -d --wait $(compose config --services | grep -xE 'postgres|garage|backup') ||
        only_backup_fails
}
# make_cluster MAJOR: an empty one, beside the data of the older major. The image
# refuses to do that at its usual place, for it knows the place by its spelling.
make_cluster() {
    local container tries=240
    printf '\n== PostgreSQL %s is made\n' "$1"
    container=$(with_major "$1" run -d --no-deps -e "PGDATA=/var/lib/postgresql/./$1/docker" postgres 2>/dev/null) ||
        die "PostgreSQL $1 does not start"
    # shellcheck disable=SC2064 # this very container
    trap "docker rm -f $container >/dev/null 2>&1" EXIT
    until docker exec "$container" pg_isready -q -h 127.0.0.1; do
        if [ $((tries -= 1)) = 0 ] || [ "$(docker inspect -f '{{.State.Running}}' "$container")" != true ]; then
            docker logs --tail 10 "$container" >&2
            die "PostgreSQL $1 does not start; $(way_back "$old")"
        fi
        sleep 0.5
    done
    docker stop -t 60 "$container" >/dev/null
    docker rm "$container" >/dev/null
    trap - EXIT
}
# contents MAJOR DATABASE: a digest of what pg_dump says of its rows, sorted.
contents() {
    # shellcheck disable=SC2016 # the container's own variables
    with_major "$1" exec -T -e "PGDATABASE=$2" postgres sh -c \
        'pg_dump -U "$POSTGRES_USER" --data-only | sed -n "/^COPY .* FROM stdin;$/,/^\\\\\.$/p" | LC_ALL=C sort | sha256sum'
}
databases_of() { # MAJOR
    # shellcheck disable=SC2016 # the container's own variables
    with_major "$1" exec -T postgres sh -c \
        'psql -XAtqU "$POSTGRES_USER" -d postgres -c "SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate AND datname NOT LIKE '\''s3pipe\\_%'\'' ORDER BY 1"'
}
# key_of NAME KEYS: the newest key of a database among those.
key_of() {
    local name=${1//%/%25}
    name=${name//\//%2F} awk '{
        file = $0
        sub(/.*\//, "", file)
        if (sub(/_[0-9][0-9][0-9][0-9][0-9][0-9]\.sql\.gz.*$/, "", file) && file == ENVIRON["name"]) key = $0
    } END { if (key != "") print key }' <<<"$2"
}

upgrade() {
    local new old volume before after made name key globals from to
    needs_docker
    check_settings
    check_folder
    alone
    check_image
    settle
    new=$(setting POSTGRES_VERSION)
    has_service postgres || die 'the server is not one of this stack'
    volume=$(volume_of postgres_data)
    [ -n "$volume" ] || die 'there are no data yet: make up'
    old=$(majors "$volume" | grep -vx "$new" | tail -n 1) || true
    [ -n "$old" ] || die "there are no data of another PostgreSQL than $new: make up"
    ! majors "$volume" | grep -x "$new" >/dev/null ||
        die "there are data of PostgreSQL $new already, and none are overwritten: make up"
    [ "$old" -lt "$new" ] || die "PostgreSQL $old is newer than POSTGRES_VERSION, $new"
    check_old_image

    compose --profile '*' stop ofelia 2>/dev/null || true
    start_major "$old"
    before=$(run_in_backup "$old" backup s3ls)
    printf '\n== backup of all databases of PostgreSQL %s\n' "$old"
    run_in_backup "$old" -e BACKUP_DATABASES='*' -e BACKUP_EXCLUDE= -e BACKUP_GLOBALS=true backup /scripts/backup.sh --wait 600 ||
        die "the backup failed; the data of PostgreSQL $old are as they were: write POSTGRES_VERSION=$old, then make up"
    after=$(run_in_backup "$old" backup s3ls)
    made=$(LC_ALL=C comm -13 <(LC_ALL=C sort <<<"$before") <(LC_ALL=C sort <<<"$after"))
    globals=$(key_of globals "$made")
    local -A was=()
    while IFS= read -r name; do was[$name]=$(contents "$old" "$name" </dev/null); done < <(databases_of "$old")

    with_major "$old" stop postgres
    make_cluster "$new"
    start_major "$new"
    for name in "${!was[@]}"; do
        key=$(key_of "$name" "$made")
        [ -n "$key" ] || die "there is no backup of $name among those just made; $(way_back "$old")"
        printf '\n== %s\n' "$key"
        run_in_backup "$new" backup /scripts/restore.sh --wait 600 ${globals:+--globals "$globals"} -- "$key" "$name" ||
            die "$name was not restored; $(way_back "$old")"
        globals=
        from=${was[$name]} to=$(contents "$new" "$name")
        [ "$from" = "$to" ] || die "$name has other rows in PostgreSQL $new; $(way_back "$old")"
    done
    up
    printf '\nPostgreSQL %s has the rows of %s: %s\nThe old data are in the volume still; make shell-postgres, then: rm -r /var/lib/postgresql/%s\n' \
        "$new" "$old" "${!was[*]}" "$old"
}
way_back() {
    printf 'the data of PostgreSQL %s are as they were: write POSTGRES_VERSION=%s into .env. To try again, take away what is new: docker run --rm -v %s:/volume %s rm -r /volume/%s' \
        "$1" "$1" "$volume" "$(setting POSTGRES_IMAGE)" "$new"
}
