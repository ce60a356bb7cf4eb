#!/usr/bin/env bash
# docs/worst-day.md as it is written: from a bare container and a bucket to a
# running database.
. "$(dirname "$0")/../lib/tap.sh"
. "$ROOT/tests/lib/engine.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/store.sh"
images debian:bookworm-slim
store_start
# shellcheck disable=SC2119 # the oldest that Debian 12 can read
postgres_start 15

createdb myapp
psql -qX -d myapp -c "CREATE ROLE app LOGIN; CREATE TABLE item AS SELECT i AS id, md5(i::text) AS name FROM generate_series(1, 1000) i;
    ALTER TABLE item OWNER TO app; ALTER DATABASE myapp SET work_mem = '8MB'"
export S3PIPE_STATE_DIR=$T/state POSTGRES_DB=myapp
run "$ROOT/scripts/backup.sh"
is 'there was a backup' "$status" 0
KEY=$(s3ls | grep /myapp_)
git clone -q --no-local "$ROOT" "$T/s3pipe"
cp "$ROOT/docs/worst-day.md" "$T/s3pipe/docs/"

# The lines of its blocks, but for the settings, which are this store's.
sed -n '/^```sh$/,/^```$/p' "$ROOT/docs/worst-day.md" | grep -vE '^```|^export S3_' >"$T/commands"
ok 'the page has commands' test "$(wc -l <"$T/commands")" -ge 10
cat >"$T/run" <<'END'
cp -r /clone /root/s3pipe && cd /root/s3pipe || exit
exec 3</run/commands
while IFS= read -r line <&3; do
    printf '$ %s\n' "$line"
    eval "$line" </dev/null || { echo "failed with $?: $line" && exit 1; }
done
echo "rows: $(psql -XAt -d myapp -c 'SELECT count(*), min(name) FROM item'), $(psql -XAt -d other -c 'SELECT count(*) FROM item')"
echo "owner: $(psql -XAt -d myapp -c "SELECT tableowner FROM pg_tables WHERE tablename = 'item'")"
echo "setting: $(psql -XAt -d myapp -c 'SHOW work_mem')"
END
name=s3pipe-worst-$$
at_exit "docker rm -f $name >/dev/null 2>&1"
chmod -R go+rX "$T/s3pipe" "$T/commands" "$T/run"
run docker run -i --rm --name "$name" --network host -v "$T/s3pipe:/clone:ro" -v "$T/commands:/run/commands:ro" \
    -v "$T/run:/run/run:ro" -e S3_ENDPOINT="$S3_ENDPOINT" -e S3_BUCKET="$S3_BUCKET" -e S3_ACCESS_KEY="$S3_ACCESS_KEY" \
    -e S3_SECRET_KEY="$S3_SECRET_KEY" -e S3_REGION="$S3_REGION" -e AWS_ACCESS_KEY_ID="$S3_ACCESS_KEY" \
    -e AWS_SECRET_ACCESS_KEY="$S3_SECRET_KEY" -e AWS_DEFAULT_REGION="$S3_REGION" -e KEY="$KEY" debian:bookworm-slim \
    bash -c 'apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y awscli >/dev/null && exec bash /run/run'
is 'every command of the page' "$status" 0
[ "$status" = 0 ] || { tail -n 25 "$T/out" && tail -n 15 "$T/err"; } | sed 's/^/# /'
matches 'the rows are back, by both ways' "$(<"$T/out")" 'rows: 1000\|00411460f7c92d2124a67ea0f4cb5f85, 1000'
matches 'so is the owner' "$(<"$T/out")" 'owner: app'
matches 'and what was set' "$(<"$T/out")" 'setting: 8MB'
done_testing
