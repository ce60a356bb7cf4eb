#!/usr/bin/env bash
# README's "Set it up" on a plain server, as it is written: from a bare container
# with a PostgreSQL to a backup that was restored.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/engine.sh"
. "$TESTS/lib/store.sh"
images debian:bookworm-slim
store_start
git clone -q --no-local "$ROOT" "$T/s3pipe"
cp "$ROOT/README.md" "$T/s3pipe/"
awk '/^## /{ found = $0 == "## Set it up" } found && /^    /' "$ROOT/README.md" | sed 's/^    //; s/ *#.*//; s/sudo //g' |
    grep -E '^(scripts/install-deps|s3pipe-)' >"$T/commands"
is 'the section has its commands' "$(cut -d ' ' -f 1 commands | xargs)" \
    'scripts/install-deps s3pipe-list-backups s3pipe-verify-backup s3pipe-restore'
cat >"$T/run" <<'END'
set -e
# The network is the host's: another test may have the usual port.
mkdir -p /etc/postgresql-common && echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y postgresql >/dev/null
pg_createcluster -p "$PORT" --start 15 main
export PGPORT=$PORT
su postgres -c "psql -qc \"CREATE ROLE s3pipe LOGIN SUPERUSER PASSWORD 'a password'\" -c 'CREATE DATABASE mydb'"
su postgres -c "psql -qd mydb -c 'CREATE TABLE item AS SELECT i AS id FROM generate_series(1, 1000) i'"
cp -r /clone /root/s3pipe && cd /root/s3pipe
export POSTGRES_HOST=127.0.0.1 POSTGRES_PORT=$PORT POSTGRES_PASSWORD='a password'
exec 3</run/commands
IFS= read -r line <&3
echo "\$ $line"
eval "$line" </dev/null
# From here on all is in /etc/s3pipe/env.
unset POSTGRES_HOST POSTGRES_PORT POSTGRES_PASSWORD "${!S3_@}" "${!AWS_@}"
export POSTGRES_DB=mydb
while IFS= read -r line <&3; do
    echo "\$ $line"
    eval "$line" </dev/null
done
echo "rows: $(su postgres -c "psql -XAt -d mydb_copy -c 'SELECT count(*) FROM item'")"
END
chmod -R go+rX "$T/s3pipe" "$T/commands" "$T/run"
name=s3pipe-set-up-$$
at_exit "docker rm -f $name >/dev/null 2>&1"
run docker run -i --rm --name "$name" --network host -v "$T/s3pipe:/clone:ro" -v "$T/commands:/run/commands:ro" \
    -v "$T/run:/run/run:ro" -e PORT=$((20000 + $$ % 10000)) -e S3_ENDPOINT -e S3_BUCKET -e S3_REGION -e S3_ACCESS_KEY -e S3_SECRET_KEY \
    debian:bookworm-slim bash /run/run
is 'every command' "$status" 0
[ "$status" = 0 ] || { tail -n 25 "$T/out" && tail -n 15 "$T/err"; } | sed 's/^/# /'
matches 'the first backup is listed' "$(cat out)" '/mydb_[0-9]{6}\.sql\.gz'
matches 'the rows are in the copy' "$(cat out)" 'rows: 1000'
done_testing
