#!/usr/bin/env bash
# .env.example, docker-compose.yml and the scripts speak of the same variables.
. "$(dirname "$0")/../lib/tap.sh"

example=$ROOT/.env.example compose=$ROOT/docker-compose.yml
in_example() { grep -oE '^[A-Z0-9_]+=' "$example" | tr -d = | sort -u; }
# shellcheck disable=SC2016
in_compose() { grep -ohE '\$\{[A-Z0-9_]+' "$compose" | tr -d '${' | sort -u; }
is 'what Compose reads is in .env.example' \
    "$(comm -13 <(in_example) <(in_compose) | grep -vx COMPOSE_PROJECT_NAME)" ''
is 'what is in .env.example, Compose reads' \
    "$(comm -23 <(in_example) <(in_compose) | grep -vx COMPOSE_PROFILES)" ''
is 'each stands there once' "$(grep -oE '^[A-Z0-9_]+=' "$example" | sort | uniq -d)" ''
is 'after a comment' "$(awk '/^#/ { told = 1; next } /^$/ { told = 0; next } !told { print }' "$example")" ''
is 'and secrets in single quotes' "$(grep -E '^[A-Z_]*(PASSWORD|SECRET)[A-Z_]*=.' "$example" | grep -v "='.*'\$")" ''

while IFS='|' read -r name default; do
    matches "$name is $default by default" "$(grep -E "^$name=" "$example" | cut -d= -f2- | tr -d "'")" "^$default\$"
done <<'END'
POSTGRES_VERSION|18
POSTGRES_DB|myapp
POSTGRES_USER|postgres
POSTGRES_PASSWORD|changeme
BACKUP_SCHEDULE|@hourly
CLEANUP_SCHEDULE|0 0 1 \* \* \*
S3_ENDPOINT|http://garage:3900
S3_BUCKET|backups
S3_ACCESS_KEY|GK[0-9a-f]{24}
S3_SECRET_KEY|[0-9a-f]{64}
RETENTION_KEEP_LAST|3
RETENTION_KEEP_HOURLY|24
RETENTION_KEEP_DAILY|7
RETENTION_KEEP_WEEKLY|4
RETENTION_KEEP_MONTHLY|6
RETENTION_KEEP_YEARLY|2
RETENTION_MIN_BACKUPS|1
RETENTION_DRY_RUN|false
END

# Settings that a script reads by NAME, but for what the image sets itself, and
# files, which want a mount.
read_by_scripts() {
    cat "$ROOT"/scripts/*.sh "$ROOT"/scripts/lib/*.sh |
        grep -oE '(POSTGRES|BACKUP|RESTORE|RETENTION|VERIFY|PG_DUMP|GZSTREAM|S3PUT|WAL|BASEBACKUP|RECOVERY)_[A-Z_]+' | grep -vE "(_FILE|_|^GZSTREAM_TAIL|^VERIFY_DIRECTORY)$" | sort -u
}
is 'what the scripts read, Compose passes' "$(comm -23 <(read_by_scripts) <(in_compose))" ''

# The same for a project that includes ours; its Garage and its ports are its own.
in_snippet() { grep -oE '\$\{[A-Z0-9_]+' "$ROOT/docker/compose.snippet.yml" | tr -d '${' | sort -u; }
is 'compose.snippet.yml reads what docker-compose.yml does' \
    "$(comm -3 <(in_snippet) <(in_compose) | tr -d '\t' | xargs)" 'GARAGE_HOST_PORT GARAGE_RPC_SECRET POSTGRES_HOST_PORT POSTGRES_IMAGE'

# What both say of each service, whatever the settings.
command -v docker >/dev/null && docker compose version >/dev/null 2>&1 || {
    echo '# no docker compose: what it makes of the files is not looked at'
    [ -z "${CI:-}" ] || ok 'docker compose' false
    done_testing
}
settled() { # FILE [NAME=VALUE...]: service and FACT, one a line
    env COMPOSE_PROJECT_NAME=settled "${@:2}" docker compose -f "$ROOT/$1" ${more:+-f "$ROOT/$more"} --profile '*' config --format json |
        python3 -c '
import json, sys
for name, service in sorted(json.load(sys.stdin)["services"].items()):
    options = service.get("logging", {}).get("options", {})
    print(name, "log", service.get("logging", {}).get("driver"), options.get("max-size"), options.get("max-file"))
    print(name, "security", *service.get("security_opt", []))
    print(name, "memory", service.get("mem_limit"))
    print(name, "networks", *sorted(service["networks"]))
    print(name, "zone", service.get("environment", {}).get("TZ"))
    for volume in service.get("volumes", []):
        if volume["type"] == "bind":
            print(name, "bind", volume["source"].replace(sys.argv[1] + "/", ""), volume["bind"].get("selinux"), volume["bind"].get("create_host_path"))' "$ROOT"
}
for file in docker-compose.yml docker/compose.snippet.yml; do
    more=''
    [ "$file" != docker-compose.yml ] || more=docker/wal.yml
    settled "$file" >settled
    is "$file: every log has a bound" "$(grep ' log ' settled | cut -d ' ' -f 2- | sort -u)" 'log json-file 10m 3'
    is "$file: which can be set" "$(settled "$file" LOG_MAX_SIZE=1m LOG_MAX_FILES=2 | grep ' log ' | cut -d ' ' -f 2- | sort -u)" 'log json-file 1m 2'
    is "$file: the scheduler has a bound of memory" "$(grep 'ofelia memory' settled)" 'ofelia memory 134217728'
    is "$file: it may use the socket where SELinux is" "$(grep 'ofelia security' settled)" 'ofelia security no-new-privileges:true label=disable'
    is "$file: no directory is made in place of a socket" "$(grep 'ofelia bind' settled)" 'ofelia bind /var/run/docker.sock None None'
    is "$file: the socket can be set" "$(settled "$file" DOCKER_SOCKET=/run/user/1000/docker.sock | grep 'ofelia bind')" \
        'ofelia bind /run/user/1000/docker.sock None None'
    is "$file: what else is mounted from the host has the label of containers" "$(grep ' bind ' settled | grep -v ofelia | grep -v ' z ')" ''
    is "$file: without BACKUP_NETWORK there is one network" "$(grep ' networks ' settled | cut -d ' ' -f 3- | sort -u)" default
    is "$file: with it only what asks the server joins" \
        "$(settled "$file" BACKUP_NETWORK=shop_default | grep ' networks .*database' | cut -d ' ' -f 1 | grep -vxE 'backup|wal|recover')" ''
    is "$file: and backup does" "$(settled "$file" BACKUP_NETWORK=shop_default | grep 'backup networks')" 'backup networks database default'
    is "$file: TZ is the scheduler's" "$(settled "$file" TZ=Asia/Tokyo | grep ' zone ' | grep -v None | xargs)" \
        "$(if [ -n "$more" ]; then echo 'backup zone UTC ofelia zone Asia/Tokyo recover zone UTC wal zone UTC'; else echo 'backup zone UTC ofelia zone Asia/Tokyo'; fi)"
done
done_testing
