#!/usr/bin/env bash
# Stacks beside another Compose project: docs/stack.md's recipe for several servers as
# it is written, for two servers that are reached by BACKUP_NETWORK; schedules in
# another zone; the engine's socket at another place, and at none.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/stack.sh"

theirs=s3pipe-shop-$$
for project in "$theirs" "s3pipe-orders-$$" "s3pipe-billing-$$"; do at_exit "compose_gone $project"; done
copy_tree "$T/s3pipe"
cd "$T/s3pipe" || exit
git init -q . && git add -A && git -c user.name=test -c user.email=test@localhost commit -qm tree || exit
page=$ROOT/docs/stack.md
section() { sed -n "/^## $1/,/^## /p" "$page"; } # TITLE
blocks() { sed -n "/^\`\`\`$1\$/,/^\`\`\`\$/p" | sed '/```/d'; } # LANGUAGE

# ---- another project: two servers, and a store
mkdir "$T/shop"
cat >"$T/shop/docker-compose.yml" <<END
name: $theirs
services:
  garage:
    extends: { file: $T/s3pipe/docker-compose.yml, service: garage }
    profiles: !reset []
  orders-db: &server
    image: postgres:${STACK_POSTGRES:-18}
    environment: { POSTGRES_DB: myapp, POSTGRES_PASSWORD: "of the server" }
    healthcheck:
      test: ["CMD-SHELL", "pg_isready -h 127.0.0.1 -U postgres -d myapp"]
      interval: 2s
      retries: 60
  billing-db: *server
volumes:
  garage_meta:
  garage_data:
END
sed 's/^GARAGE_HOST_PORT=.*/GARAGE_HOST_PORT=/' .env.example >"$T/shop/.env"
run docker compose --project-directory "$T/shop" up -d --wait
is 'the other project runs' "$status" 0
[ "$status" = 0 ] || sed 's/^/# /' "$T/err"
for server in orders billing; do
    docker compose --project-directory "$T/shop" exec -T "$server-db" psql -qU postgres -d myapp \
        -c "CREATE TABLE whose AS SELECT '$server' AS name"
done

# ---- the settings of the page, less what is another here
grep -E '^(S3_(ENDPOINT|BUCKET|ACCESS_KEY|SECRET_KEY)|BACKUP_SCHEDULE)=' .env.example >common.env
section 'A server of another Compose project' | blocks ini | grep -v '^POSTGRES_HOST=' |
    sed "s/^COMPOSE_PROFILES=.*/COMPOSE_PROFILES=/; s/^BACKUP_NETWORK=shop_default/BACKUP_NETWORK=${theirs}_default/" >>common.env
is 'BACKUP_NETWORK is that of the page' "$(grep -c "^BACKUP_NETWORK=${theirs}_default" common.env)" 1
section 'Several servers' | blocks ini >page.env
for server in orders billing; do
    sed "s/orders\.example\.com/$server-db/; s/orders/$server/; s/^COMPOSE_PROJECT_NAME=.*/&-$$/; s/'\.\.\.'/'of the server'/
        s/^POSTGRES_VERSION=.*/POSTGRES_VERSION=${STACK_POSTGRES:-18}/" page.env >"$server.env"
done
is 'the settings of a server are those of the page' "$(cut -d = -f 1 billing.env | xargs)" \
    'COMPOSE_PROJECT_NAME POSTGRES_HOST POSTGRES_VERSION POSTGRES_PASSWORD S3_PREFIX'

# ---- the commands of the page
section 'Several servers' | blocks bash >commands
is 'the page has two loops' "$(grep -c ^done commands)" 2
run bash -e commands
is 'they run' "$status" 0
[ "$status" = 0 ] || tail -n 20 "$T/out" "$T/err" | sed 's/^/# /'
in_stack() { docker compose --project-directory "$T/s3pipe-$1" exec -T backup "${@:2}"; }
for server in orders billing; do
    run make -s -C "../s3pipe-$server" backup
    is "$server: make backup" "$status" 0
    [ "$status" = 0 ] || sed 's/^/# /' "$T/err"
    is "$server: below its own prefix, and no other is seen" \
        "$(in_stack "$server" /scripts/list-backups.sh | grep -o "[a-z]*/20[0-9/]*/myapp" | cut -d / -f 1 | sort -u)" "$server"
    key=$(in_stack "$server" s3ls "$server/" | grep myapp)
    is "$server: of its own server" "$(in_stack "$server" sh -c "s3get -q $key | gzstream -d" | sed -n '/^COPY public.whose/{n;p}')" "$server"
done
is 'the store has both' "$(in_stack orders s3ls | cut -d / -f 1 | sort -u | xargs)" 'billing orders'

# ---- a network and a socket that are not there
cd "$T/s3pipe-orders" || exit
set_env .env BACKUP_NETWORK=nosuch_default
run make up
matches 'a network that is not there' "$status $err" '^2 .*BACKUP_NETWORK: there is no network nosuch_default'
set_env .env "BACKUP_NETWORK=${theirs}_default" "DOCKER_SOCKET=$T/none.sock"
run make up
matches 'a socket that is not there' "$status $err" "^2 .*DOCKER_SOCKET: no engine answers at $T/none.sock, by which the scheduler starts the jobs .*bind source path does not exist.*docker uses unix://"
ok 'no directory is made in its place' test ! -e "$T/none.sock"
set_env .env DOCKER_SOCKET=/etc/hostname
run make up
matches 'what is no socket' "$status $err" '^2 .*no engine answers at /etc/hostname'

# ---- a zone, and the socket by another name: jobs are started at all
ln -s /var/run/docker.sock "$T/engine.sock"
set_env .env "DOCKER_SOCKET=$T/engine.sock" TZ=Mars/Base
run make up
matches 'a zone that there is not' "$status $err" "^2 .*TZ: 'Mars/Base' is not a time zone such as Europe/Berlin"
hour=$(TZ=Asia/Tokyo date +%-H)
count=$(in_stack orders s3ls orders/ | grep -c myapp)
set_env .env TZ=Asia/Tokyo "BACKUP_SCHEDULE='*/5 * $hour,$(((hour + 1) % 24)) * * *'"
run make up
is 'make up with a zone' "$status" 0
[ "$status" = 0 ] || tail -n 20 "$T/out" "$T/err" | sed 's/^/# /'
matches 'says so' "$(<"$T/out")" 'old ones deleted 0 0 1 \* \* \* \(Asia/Tokyo\)'
more() { [ "$(in_stack orders s3ls orders/ | grep -c myapp)" -gt "$count" ]; }
ok 'the schedule fires by the clock of that zone' await 60 more
is 'keys are in UTC' "$(in_stack orders s3ls orders/ | tail -n 1 | cut -d / -f 2-4)" "$(date -u +%Y/%m/%d)"
for server in orders billing; do ok "$server: make clean" make -s -C "$T/s3pipe-$server" clean; done
ok 'the other project is as it was' docker compose --project-directory "$T/shop" exec -T orders-db psql -U postgres -d myapp -c 'TABLE whose'
done_testing
