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
    "$(comm -3 <(in_snippet) <(in_compose) | tr -d '\t' | xargs)" 'GARAGE_HOST_PORT GARAGE_RPC_SECRET POSTGRES_HOST_PORT'
done_testing
