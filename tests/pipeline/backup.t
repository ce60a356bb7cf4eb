#!/usr/bin/env bash
# backup.sh: what is backed up, under which key, with what before it; locks,
# options, filters; who is told. Faults are in backup-faults.t.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/store.sh"
. "$TESTS/lib/scripts.sh"
. "$TESTS/lib/pings.sh"
store_start
export POSTGRES_DB=shop
small shop
plain_dump shop >"$T/before.sql"
header_of() { s3get -q "$1" | gzstream -d | sed -n 's/^-- s3pipe: //p'; }

# ---- one database
run "$S/backup.sh"
is 'status' "$status" 0
is 'stdout is empty' "$(cat "$T/out")" ''
matches 'each backup has a line' "$(cat "$T/err")" \
    'backup.sh: ok shop: 20[0-9]{2}/[01][0-9]/[0-3][0-9]/shop_[0-9]{6}\.sql\.gz, [0-9]+ bytes, [0-9]+ s'
matches 'the last line sums up' "$(last)" 'Z backup.sh: ok: 2 backups, [0-9]+ bytes, [0-9]+ s$'
is 'the database and the roles' "$(s3ls | sed 's|.*/||; s/_[0-9]*\./ /')" $'globals sql.gz\nshop sql.gz'
key=$(s3ls | grep shop)
is 'of one time' "$(s3ls | sed 's/.*_//' | sort -u | wc -l)" 1
ok 'gunzip reads it, it is whole' eval 's3get -q "$key" | gunzip | tail -5 | grep -qx -e "-- PostgreSQL database dump complete"'
createdb copy
ok 'psql loads it, whatever stands before the dump' \
    eval 's3get -q "$key" | gunzip | psql -X -q -v ON_ERROR_STOP=1 -d copy >/dev/null && plain_dump copy | cmp - "$T/before.sql"'
dropdb copy
ok 'nothing is left' nothing_left
matches 'the last success is kept' "$(cat "$S3PIPE_STATE_DIR/last-success")" '^20[0-9-]+T[0-9:]+Z ok: 2 backups'

# ---- what a plain dump leaves out
q -d postgres <<'SQL' >/dev/null
CREATE ROLE alice; CREATE ROLE "Bob ""B""" LOGIN;
ALTER DATABASE shop OWNER TO alice;
ALTER DATABASE shop CONNECTION LIMIT 40;
COMMENT ON DATABASE shop IS E'Läden\nand "more" \\';
REVOKE CONNECT ON DATABASE shop FROM PUBLIC;
GRANT CONNECT ON DATABASE shop TO "Bob ""B""" WITH GRANT OPTION;
ALTER DATABASE shop SET search_path TO "$user", public, "a b";
ALTER DATABASE shop SET app.tenant TO 'it''s = x';
ALTER ROLE "Bob ""B""" IN DATABASE shop SET work_mem TO '8MB';
SQL
BACKUP_GLOBALS=false S3_PREFIX=header run "$S/backup.sh"
is 'with settings of its own: status' "$status" 0
is 'BACKUP_GLOBALS=false' "$(s3ls header/ | wc -l)" 1
key=$(s3ls header/)
header_of "$key" | jq -cS . >"$T/header"
has() { is "before the dump: $1" "$(grep "^{\"$1\"" "$T/header")" "$2"; }
has owner '{"owner":"alice"}'
has encoding '{"encoding":"UTF8"}'
has limit '{"limit":40}'
has comment '{"comment":"Läden\nand \"more\" \\"}'
has tablespace '{"tablespace":"pg_default"}'
has settings '{"settings":[{"name":"app.tenant","role":null,"value":"it'"'"'s = x"},{"name":"search_path","role":null,"value":"\"$user\", public, \"a b\""},{"name":"work_mem","role":"Bob \"B\"","value":"8MB"}]}'
has roles '{"roles":["Bob \"B\"","alice","postgres"]}'
matches 'before the dump: grants' "$(grep '^{"grants"' "$T/header")" '\{"grantable":true,"privilege":"CONNECT","to":"Bob \\"B\\""\}'

# ---- names, lists, all
names=('Ünï "quoted"' "o'hara" 'a=b' 'with space' 'slash/percent%' 'postgresql://x' "$(printf 'n%.0s' {1..63})" $'tail\n')
for name in "${names[@]}"; do
    q -d postgres -v name="$name" <<<'CREATE DATABASE :"name"'
    PGDATABASE=$name q -c 'CREATE TABLE t AS SELECT current_database()::text AS name'
done
createdb s3pipe_new_x && createdb s3pipe_old_x && createdb test_1 && createdb test_2
BACKUP_DATABASES='*' BACKUP_EXCLUDE=' test_*, with?space' S3_PREFIX=fleet/ run "$S/backup.sh"
is 'all databases, of any name: status' "$status" 0
is 'each has its key, but what is excluded and what restore.sh made aside' "$(s3ls fleet/ | sed 's|.*/||; s/_[0-9]*\.sql\.gz$//' | LC_ALL=C sort | xargs -d '\n')" \
    "a=b globals ${names[6]} o'hara postgres postgresql:%2F%2Fx shop slash%2Fpercent%25 tail%0A Ünï \"quoted\""
BACKUP_DATABASES='shop, missing ,a=b' S3_PREFIX=some run "$S/backup.sh"
is 'a database that fails: status' "$status" 1
matches 'is named' "$(cat "$T/err")" 'backup.sh: FAILED missing: '
matches 'with what libpq said' "$(cat "$T/err")" 'database "missing" does not exist'
is 'the others are backed up' "$(s3ls some/ | wc -l)" 3
matches 'the last failure is kept' "$(cat "$S3PIPE_STATE_DIR/last-failure")" 'Z FAILED: 1 of 4 backups failed$'
createdb globals
BACKUP_DATABASES='globals,shop' S3_PREFIX=globals run "$S/backup.sh"
matches 'a database called globals is refused' "$status $(cat "$T/err")" '^1 .*FAILED globals: its keys are those of the roles'
dropdb globals
ok 'a success takes the failure back' eval '"$S/backup.sh" 2>/dev/null && [ ! -e "$S3PIPE_STATE_DIR/last-failure" ]'
for name in "${names[@]}" s3pipe_new_x s3pipe_old_x test_1 test_2; do
    q -d postgres -v name="$name" <<<'DROP DATABASE :"name"'
done

# ---- settings that are refused
BACKUP_DATABASES=' ' run "$S/backup.sh"
is 'no database: status' "$status" 1
POSTGRES_PASSWORD=a POSTGRES_PASSWORD_FILE=$T/x run "$S/backup.sh"
exits 'a password twice' 2 'both POSTGRES_PASSWORD and POSTGRES_PASSWORD_FILE'
POSTGRES_PASSWORD_FILE=$T/x run "$S/backup.sh"
exits 'a password file that is not there' 2 'POSTGRES_PASSWORD_FILE: .*/x cannot be read'
for options in -C -c -Fc '-f x' '-j 4' -Z9 -xC -vFc --create '--format=c' --cl --jobs=2 --fil=x -dother '--dbname x'; do
    PG_DUMP_OPTIONS=$options run "$S/backup.sh"
    exits "PG_DUMP_OPTIONS=$options" 2 'is not for backups'
done
BACKUP_TIMEOUT=soon run "$S/backup.sh"
exits 'a time that is none' 2 'BACKUP_TIMEOUT'
BACKUP_GLOBALS=yes run "$S/backup.sh"
exits 'neither true nor false' 2 'BACKUP_GLOBALS is true or false'
LOG_FORMAT=xml run "$S/backup.sh"
exits 'a format of the log that is none' 2 'LOG_FORMAT'
run "$S/backup.sh" shop
exits 'an operand' 2 'no operand'
for script in backup basebackup receive-wal; do
    BACKUP_FILTER='cat' run "$S/$script.sh" --check-settings
    exits "$script.sh: a filter without a suffix" 2 'BACKUP_FILTER_SUFFIX is not set, and BACKUP_FILTER is'
done
PGPORT=1 run "$S/backup.sh"
matches 'no server' "$status $(last)" '^1 .*cannot be reached'
S3_SECRET_KEY=wrong run "$S/backup.sh"
matches 'no access to the store' "$status $(cat "$T/err")" '^1 .*s3ls: .*SignatureDoesNotMatch.*the store cannot be used: nothing is done'

# ---- options and filters
export BACKUP_GLOBALS=false
PG_DUMP_OPTIONS='-T items --no-comments' GZSTREAM_OPTIONS=-9 S3PUT_OPTIONS='-m who=me' S3_PREFIX=options run "$S/backup.sh"
is 'options of the three programs: status' "$status" 0
ok 'pg_dump had its' eval '! s3get -q "$(s3ls options/)" | gunzip | grep -q "^COPY public.items"'
matches 's3put had its' "$(aws_s3 ls >/dev/null; /usr/bin/aws --endpoint-url "$S3_ENDPOINT" s3api head-object --bucket "$S3_BUCKET" --key "$(s3ls options/)")" '"who": "me"'
if command -v age >/dev/null; then
    age-keygen -o "$T/age.key" 2>/dev/null
    age-keygen -y "$T/age.key" >"$T/age.pub"
    BACKUP_FILTER="age -R $T/age.pub" BACKUP_FILTER_SUFFIX=.age S3_PREFIX=age run "$S/backup.sh"
    is 'age: status' "$status" 0
    matches 'its suffix' "$(s3ls age/)" '\.sql\.gz\.age$'
    ok 'it is encrypted, and gzip within' eval 's3get -q "$(s3ls age/)" | age -d -i "$T/age.key" | gunzip | tail -5 | grep -q complete'
else
    ok 'age is there (apt-get install age)' false
fi
BACKUP_FILTER='head -c 100; exit 3' BACKUP_FILTER_SUFFIX=.x S3_PREFIX=bad run "$S/backup.sh"
is 'a filter that fails: status' "$status" 1
is 'publishes nothing' "$(s3ls bad/)" ''
BACKUP_FILTER="sh -c 'head -c 100; cat >/dev/null; exit 1' | cat" BACKUP_FILTER_SUFFIX=.x S3_PREFIX=bad run "$S/backup.sh"
is 'a pipe whose first part fails: status' "$status" 1
is 'publishes nothing either' "$(s3ls bad/)" ''

# ---- versions
mkdir "$T/fake"
fake() { # PROGRAM COMMAND...
    printf '#!/bin/sh\n%s\n' "$2" >"$T/fake/$1" && chmod +x "$T/fake/$1"
}
fake pg_dump 'echo "pg_dump (PostgreSQL) 9.6.1"'
PATH=$T/fake:$PATH run "$S/backup.sh"
is 'another pg_dump is first on PATH: the one of the server is taken' "$status" 0
fake psql 'case "$*" in *name=*|*-f*|*-0*) exec "$REAL_PSQL" "$@";; esac
q=$(cat); [ "$q" != "SHOW server_version_num" ] || { echo ${FAKE_VERSION}0003; exit; }
printf "%s\n" "$q" | exec "$REAL_PSQL" "$@"'
export REAL_PSQL
REAL_PSQL=$(command -v psql)
fake pg_dump 'case $1 in --version) echo "pg_dump (PostgreSQL) 97.1";; *) for a; do shift; [ "$a" = --statistics ] || set -- "$@" "$a"; done; PATH=${PATH#*:} exec pg_dump "$@";; esac'
FAKE_VERSION=98 PATH=$T/fake:$PATH run "$S/backup.sh"
matches 'an older pg_dump is refused' "$status $(last)" '^1 .*pg_dump is of version 97, the server of 98: take .*postgres:98, postgresql-client-98'
FAKE_VERSION=96 PATH=$T/fake:$PATH run "$S/backup.sh"
matches 'a newer one too' "$status $(last)" '^1 .*pg_dump is of version 97, the server of 96, .*BACKUP_ALLOW_NEWER_PGDUMP=true'
BACKUP_ALLOW_NEWER_PGDUMP=true FAKE_VERSION=96 PATH=$T/fake:$PATH run "$S/backup.sh"
is 'unless it is allowed' "$status" 0
rm -r "$T/fake"

# ---- the lock
q -d shop -c 'BEGIN; LOCK items; SELECT pg_sleep(60)' >/dev/null 2>&1 &
await 5 eval '[ -n "$(q -d postgres -c "SELECT 1 FROM pg_locks WHERE mode = '"'AccessExclusiveLock'"' AND relation IS NOT NULL LIMIT 1")" ]'
"$S/backup.sh" 2>"$T/first" &
first=$!
await 5 eval 'test -s "$S3PIPE_STATE_DIR"/locks/*/db.shop'
BACKUP_DATABASES=shop,postgres S3_PREFIX=busy run "$S/backup.sh"
is 'a second one: status' "$status" 75
matches 'says who holds the lock' "$(cat "$T/err")" "BUSY shop: backup.sh, process $first on .*, since 20.* has the lock"
is 'other databases are backed up' "$(s3ls busy/ | wc -l)" 1
wait $first && first=0 || first=$?
is 'the first one ends well' "$first" 0
[ "$first" = 0 ] || sed 's/^/# /' "$T/first"
ok 'and leaves no lock' nothing_left

# ---- a database that is written to meanwhile is dumped as of one moment
q -d shop -c 'CREATE TABLE pairs (a int, b int); CREATE TABLE twins (a int, b int)'
touch "$T/go"
while [ -e "$T/go" ]; do
    q -d shop -c 'BEGIN; INSERT INTO pairs VALUES (1, 2); INSERT INTO twins VALUES (1, 2); COMMIT' || break
done &
writer=$!
for try in 1 2 3; do
    S3_PREFIX=written run "$S/backup.sh"
    is "while it is written to, $try: status" "$status" 0
    sleep 1
done
rm "$T/go"
wait $writer
for key in $(s3ls written/); do
    is 'what belongs together is together' "$(s3get -q "$key" | gunzip | awk '/^COPY public.(pairs|twins)/ { n = 0; next } /^\\\.$/ { print n } { n++ }' | tail -n 2 | uniq | wc -l)" 1
done
q -d shop -c 'DROP TABLE pairs, twins'

# ---- unfinished uploads
start_upload() { /usr/bin/aws --endpoint-url "$S3_ENDPOINT" s3api create-multipart-upload --bucket "$S3_BUCKET" --key "$1" >/dev/null; }
start_upload stale/2026/01/01/shop_000000.sql.gz
S3_PREFIX=stale run "$S/backup.sh"
is 'an unfinished upload of today is left alone' "$(s3ls -u stale/ | wc -l)" 1
s3ls -u | s3rm -q -u

# ---- secrets
q -d postgres -c "CREATE ROLE secretive LOGIN SUPERUSER PASSWORD 'pass:wo\\rd'" >/dev/null
postgres_do pg_ctl -D "$T/pg/data" -m fast -w stop >/dev/null
sed -i '1i local all secretive scram-sha-256' "$T/pg/data/pg_hba.conf"
postgres_up
printf '%s\n' 'pass:wo\rd' >"$T/password"
q -d shop -c 'BEGIN; LOCK items; SELECT pg_sleep(3)' >/dev/null &
await 5 eval '[ -n "$(q -d postgres -c "SELECT 1 FROM pg_locks WHERE mode = '"'AccessExclusiveLock'"' AND relation IS NOT NULL LIMIT 1")" ]'
POSTGRES_USER=secretive POSTGRES_PASSWORD_FILE=$T/password "$S/backup.sh" >"$T/out" 2>"$T/err" &
first=$!
await 10 below $first pg_dump
everything() { # of the processes below: what they were called with
    local pid
    for pid in "$1" $(pgrep -P "$1"); do
        tr '\0' '\n' <"/proc/$pid/cmdline"
        tr '\0' '\n' <"/proc/$pid/environ"
        [ "$pid" = "$1" ] || everything "$pid"
    done
}
everything $first >"$T/seen" 2>/dev/null
dump=$(below $first pg_dump)
ok 'the processes were seen' grep -q pg_dump "$T/seen"
ok 'the password is in no argument and no environment' eval '! grep -qF "pass:wo" "$T/seen"'
ok 'nor in a file in memory that has a name' eval '! grep -rqF -e "pass:wo" -e "pass\:wo" /dev/shm 2>/dev/null'
ok "pg_dump does not see the store's secrets" eval 'tr "\0" "\n" <"/proc/$dump/environ" >"$T/dump.env"; grep -q ^PGAPPNAME= "$T/dump.env" && ! grep -qF "$S3_SECRET_KEY" "$T/dump.env"'
q -d postgres -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)' AND pid <> pg_backend_pid()" >/dev/null
wait $first
is 'by a password with a colon and a backslash, from a file: status' $? 0
ok 'nor is it in the log' eval '! grep -qF -e "pass:wo" -e "$S3_SECRET_KEY" "$T/err"'
POSTGRES_USER=secretive POSTGRES_PASSWORD=wrong run "$S/backup.sh"
matches 'a wrong one' "$status $(cat "$T/err")" '^1 .*password authentication failed'

# ---- telling
pings_start
cat >"$T/hook" <<'HOOK'
#!/bin/sh
echo "$1 $S3PIPE_EVENT $S3PIPE_BYTES $S3PIPE_MESSAGE" "$(env | grep -c SECRET_KEY)" >>"$HOOKED"
[ "$1" != start ] || exit "${HOOK_STATUS:-0}"
HOOK
chmod +x "$T/hook"
mkdir "$T/metrics" && mkfifo "$T/fifo"
export HOOKED=$T/hooked
export BACKUP_PING_URL=$pings/uuid BACKUP_HOOK=$T/hook BACKUP_METRICS_FILE=$T/metrics/s3pipe.prom
cat "$T/fifo" >"$T/relayed" &
exec 8>"$T/fifo"
BACKUP_DATABASES=shop LOG_FORMAT=json S3PIPE_LOG_FIFO=$T/fifo run "$S/backup.sh"
exec 8>&-
is 'ping, hook and metrics: status' "$status" 0
is 'JSON lines' "$(jq -r '.level + " " + .script + " " + (.message | sub(":.*"; ""))' "$T/err")" $'info backup.sh ok shop\ninfo backup.sh ok'
ok 'the same went into the FIFO' await 5 cmp "$T/relayed" "$T/err"
BACKUP_DATABASES=shop,missing run "$S/backup.sh"
is 'the pings' "$(cut -d ' ' -f 1 "$T/www/pings" | xargs)" '/uuid/start /uuid /uuid/start /uuid/fail'
matches 'with the tail of the log' "$(tail -n 1 "$T/www/pings")" 'FAILED: 1 of 2 backups failed'
matches 'the hook' "$(cat "$HOOKED")" $'^start start 0  0\nsuccess success [1-9][0-9]* ok: 1 backups, .* 0\nstart start 0  0\nfailure failure [1-9][0-9]* FAILED: 1 of 2 backups failed 0$'
matches 'metrics of one that went well' "$(cat "$BACKUP_METRICS_FILE")" 's3pipe_backup_bytes\{database="shop"\} [1-9][0-9]+'
matches 'and of one that did not' "$(cat "$BACKUP_METRICS_FILE")" 's3pipe_backup_failures_total\{database="missing"\} 1'
BACKUP_DATABASES=missing run "$S/backup.sh"
matches 'which counts' "$(cat "$BACKUP_METRICS_FILE")" 's3pipe_backup_failures_total\{database="missing"\} 2'
matches 'and keeps what it says of others' "$(cat "$BACKUP_METRICS_FILE")" 's3pipe_backup_last_success_timestamp_seconds\{database="shop"\} 1[0-9]{9}'
failures() { grep -F "s3pipe_backup_failures_total{database=\"$1\"} " "$BACKUP_METRICS_FILE" | cut -d ' ' -f 2; }
BACKUP_DATABASES=shop,missing PGPORT=1 run "$S/backup.sh"
is 'a server that cannot be reached is a failure of each' "$status $(failures shop) $(failures missing)" '1 1 3'
BACKUP_DATABASES='*' run "$S/backup.sh"
is 'a good run over all' "$status $(failures '*')" '0 0'
BACKUP_DATABASES='*' PGPORT=1 run "$S/backup.sh"
is 'and one that does not come to know which they are' "$status $(failures '*')" '1 1'
BACKUP_DATABASES=shop HOOK_STATUS=1 run "$S/backup.sh"
is 'so is a hook that refuses' "$status $(failures shop)" '1 2'
BACKUP_DATABASES=shop BACKUP_TIMEOUT=x run "$S/backup.sh"
is 'but no wrong setting' "$status $(failures shop)" '2 2'
: >"$T/www/pings"
LOG_FORMAT=xml run "$S/backup.sh"
S3PIPE_STATE_DIR=/proc/none run "$S/backup.sh"
S3_BUCKET=nosuch run "$S/cleanup.sh"
is 'a cleanup that fails: status' "$status" 1
RETENTION_DRY_RUN=true S3_BUCKET=nosuch run "$S/cleanup.sh"
is 'wrong settings and a failed cleanup are told, a dry run is not' "$(cut -d ' ' -f 1 "$T/www/pings" | xargs)" '/uuid/fail /uuid/fail /uuid/fail'
matches 'the failed cleanup is kept' "$(cat "$S3PIPE_STATE_DIR/last-cleanup-failure")" 'Z the store cannot be used'
run "$S/cleanup.sh"
is 'until one succeeds, which is no ping' "$status $(wc -l <"$T/www/pings") $(find "$S3PIPE_STATE_DIR" -name '*cleanup-failure' | wc -l)" '0 3 0'
for script in backup cleanup; do
    LOG_FORMAT=xml run "$S/$script.sh" --check-settings
    exits "$script.sh --check-settings of wrong settings" 2 'LOG_FORMAT is text or json'
    S3_ADDRESSING=foo run "$S/$script.sh" --check-settings
    matches "$script.sh --check-settings of a wrong setting of the store" "$status $(last)" '^2 .*the settings of the store are wrong'
    S3_ENDPOINT=http://127.0.0.1:1 PGPORT=1 run "$S/$script.sh" --check-settings
    is "$script.sh --check-settings asks nobody" "$status" 0
    run env -u S3_ACCESS_KEY -u S3_SECRET_KEY "$S/$script.sh" --check-settings
    is "$script.sh --check-settings fetches no keys" "$status" 0
done
is 'and tells nobody' "$(wc -l <"$T/www/pings")" 3
HOOK_STATUS=1 S3_PREFIX=hook run "$S/backup.sh"
matches 'a hook that says no' "$status $(cat "$T/err")" '^1 .*BACKUP_HOOK failed at the start'
is 'nothing is backed up then' "$(s3ls hook/)" ''
BACKUP_PING_URL=http://127.0.0.1:1/ run "$S/backup.sh"
matches 'a ping that fails fails no backup' "$status $(cat "$T/err")" '^0 .*the ping of start failed'
unset BACKUP_PING_URL BACKUP_HOOK BACKUP_METRICS_FILE
mkfifo "$T/unread"
S3PIPE_LOG_FIFO=$T/unread run timeout 20 "$S/backup.sh"
is 'a FIFO that nobody reads holds nothing up' "$status" 0
ok 'nothing is left at the end' nothing_left
done_testing
