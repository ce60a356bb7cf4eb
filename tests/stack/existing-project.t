#!/usr/bin/env bash
# "Into an existing project" of the README, word by word: its YAML, its .env
# and its commands, in a project that has but a PostgreSQL.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/stack.sh"

project=s3pipe-theirs-$$
at_exit "compose_gone $project"
mkdir "$T/theirs"
cd "$T/theirs" || exit
copy_tree "$T/theirs/s3pipe"

# blocks LANGUAGE: the fenced blocks of the section, one after the other.
blocks() {
    sed -n '/^## Into an existing project/,/^## Install/p' "$ROOT/README.md" |
        sed -n "/^ *\`\`\`$1\$/,/^ *\`\`\`\$/p" | sed '/```/d; s/^   //'
}
cat >theirs.yml <<'END'
services:
  postgres:
    image: postgres:${STACK_POSTGRES:-18}
    environment:
      POSTGRES_DB: myapp
      POSTGRES_PASSWORD: ${POSTGRES_PASSWORD}
    volumes: [postgres_data:/var/lib/postgresql]
    healthcheck:
      test: ["CMD-SHELL", "pg_isready -h 127.0.0.1 -U postgres -d myapp"]
      interval: 5s
      retries: 24
volumes:
  postgres_data:
END
# Theirs and the README's have "services:" and "volumes:" each: as one would, by hand.
{
    blocks yaml | sed -n '/^include:/,/^[^ i]/p' | sed '/^services/,$d'
    sed '/^volumes:/,$d' theirs.yml
    blocks yaml | sed -n '/^services:/,/^volumes:/p' | sed '1d; $d'
    sed -n '/^volumes:/,$p' theirs.yml
    blocks yaml | sed -n '/^volumes:/,$p' | sed 1d
} >docker-compose.yml
blocks ini >.env
printf 'COMPOSE_PROJECT_NAME=%s\nGARAGE_HOST_PORT=\nPOSTGRES_VERSION=%s\n' "$project" "${STACK_POSTGRES:-18}" >>.env
run docker compose config -q
exits 'the file is one that Compose takes' 0

count=0
while IFS= read -r line; do
    [ -n "$line" ] || continue
    count=$((count + 1))
    run bash -c "$line" </dev/null
    is "$line" "$status" 0
    [ "$status" = 0 ] || head -c 1500 "$T/err" | sed 's/^/# /'
    case $line in
    *s3ls) docker compose exec -T postgres psql -qU postgres -d myapp -c 'CREATE TABLE t AS SELECT 42 AS answer' </dev/null ;;
    *list-backups.sh) matches 'lists the backup' "$(<"$T/out")" '20[0-9]{2}/.*/myapp_[0-9]{6}.sql.gz' ;;
    esac
done < <(blocks bash)
ok 'there were some' test "$count" -ge 8
answer() { docker compose exec -T postgres psql -XAtU postgres -d "$1" -c 'SELECT answer FROM t'; }
is 'the copy has the data' "$(answer myapp_copy)" 42
is 'and so has the database' "$(answer myapp)" 42
run docker compose exec -T -u root backup /scripts/backup.sh
is 'a job that comes as root, without capabilities, fails' "$status" 1
matches 'and says which label to add' "$err" 'ofelia.job-exec.JOB.user: s3pipe'
done_testing
