#!/usr/bin/env bash
# backup.sh: what is backed up, under which key, with what before it; locks,
# options, filters; who is told. Faults are in backup-faults.t.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/store.sh"
. "$TESTS/lib/scripts.sh"
. "$TESTS/lib/pings.sh"
store_start
pings_start
# Each case has a state of its own, and reads the database shop or makes another.
export POSTGRES_DB=shop S3PIPE_STATE_DIR=$T/case/state
small shop
backup() { run "$S/backup.sh" "$@"; }
# only [NAME...]: the databases but shop and postgres are dropped, and these are made.
only() {
    local name
    {
        echo "SELECT format('DROP DATABASE %I WITH (FORCE)', datname) FROM pg_database WHERE datname NOT IN ('postgres', 'shop') AND NOT datistemplate \\gexec"
        for name; do printf 'CREATE DATABASE "%s";\n' "${name//\"/\"\"}"; done
    } | q -d postgres
}
names_of() { sed 's|.*/||; s/_[0-9]*\.sql\.gz$//'; } # those of the databases, in keys
# lock_items, unlock_items: a session holds the table of shop, so that pg_dump waits.
lock_items() {
    q -d shop -c 'BEGIN; LOCK items; SELECT pg_sleep(60)' >/dev/null 2>&1 &
    await 5 eval '[ -n "$(q -d postgres -c "SELECT 1 FROM pg_locks WHERE mode = '"'AccessExclusiveLock'"' AND relation IS NOT NULL LIMIT 1")" ]'
}
unlock_items() {
    q -d postgres -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'BEGIN; LOCK items;%'" >/dev/null
}
# fake PROGRAM SCRIPT: another one, in the case's directory fake.
fake() {
    mkdir -p fake
    printf '#!/bin/sh\n%s\n' "$2" >"fake/$1" && chmod +x "fake/$1"
}
# told COMMAND...: runs it with a ping address, a hook and a file of metrics.
cat >"$T/hook" <<'HOOK'
#!/bin/sh
echo "$1 $S3PIPE_EVENT $S3PIPE_BYTES $S3PIPE_MESSAGE" "$(env | grep -c SECRET_KEY)" >>"$HOOKED"
[ "$1" != start ] || exit "${HOOK_STATUS:-0}"
HOOK
chmod +x "$T/hook"
told() {
    HOOKED=$PWD/hooked BACKUP_PING_URL=$pings/uuid BACKUP_HOOK=$T/hook BACKUP_METRICS_FILE=$PWD/s3pipe.prom run "$@"
}
failures() { grep -F "s3pipe_backup_failures_total{database=\"$1\"} " s3pipe.prom | cut -d ' ' -f 2; }

# ---- what is backed up

if testcase 'a backup of one database'; then
    plain_dump shop >before.sql
    S3_PREFIX=one backup
    is 'exits with 0' "$status" 0
    is 'writes nothing to stdout' "$(cat "$T/out")" ''
    matches 'says in a line of the log what it stored' "$err" \
        'backup.sh: ok shop: one/20[0-9]{2}/[01][0-9]/[0-3][0-9]/shop_[0-9]{6}\.sql\.gz, [0-9]+ bytes, [0-9]+ s'
    matches 'sums up in the last line of the log' "$(last)" 'Z backup.sh: ok: 2 backups, [0-9]+ bytes, [0-9]+ s$'
    is 'stores the database and the roles' "$(s3ls one/ | sed 's|.*/||; s/_[0-9]*\./ /')" $'globals sql.gz\nshop sql.gz'
    is 'gives both keys the same time' "$(s3ls one/ | sed 's/.*_//' | sort -u | wc -l)" 1
    key=$(s3ls one/ | grep shop)
    ok 'can be read by gunzip, up to the end of the dump' eval 's3get -q "$key" | gunzip | tail -5 | grep -qx -e "-- PostgreSQL database dump complete"'
    only copy
    ok 'can be loaded by psql, whatever stands before the dump' \
        eval 's3get -q "$key" | gunzip | psql -X -q -v ON_ERROR_STOP=1 -d copy >/dev/null && plain_dump copy | cmp - before.sql'
    ok 'leaves no temporary file and no lock' nothing_left
    matches 'keeps the last success in the state directory' "$(cat "$S3PIPE_STATE_DIR/last-success")" '^20[0-9-]+T[0-9:]+Z ok: 2 backups'
fi

if testcase 'what pg_dump leaves out stands before the dump'; then
    only
    small header
    q -d postgres <<'SQL' >/dev/null
CREATE ROLE alice; CREATE ROLE "Bob ""B""" LOGIN;
ALTER DATABASE header OWNER TO alice;
ALTER DATABASE header CONNECTION LIMIT 40;
COMMENT ON DATABASE header IS E'Läden\nand "more" \\';
REVOKE CONNECT ON DATABASE header FROM PUBLIC;
GRANT CONNECT ON DATABASE header TO "Bob ""B""" WITH GRANT OPTION;
ALTER DATABASE header SET search_path TO "$user", public, "a b";
ALTER DATABASE header SET app.tenant TO 'it''s = x';
ALTER ROLE "Bob ""B""" IN DATABASE header SET work_mem TO '8MB';
SQL
    BACKUP_DATABASES=header BACKUP_GLOBALS=false S3_PREFIX=header backup
    is 'the backup succeeds' "$status" 0
    is 'BACKUP_GLOBALS=false leaves the roles out' "$(s3ls header/ | wc -l)" 1
    s3get -q "$(s3ls header/)" | gzstream -d | sed -n 's/^-- s3pipe: //p' | jq -cS . >header
    has() { is "$1" "$(grep "^{\"$1\"" header)" "$2"; }
    has owner '{"owner":"alice"}'
    has encoding '{"encoding":"UTF8"}'
    has limit '{"limit":40}'
    has comment '{"comment":"Läden\nand \"more\" \\"}'
    has tablespace '{"tablespace":"pg_default"}'
    has settings '{"settings":[{"name":"app.tenant","role":null,"value":"it'"'"'s = x"},{"name":"search_path","role":null,"value":"\"$user\", public, \"a b\""},{"name":"work_mem","role":"Bob \"B\"","value":"8MB"}]}'
    has roles '{"roles":["Bob \"B\"","alice","postgres"]}'
    matches 'grants' "$(grep '^{"grants"' header)" '\{"grantable":true,"privilege":"CONNECT","to":"Bob \\"B\\""\}'
fi

if testcase 'a backup of all databases'; then
    long=$(printf 'n%.0s' {1..63})
    only 'Ünï "quoted"' "o'hara" 'a=b' 'with space' 'slash/percent%' 'postgresql://x' "$long" $'tail\n' \
        s3pipe_new_x s3pipe_old_x test_1 test_2
    BACKUP_DATABASES='*' BACKUP_EXCLUDE=' test_*, with?space' S3_PREFIX=fleet/ backup
    is 'exits with 0, whatever their names' "$status" 0
    is 'has a key for each, but for what is excluded and what restore.sh made aside' "$(s3ls fleet/ | names_of | LC_ALL=C sort | xargs -d '\n')" \
        "a=b globals $long o'hara postgres postgresql:%2F%2Fx shop slash%2Fpercent%25 tail%0A Ünï \"quoted\""
fi

if testcase 'a database that cannot be backed up'; then
    only a=b
    BACKUP_DATABASES='shop, missing ,a=b' S3_PREFIX=some backup
    is 'makes the run exit with 1' "$status" 1
    matches 'is named in the log' "$err" 'backup.sh: FAILED missing: '
    matches 'is reported with what libpq said' "$err" 'database "missing" does not exist'
    is 'does not keep the others from being backed up' "$(s3ls some/ | wc -l)" 3
    matches 'is kept as the last failure' "$(cat "$S3PIPE_STATE_DIR/last-failure")" 'Z FAILED: 1 of 4 backups failed$'
    S3_PREFIX=some backup
    is 'is no longer the last failure after a success' "$status $(find "$S3PIPE_STATE_DIR" -name last-failure)" '0 '
fi

if testcase 'a database called globals'; then
    only globals
    BACKUP_DATABASES='globals,shop' S3_PREFIX=globals backup
    matches 'is refused, for its keys are those of the roles' "$status $err" '^1 .*FAILED globals: its keys are those of the roles'
fi

if testcase 'a database that is written to during its backup'; then
    only written
    q -d written -c 'CREATE TABLE pairs (a int, b int)' -c 'CREATE TABLE twins (a int, b int)'
    q -d written -c "DO 'BEGIN LOOP
        INSERT INTO pairs VALUES (1, 2); INSERT INTO twins VALUES (1, 2); COMMIT; PERFORM pg_sleep(0.005);
    END LOOP; END'" 2>/dev/null &
    await 5 eval 'q -d written -c "TABLE pairs LIMIT 1" | grep -q 1'
    for try in 1 2 3; do
        BACKUP_DATABASES=written BACKUP_GLOBALS=false S3_PREFIX=written/$try backup
        is "is backed up ($try of 3)" "$status" 0
        is "is backed up as of one moment ($try of 3)" "$(s3get -q "$(s3ls "written/$try/")" | gunzip | awk '/^COPY public.(pairs|twins)/ { n = 0; next } /^\\\.$/ { print n } { n++ }' | tail -n 2 | uniq | wc -l)" 1
    done
    only
fi

# ---- settings that are refused

if testcase 'a setting that is not valid is refused'; then
    BACKUP_DATABASES=' ' backup
    is 'BACKUP_DATABASES without a name' "$status" 1
    POSTGRES_PASSWORD=a POSTGRES_PASSWORD_FILE=$PWD/x backup
    exits 'a password given twice' 2 'both POSTGRES_PASSWORD and POSTGRES_PASSWORD_FILE'
    POSTGRES_PASSWORD_FILE=$PWD/x backup
    exits 'a password file that does not exist' 2 'POSTGRES_PASSWORD_FILE: .*/x cannot be read'
    BACKUP_TIMEOUT=soon backup
    exits 'BACKUP_TIMEOUT=soon' 2 'BACKUP_TIMEOUT'
    BACKUP_GLOBALS=yes backup
    exits 'BACKUP_GLOBALS=yes' 2 'BACKUP_GLOBALS is true or false'
    LOG_FORMAT=xml backup
    exits 'LOG_FORMAT=xml' 2 'LOG_FORMAT'
    backup shop
    exits 'an operand' 2 'unexpected operand'
    for script in backup basebackup receive-wal; do
        BACKUP_FILTER='cat' run "$S/$script.sh" --check-settings
        exits "a filter without a suffix, by $script.sh" 2 'BACKUP_FILTER_SUFFIX is not set, and BACKUP_FILTER is'
    done
fi

if testcase 'an option of pg_dump that makes no plain dump of one database is refused'; then
    for options in -C -c -Fc '-f x' '-j 4' -Z9 -xC -vFc --create '--format=c' --cl --jobs=2 --fil=x -dother '--dbname x'; do
        PG_DUMP_OPTIONS=$options backup
        exits "$options" 2 'is not for backups'
    done
fi

if testcase 'a backup fails with the reason'; then
    PGPORT=1 S3_PREFIX=nothing backup
    matches 'where the server cannot be reached' "$status $(last)" '^1 .*cannot be reached'
    S3_SECRET_KEY=wrong S3_PREFIX=nothing backup
    matches 'where the store denies access' "$status $err" '^1 .*s3ls: .*SignatureDoesNotMatch.*the store cannot be used: nothing is done'
fi

# ---- options and filters

if testcase 'the options of the three programs'; then
    PG_DUMP_OPTIONS='-T items --no-comments' GZSTREAM_OPTIONS=-9 S3PUT_OPTIONS='-m who=me' BACKUP_GLOBALS=false S3_PREFIX=options backup
    is 'are taken' "$status" 0
    ok 'reach pg_dump' eval '! s3get -q "$(s3ls options/)" | gunzip | grep -q "^COPY public.items"'
    matches 'reach s3put' "$(/usr/bin/aws --endpoint-url "$S3_ENDPOINT" s3api head-object --bucket "$S3_BUCKET" --key "$(s3ls options/)")" '"who": "me"'
fi

if testcase 'a backup through age'; then
    if command -v age >/dev/null; then
        age-keygen -o age.key 2>/dev/null
        age-keygen -y age.key >age.pub
        BACKUP_FILTER="age -R $PWD/age.pub" BACKUP_FILTER_SUFFIX=.age BACKUP_GLOBALS=false S3_PREFIX=age backup
        is 'exits with 0' "$status" 0
        matches 'has the suffix in its key' "$(s3ls age/)" '\.sql\.gz\.age$'
        ok 'is encrypted, and gzip within' eval 's3get -q "$(s3ls age/)" | age -d -i age.key | gunzip | tail -5 | grep -q complete'
    else
        ok 'needs age (apt-get install age)' false
    fi
fi

if testcase 'a filter that fails'; then
    export BACKUP_GLOBALS=false BACKUP_FILTER_SUFFIX=.x
    BACKUP_FILTER='head -c 100; exit 3' S3_PREFIX=bad backup
    is 'makes the backup exit with 1' "$status" 1
    is 'publishes nothing' "$(s3ls bad/)" ''
    BACKUP_FILTER="sh -c 'head -c 100; cat >/dev/null; exit 1' | cat" S3_PREFIX=bad backup
    is 'in the first part of a pipe makes the backup exit with 1' "$status" 1
    is 'in the first part of a pipe publishes nothing' "$(s3ls bad/)" ''
    ok 'leaves no temporary file and no lock' nothing_left
    unset BACKUP_GLOBALS BACKUP_FILTER_SUFFIX
fi

# ---- versions

if testcase 'pg_dump of another version than the server'; then
    export BACKUP_GLOBALS=false S3_PREFIX=versions
    fake pg_dump 'echo "pg_dump (PostgreSQL) 9.6.1"'
    PATH=$PWD/fake:$PATH backup
    is 'is passed over for that of the server, though it is first on PATH' "$status" 0
    fake psql 'case "$*" in *name=*|*-f*|*-0*) exec "$REAL_PSQL" "$@";; esac
q=$(cat); [ "$q" != "SHOW server_version_num" ] || { echo ${FAKE_VERSION}0003; exit; }
printf "%s\n" "$q" | exec "$REAL_PSQL" "$@"'
    REAL_PSQL=$(command -v psql)
    export REAL_PSQL
    fake pg_dump 'case $1 in --version) echo "pg_dump (PostgreSQL) 97.1";; *) for a; do shift; [ "$a" = --statistics ] || set -- "$@" "$a"; done; PATH=${PATH#*:} exec pg_dump "$@";; esac'
    FAKE_VERSION=98 PATH=$PWD/fake:$PATH backup
    matches 'is refused where it is older' "$status $(last)" '^1 .*pg_dump is of version 97, the server of 98: take .*postgres:98, postgresql-client-98'
    FAKE_VERSION=96 PATH=$PWD/fake:$PATH backup
    matches 'is refused where it is newer' "$status $(last)" '^1 .*pg_dump is of version 97, the server of 96, .*BACKUP_ALLOW_NEWER_PGDUMP=true'
    BACKUP_ALLOW_NEWER_PGDUMP=true FAKE_VERSION=96 PATH=$PWD/fake:$PATH backup
    is 'is taken where it is newer and that is allowed' "$status" 0
    unset BACKUP_GLOBALS S3_PREFIX REAL_PSQL
fi

# ---- the lock

if testcase 'a database that another run is backing up'; then
    export BACKUP_GLOBALS=false
    lock_items
    S3_PREFIX=first "$S/backup.sh" 2>first &
    first=$!
    await 5 eval 'test -s "$S3PIPE_STATE_DIR"/locks/*/db.shop'
    BACKUP_DATABASES=shop,postgres S3_PREFIX=busy backup
    is 'makes a second run exit with 75' "$status" 75
    matches 'is reported with who holds the lock' "$err" "BUSY shop: backup.sh, process $first on .*, since 20.* has the lock"
    is 'does not keep a second run from backing up the others' "$(s3ls busy/ | wc -l)" 1
    unlock_items
    wait $first && first=0 || first=$?
    is 'is backed up by the first run' "$first" 0
    [ "$first" = 0 ] || sed 's/^/# /' first
    ok 'has no lock any more when the first run has ended' nothing_left
    unset BACKUP_GLOBALS
fi

# ---- unfinished uploads

if testcase 'an unfinished upload of today'; then
    /usr/bin/aws --endpoint-url "$S3_ENDPOINT" s3api create-multipart-upload --bucket "$S3_BUCKET" --key stale/2026/01/01/shop_000000.sql.gz >/dev/null
    BACKUP_GLOBALS=false S3_PREFIX=stale backup
    is 'is not removed' "$(s3ls -u stale/ | wc -l)" 1
    s3ls -u stale/ | s3rm -q -u
fi

# ---- secrets

if testcase 'a password from a file'; then
    everything() { # of the processes below: what they were called with
        local pid
        for pid in "$1" $(pgrep -P "$1"); do
            tr '\0' '\n' <"/proc/$pid/cmdline"
            tr '\0' '\n' <"/proc/$pid/environ"
            [ "$pid" = "$1" ] || everything "$pid"
        done
    }
    export BACKUP_GLOBALS=false S3_PREFIX=secrets
    q -d postgres -c "CREATE ROLE secretive LOGIN SUPERUSER PASSWORD 'pass:wo\\rd'" >/dev/null
    sed -i '1i local all secretive scram-sha-256' "$T/pg/data/pg_hba.conf"
    q -d postgres -c 'SELECT pg_reload_conf()' >/dev/null
    await 10 not q -w -U secretive -d postgres -c ''
    printf '%s\n' 'pass:wo\rd' >password
    lock_items
    POSTGRES_USER=secretive POSTGRES_PASSWORD_FILE=$PWD/password "$S/backup.sh" >"$T/out" 2>"$T/err" &
    first=$!
    await 10 below $first pg_dump
    everything $first >seen 2>/dev/null
    dump=$(below $first pg_dump)
    ok 'is in use by processes that are seen' grep -q pg_dump seen
    ok 'is in no argument and no environment' eval '! grep -qF "pass:wo" seen'
    ok 'is in no file in memory that has a name' eval '! grep -rqF -e "pass:wo" -e "pass\:wo" /dev/shm 2>/dev/null'
    ok "reaches a pg_dump that does not see the store's secrets" eval 'tr "\0" "\n" <"/proc/$dump/environ" >dump.env; grep -q ^PGAPPNAME= dump.env && ! grep -qF "$S3_SECRET_KEY" dump.env'
    unlock_items
    wait $first
    is 'is taken, with a colon and a backslash in it' $? 0
    ok 'is not in the log' eval '! grep -qF -e "pass:wo" -e "$S3_SECRET_KEY" "$T/err"'
    POSTGRES_USER=secretive POSTGRES_PASSWORD=wrong backup
    matches 'is needed: a wrong one is refused' "$status $err" '^1 .*password authentication failed'
    unset BACKUP_GLOBALS S3_PREFIX
fi

# ---- telling

if testcase 'LOG_FORMAT=json with a FIFO for the log'; then
    mkfifo fifo
    cat fifo >relayed &
    exec 8>fifo
    BACKUP_GLOBALS=false LOG_FORMAT=json S3PIPE_LOG_FIFO=$PWD/fifo S3_PREFIX=json backup
    exec 8>&-
    is 'does not keep a backup from success' "$status" 0
    is 'makes a line of JSON of each message' "$(jq -r '.level + " " + .script + " " + (.message | sub(":.*"; ""))' "$T/err")" $'info backup.sh ok shop\ninfo backup.sh ok'
    ok 'writes the same to stderr and into the FIFO' await 5 cmp relayed "$T/err"
fi

if testcase 'a FIFO for the log that nobody reads'; then
    mkfifo unread
    S3PIPE_LOG_FIFO=$PWD/unread S3_PREFIX=unread run timeout 20 "$S/backup.sh"
    is 'does not hold a backup up' "$status" 0
    ok 'leaves no temporary file and no lock' nothing_left
fi

if testcase 'a backup that succeeds and one that fails'; then
    export BACKUP_GLOBALS=false S3_PREFIX=telling
    : >"$T/www/pings"
    BACKUP_DATABASES=shop told "$S/backup.sh"
    is 'are told: the first exits with 0' "$status" 0
    BACKUP_DATABASES=shop,missing told "$S/backup.sh"
    is 'are told by pings' "$(cut -d ' ' -f 1 "$T/www/pings" | xargs)" '/uuid/start /uuid /uuid/start /uuid/fail'
    matches 'are told by pings that end in the last line of the log' "$(tail -n 1 "$T/www/pings")" 'FAILED: 1 of 2 backups failed'
    matches 'are told to the hook, which sees no secret' "$(cat hooked)" $'^start start 0  0\nsuccess success [1-9][0-9]* ok: 1 backups, .* 0\nstart start 0  0\nfailure failure [1-9][0-9]* FAILED: 1 of 2 backups failed 0$'
    matches 'are told by metrics: the bytes of the first' "$(cat s3pipe.prom)" 's3pipe_backup_bytes\{database="shop"\} [1-9][0-9]+'
    matches 'are told by metrics: the failure of the second' "$(cat s3pipe.prom)" 's3pipe_backup_failures_total\{database="missing"\} 1'
    unset BACKUP_GLOBALS S3_PREFIX
fi

if testcase 'the metrics count the failures of each database'; then
    export BACKUP_GLOBALS=false S3_PREFIX=counted
    BACKUP_DATABASES=shop,missing told "$S/backup.sh"
    BACKUP_DATABASES=missing told "$S/backup.sh"
    matches 'one that fails again' "$(cat s3pipe.prom)" 's3pipe_backup_failures_total\{database="missing"\} 2'
    matches 'one that is not in the run keeps what is said of it' "$(cat s3pipe.prom)" 's3pipe_backup_last_success_timestamp_seconds\{database="shop"\} 1[0-9]{9}'
    BACKUP_DATABASES=shop,missing PGPORT=1 told "$S/backup.sh"
    is 'a server that cannot be reached is a failure of each' "$status $(failures shop) $(failures missing)" '1 1 3'
    unset BACKUP_GLOBALS S3_PREFIX
fi

if testcase 'the metrics of a run over all databases'; then
    export BACKUP_GLOBALS=false S3_PREFIX=all
    only
    BACKUP_DATABASES='*' told "$S/backup.sh"
    is 'say that it did not fail' "$status $(failures '*')" '0 0'
    BACKUP_DATABASES='*' PGPORT=1 told "$S/backup.sh"
    is 'say that it failed, though it does not know which they are' "$status $(failures '*')" '1 1'
    unset BACKUP_GLOBALS S3_PREFIX
fi

if testcase 'a hook that fails at the start'; then
    export BACKUP_GLOBALS=false S3_PREFIX=hook
    HOOK_STATUS=1 told "$S/backup.sh"
    matches 'ends the run' "$status $err" '^1 .*BACKUP_HOOK failed at the start'
    is 'keeps all from being backed up' "$(s3ls hook/)" ''
    is 'is counted as a failure' "$status $(failures shop)" '1 1'
    BACKUP_TIMEOUT=x told "$S/backup.sh"
    is 'is counted, but a wrong setting is not' "$status $(failures shop)" '2 1'
    unset BACKUP_GLOBALS S3_PREFIX
fi

if testcase 'a ping that fails'; then
    BACKUP_GLOBALS=false BACKUP_PING_URL=http://127.0.0.1:1/ S3_PREFIX=ping backup
    matches 'is reported, and fails no backup' "$status $err" '^0 .*the ping of start failed'
fi

if testcase 'wrong settings and failed cleanups are told'; then
    export S3_PREFIX=cleanup
    : >"$T/www/pings"
    LOG_FORMAT=xml told "$S/backup.sh"
    S3PIPE_STATE_DIR=/proc/none told "$S/backup.sh"
    S3_BUCKET=nosuch told "$S/cleanup.sh"
    is 'a cleanup without its bucket exits with 1' "$status" 1
    RETENTION_DRY_RUN=true S3_BUCKET=nosuch told "$S/cleanup.sh"
    is 'by a ping for each, but a dry run is not' "$(cut -d ' ' -f 1 "$T/www/pings" | xargs)" '/uuid/fail /uuid/fail /uuid/fail'
    matches 'the failed cleanup is kept in the state directory' "$(cat "$S3PIPE_STATE_DIR/last-cleanup-failure")" 'Z the store cannot be used'
    told "$S/cleanup.sh"
    is 'the failed cleanup is kept until one succeeds, which is no ping' "$status $(wc -l <"$T/www/pings") $(find "$S3PIPE_STATE_DIR" -name '*cleanup-failure' | wc -l)" '0 3 0'
    unset S3_PREFIX
fi

if testcase 'the option --check-settings'; then
    : >"$T/www/pings"
    for script in backup cleanup; do
        LOG_FORMAT=xml told "$S/$script.sh" --check-settings
        exits "of $script.sh refuses a wrong setting" 2 'LOG_FORMAT is text or json'
        S3_ADDRESSING=foo told "$S/$script.sh" --check-settings
        matches "of $script.sh refuses a wrong setting of the store" "$status $(last)" '^2 .*the settings of the store are wrong'
        S3_ENDPOINT=http://127.0.0.1:1 PGPORT=1 told "$S/$script.sh" --check-settings
        is "of $script.sh asks neither the server nor the store" "$status" 0
        told env -u S3_ACCESS_KEY -u S3_SECRET_KEY "$S/$script.sh" --check-settings
        is "of $script.sh fetches no keys" "$status" 0
    done
    is 'sends no ping' "$(wc -l <"$T/www/pings")" 0
fi
done_testing
