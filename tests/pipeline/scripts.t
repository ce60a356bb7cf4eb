#!/usr/bin/env bash
# backup.sh, restore.sh, cleanup.sh and list-backups.sh on a plain host.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/store.sh"
postgres_start
store_start

S=$ROOT/scripts
export POSTGRES_HOST=$PGHOST POSTGRES_USER=postgres POSTGRES_DB=shop
unset PGHOST PGUSER
q() { PGHOST=$POSTGRES_HOST PGUSER=postgres psql -X -At -q -v ON_ERROR_STOP=1 "$@"; }
last() { tail -1 "$T/err"; }
databases() { q -d postgres -c "SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1" | xargs -d '\n'; }

q -d postgres -c 'CREATE DATABASE shop'
q -d shop -f "$S/demo.sql" >/dev/null
PGHOST=$POSTGRES_HOST PGUSER=postgres
export PGHOST PGUSER
fingerprint shop >"$T/before"
plain_dump shop >"$T/before.sql"
unset PGHOST PGUSER
is_whole() {
    (
        export PGHOST=$POSTGRES_HOST PGUSER=postgres
        fingerprint "$1" | diff "$T/before" - && plain_dump "$1" | cmp "$T/before.sql" -
    )
}

# ---- backup
run "$S/backup.sh"
is 'backup.sh: status' "$status" 0
is 'backup.sh: stdout is empty' "$(cat "$T/out")" ''
matches 'backup.sh ends with one line' "$(last)" \
    'backup.sh: ok shop: 20[0-9]{2}/[01][0-9]/[0-3][0-9]/shop_[0-9]{6}\.sql\.gz, [0-9]+ bytes, [0-9]+ s$'
key=$(s3ls)
ok 'gunzip reads the backup' eval 's3get -q "$key" | gunzip | tail -5 | grep -qx -e "-- PostgreSQL database dump complete"'
run "$S/list-backups.sh"
matches 'list-backups.sh shows it' "$(tail -1 "$T/out")" "^20[0-9-]{8} [0-9:]{8} +[0-9.]+[KM]iB  $key\$"

names=('Ünï "quoted"' "o'hara" 'a=b' 'with space' 'slash/percent%')
for name in "${names[@]}"; do
    q -d postgres -v name="$name" <<<'CREATE DATABASE :"name"'
    PGDATABASE=$name q -c 'CREATE TABLE t AS SELECT current_database()::text AS name'
done
BACKUP_DATABASES='*' S3_PREFIX=fleet/ run "$S/backup.sh"
is 'all databases, of any name: status' "$status" 0
is 'each has its key' "$(s3ls fleet/ | sed 's|.*/||; s/_[0-9]*\.sql\.gz$//' | LC_ALL=C sort | xargs -d '\n')" \
    $'a=b o\'hara postgres shop slash%2Fpercent%25 with space Ünï "quoted"'
BACKUP_DATABASES='shop, missing ,a=b' S3_PREFIX=some run "$S/backup.sh"
is 'a database that fails: status' "$status" 1
matches 'is named' "$(cat "$T/err")" 'backup.sh: FAILED missing: nothing was published'
is 'the others are backed up' "$(s3ls some/ | wc -l)" 2
BACKUP_DATABASES=' ' run "$S/backup.sh"
is 'no database: status' "$status" 1
S3_SECRET_KEY=wrong run "$S/backup.sh"
is 'no access: status' "$status" 1
POSTGRES_PASSWORD=a POSTGRES_PASSWORD_FILE=$T/x run "$S/backup.sh"
exits 'a password twice' 2 'both POSTGRES_PASSWORD and POSTGRES_PASSWORD_FILE'

# ---- restore
q -d shop -c 'DELETE FROM lines'
PGHOST=$POSTGRES_HOST PGUSER=postgres psql -X -q -d shop -c 'SELECT pg_sleep(60)' >/dev/null 2>&1 &
sleep 0.3
run "$S/restore.sh" latest
is 'restore.sh latest, a client connected: status' "$status" 0
matches 'says what it did' "$(cat "$T/err")" "restore.sh: ok shop: $key, [0-9]+ s"
ok 'the database is as it was backed up' is_whole shop
old=$(databases | tr ' ' '\n' | grep '^s3pipe_old_')
is 'the old one is kept' "$(q -d "$old" -c 'SELECT count(*) FROM lines')" 0
matches 'and named' "$(last)" "dropdb $old"
q -d postgres -c "DROP DATABASE $old"
RESTORE_KEEP_OLD=false run "$S/restore.sh" "$key" other
is 'into another name: status' "$status" 0
ok 'it is whole' is_whole other
RESTORE_KEEP_OLD=false run "$S/restore.sh" "$key" other
is 'over one that is not kept: status' "$status" 0
is 'leaves nothing else' "$(databases | grep -c s3pipe)" 0
S3_PREFIX=fleet RESTORE_KEEP_OLD=false run "$S/restore.sh" latest 'Ünï "quoted"'
is 'a name with quotes: status' "$status" 0
is 'is the right one' "$(PGDATABASE='Ünï "quoted"' q -c 'TABLE t')" 'Ünï "quoted"'
S3_PREFIX=fleet RESTORE_KEEP_OLD=false run "$S/restore.sh" latest a=b
is 'a name with an equals sign: status' "$status" 0

before=$(databases)
refused() { # NAME STATUS ERE KEY
    run "$S/restore.sh" "$4"
    is "$1: status" "$status" "$2"
    matches "$1 is told" "$(last)" "$3"
    is "$1 leaves no database" "$(databases)" "$before"
    ok "$1 leaves the live one alone" is_whole shop
}
refused 'no such key' 3 'there is no nothing.sql.gz' nothing.sql.gz
s3get -q "$key" | gzstream -d >"$T/plain.sql"
head -c 5000000 "$T/plain.sql" | gzip | s3put -q cut-copy.sql.gz
refused 'a whole gzip that holds half a dump' 1 'cut-copy.sql.gz is cut|the load failed' cut-copy.sql.gz
s3get -q "$key" | head -c 1500000 | s3put -q cut-gzip.sql.gz
refused 'an object that is cut' 1 'the load failed|cannot be read' cut-gzip.sql.gz
{ cat "$T/plain.sql" && echo 'SELECT 1/0;'; } | gzip | s3put -q error.sql.gz
refused 'an error in the SQL' 1 'the load failed' error.sql.gz
{ cat "$T/plain.sql" && echo 'SELECT 1;'; } | gzip | s3put -q after.sql.gz
refused 'something after the end' 1 'after.sql.gz is cut' after.sql.gz
PGHOST=$POSTGRES_HOST pg_dump -U postgres -C -c shop | gzip | s3put -q create.sql.gz
refused 'a dump by pg_dump -C' 1 'pg_dump -C' create.sql.gz
PGHOST=$POSTGRES_HOST pg_dump -U postgres -Fc shop | gzip | s3put -q custom.sql.gz
refused 'the custom format' 1 'custom format' custom.sql.gz
PGHOST=$POSTGRES_HOST pg_dumpall -U postgres -g | gzip | s3put -q globals.sql.gz
refused 'a dump of the cluster' 1 'whole cluster' globals.sql.gz

"$S/restore.sh" "$key" shop 2>"$T/err" &
pid=$!
await 10 eval 'databases | grep -q s3pipe_new_'
kill -TERM $pid
wait $pid
is 'a restore that is ended dies of it' $? 143
is 'and leaves no database' "$(databases)" "$before"
ok 'and the live one alone' is_whole shop

# ---- cleanup
s3ls | s3rm -q
for day in $(seq 0 40); do
    printf '%s\0' "$(date -u -d "2026-11-20 -$day days" +%Y/%m/%d)/shop_030000.sql.gz" \
        "p/$(date -u -d "2026-11-20 -$day days" +%Y/%m/%d)/shop_030000.sql.gz"
done | "$TESTS/lib/make_objects.py"
printf '%s\0' uploads/2026/11/22/photo_120000.jpg 2026/11/20/shop_030000.sql.gz.bak x 2026/01/01/only_000000.sql.gz |
    "$TESTS/lib/make_objects.py"
s3ls >"$T/all"
RETENTION_DRY_RUN=true run "$S/cleanup.sh"
is 'a dry run: status' "$status" 0
matches 'says what would go and why' "$(cat "$T/err")" 'delete 2026/.*shop'
matches 'counts' "$(last)" 'dry run: [0-9]+ kept, [0-9]+ would be deleted'
is 'a dry run deletes nothing' "$(s3ls | cmp - "$T/all" && echo same)" same
export RETENTION_KEEP_LAST=2 RETENTION_KEEP_HOURLY=0 RETENTION_KEEP_DAILY=5 RETENTION_KEEP_WEEKLY=0 \
    RETENTION_KEEP_MONTHLY=0 RETENTION_KEEP_YEARLY=0
run "$S/cleanup.sh"
is 'cleanup.sh: status' "$status" 0
matches 'cleanup.sh sums up' "$(last)" 'cleanup.sh: ok: 6 kept, 36 deleted'
is 'the newest five stay, and what is no backup of ours' "$(s3ls | grep -v ^p/ | xargs)" \
    '2026/01/01/only_000000.sql.gz 2026/11/16/shop_030000.sql.gz 2026/11/17/shop_030000.sql.gz 2026/11/18/shop_030000.sql.gz 2026/11/19/shop_030000.sql.gz 2026/11/20/shop_030000.sql.gz 2026/11/20/shop_030000.sql.gz.bak uploads/2026/11/22/photo_120000.jpg x'
is 'nothing of another prefix' "$(s3ls p/ | wc -l)" 41
S3_SECRET_KEY=wrong run "$S/cleanup.sh"
is 'a listing that fails: status' "$status" 1
matches 'deletes nothing' "$(last)" 'nothing is deleted'
RETENTION_MIN_BACKUPS=0 run "$S/cleanup.sh"
exits 'the last backup is never at stake' 2 'at least 1'
RETENTION_KEEP_DAILY=x run "$S/cleanup.sh"
is 'a policy that is none: status' "$status" 1
is 'no temporary file is left' "$(find "${TMPDIR:-/tmp}" -maxdepth 1 -name 's3pipe.*' -user "$(id -un)" | wc -l)" 0
done_testing
