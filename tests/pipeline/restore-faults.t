#!/usr/bin/env bash
# restore.sh when something is cut, breaks or dies: the live database serves on,
# and no scratch database is left. And the exchange under clients that come
# back at once.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/s3server.sh"
. "$TESTS/lib/scripts.sh"
s3server_start
export POSTGRES_DB=shop BACKUP_GLOBALS=false
shop shop
fingerprint shop >"$T/before"
"$S/backup.sh" 2>"$T/err" || cat "$T/err"
key=$(s3ls)
q -d shop -c "CREATE TABLE live AS SELECT 1 AS i"
before=$(databases)
alive() { [ "$(q -d shop -c 'SELECT count(*) FROM live')" = 1 ]; }
unharmed() { # NAME
    is "$1: no database is left" "$(databases)" "$before"
    ok "$1: the live one serves" alive
    ok "$1: nothing is left here" nothing_left
}

# ---- objects that are not what they should be
n=0
refused() { # NAME STATUS ERE: of the object on stdin
    local bad
    n=$((n + 1))
    bad=2026/01/01/shop_$(printf '%06d' $n).sql.gz
    s3put -q "$bad"
    run "$S/restore.sh" "$bad"
    is "$1: status" "$status" "$2"
    matches "$1 is told" "$(cat "$T/err")" "$3"
    unharmed "$1"
}
s3get -q "$key" | gzstream -d >"$T/plain.sql"
s3get -q "$key" >"$T/object"
refused 'a whole gzip that holds half a dump' 1 'the dump is cut' < <(head -c 5000000 "$T/plain.sql" | gzip)
refused 'a dump cut between statements' 1 'the dump is cut' < <(sed '/^COPY public.lines/,$d' "$T/plain.sql" | gzip)
sed '/^COPY public.lines/,$d' "$T/plain.sql" >"$T/part.sql"
refused 'a dump cut between two rows' 1 'the dump is cut' < <(head -n $(($(wc -l <"$T/part.sql") + 1000)) "$T/plain.sql" | gzip)
refused 'an object cut within a member' 1 'gzstream: .*' < <(head -c $(($(wc -c <"$T/object") / 2)) "$T/object")
# Cut between members: the last one only says that it is the last.
refused 'an object cut between members' 1 'gzstream: .*' < <(head -c -$(($(printf '' | gzstream | wc -c))) "$T/object")
refused 'an error in the SQL' 1 'division by zero' < <(sed '/^-- PostgreSQL database dump complete/i -- Name: f(); Type: FUNCTION; Schema: public; Owner: postgres\nSELECT 1/0;' "$T/plain.sql" | gzip)
refused 'something after the end' 1 'a statement stands behind the end of the dump' < <({ cat "$T/plain.sql" && echo 'SELECT 1;'; } | gzip)
refused 'a dump by pg_dump -C -c' 1 'pg_dump -C: it would drop and reload' < <(pg_dump -C -c shop | gzip)
refused 'a dump by pg_dump -C' 1 'pg_dump -C' < <(pg_dump -C shop | gzip)
refused 'the custom format' 1 'custom format: use pg_restore' < <(pg_dump -Fc shop | gzip)
refused 'the custom format, as it is' 1 'custom format: use pg_restore' < <(pg_dump -Fc shop)
refused 'a plain dump, as it is' 1 'is not compressed: psql -f restores it' < <(pg_dump shop)
refused 'a dump of the cluster' 1 'a dump of a whole cluster' < <(pg_dumpall | gzip)
refused 'what is no dump' 1 'is not a dump by pg_dump' < <(echo 'SELECT 1' | gzip)
refused 'what is no gzip' 1 'cannot be read' < <(echo 'no gzip')
refused 'an empty object' 1 'cannot be read' < <(printf '')
refused 'a dump by a newer pg_dump' 1 'was made by pg_dump 99; this server is' < <(sed 's/^\(-- Dumped by pg_dump version\) .*/\1 99.1/' "$T/plain.sql" | gzip)
refused 'a dump that connects to the live one, in its midst' 1 'pgapply runs no meta-commands of psql: .connect' < <(
    sed '/^\\\(un\)\{0,1\}restrict /d; s/^COPY public.lines/\\connect shop\nDROP TABLE live;\n&/' "$T/plain.sql" | gzip)
# ---- what dies half-way
stall() {
    faults_clear
    fault '{"op":"GetObject","skip":1,"times":1,"action":{"stall":2,"at":"mid"}}'
}
start() { # in the background, as $job: until half of the object was read
    stall
    env --default-signal=INT,QUIT "$S/restore.sh" "$key" 2>"$T/err" &
    job=$!
    await 10 eval 'databases | grep -q s3pipe_new_' || echo "# the load did not begin: $(tail -1 "$T/err")"
    await 5 eval '[ "$(faults_fired)" = 1 ]'
}
for victim in s3get gzstream pgapply; do
    start
    kill -KILL "$(below "$job" $victim)"
    wait "$job"
    is "$victim killed: status" $? 1
    unharmed "$victim killed"
done
for signal in TERM INT; do
    start
    kill -$signal "$job"
    wait "$job"
    is "$signal: status" $? $((128 + $(kill -l $signal)))
    unharmed "$signal"
done
# The server goes on making the new database though the client that asked for it
# has gone: somebody who looks at template0 holds it up.
q -d postgres -c 'ALTER DATABASE template0 ALLOW_CONNECTIONS true'
q -d template0 -c 'SELECT pg_sleep(3)' >/dev/null &
looker=$!
await 10 eval '[ "$(q -d postgres -c "SELECT count(*) FROM pg_stat_activity WHERE datname = '"'template0'"'")" = 1 ]'
env --default-signal=INT,QUIT "$S/restore.sh" "$key" 2>"$T/err" &
job=$!
await 10 eval 'q -d postgres -c "SELECT query FROM pg_stat_activity WHERE datname = '"'postgres'"'" | grep -q "^CREATE DATABASE s3pipe_new_"' ||
    echo '# the making did not begin'
kill -TERM "$job"
wait "$job"
is 'TERM while the new one is made: status' $? 143
wait "$looker"
q -d postgres -c 'ALTER DATABASE template0 ALLOW_CONNECTIONS false'
await 10 eval '[ "$(q -d postgres -c "SELECT count(*) FROM pg_stat_activity WHERE query ~ '"'^CREATE DATABASE s3pipe'"' AND state = '"'active'"'")" = 0 ]'
unharmed 'TERM while the new one is made'
# In the midst of the load, which begins once some of the dump has come.
faults_clear
sed 's/^COPY public.lines/SELECT pg_sleep(20);\n&/' "$T/plain.sql" | gzip | s3put -q 2026/01/01/shop_100000.sql.gz
"$S/restore.sh" 2026/01/01/shop_100000.sql.gz 2>"$T/err" &
job=$!
await 10 eval 'q -d postgres -c "SELECT query FROM pg_stat_activity" | grep -q "^SELECT pg_sleep"' || echo '# the load did not begin'
postgres_do pg_ctl -D "$T/pg/data" -m immediate -w stop >/dev/null 2>&1
sleep 1
postgres_up
wait "$job"
is 'the server restarted: status' $? 1
unharmed 'the server restarted'
# A load that was killed leaves its database to the next run.
start
pkill -KILL -g "$(ps -o pgid= -p "$(below "$job" pgapply)" | tr -d ' ')"
kill -KILL "$job" 2>/dev/null
wait "$job" 2>/dev/null
kill -KILL "$job" 2>/dev/null
faults_clear
left=$(databases | tr ' ' '\n' | grep s3pipe_new_)
if [ -n "$left" ]; then
    touch -d '2 minutes ago' "$TMPDIR"/s3pipe.* 2>/dev/null
    run "$S/restore.sh" "$key" fresh
    ok 'a restore of another target leaves it alone' eval 'databases | grep -q "$left"'
    RESTORE_KEEP_OLD=false run "$S/restore.sh" 2026/01/01/shop_000001.sql.gz
    matches 'the next one drops it' "$(cat "$T/err")" "dropping $left, which a run that was killed left"
    dropdb fresh
fi
unharmed 'the shell killed'
# And one killed between making it and marking it.
createdb s3pipe_new_20260101000000_0badcafe
createdb s3pipe_new_20260101000000_00c0ffee
q -d s3pipe_new_20260101000000_00c0ffee -c 'CREATE TABLE t AS SELECT 1'
createdb "s3pipe_new_$(date -u +%Y%m%d%H%M%S)_0badcafe"
RESTORE_KEEP_OLD=false run "$S/restore.sh" 2026/01/01/shop_000001.sql.gz
matches 'one without its mark is dropped if it is old and empty' "$(cat "$T/err")" 'dropping s3pipe_new_20260101000000_0badcafe, which'
is 'others are not' "$(databases | tr ' ' '\n' | grep -c '^s3pipe_new_')" 2
databases | tr ' ' '\n' | grep '^s3pipe_new_' | xargs -n 1 dropdb
for fault in '"status":403' '"reset":"during"' '"short":100000'; do
    fault "{\"op\":\"GetObject\",\"times\":-1,\"skip\":1,\"action\":{$fault}}"
    S3_RETRIES=1 run "$S/restore.sh" "$key"
    faults_clear
    is "the store gives no more ($fault): status" "$status" 1
    unharmed "$fault"
done

# The server's disk is full: a tablespace with room for one, not for two.
mkdir "$T/tight"
if mount -t tmpfs -o size=40m none "$T/tight" 2>/dev/null; then
    at_exit 'umount "$T/tight"'
    install -d -o postgres "$T/tight/space"
    q -d postgres -c "CREATE TABLESPACE tight LOCATION '$T/tight/space'"
    createdb -D tight tight
    q -d tight -c "CREATE TABLE t AS SELECT i, repeat(md5(i::text), 8) AS x FROM generate_series(1, 70000) i; CHECKPOINT"
    BACKUP_DATABASES=tight "$S/backup.sh" 2>"$T/err" || cat "$T/err"
    before=$(databases)
    run "$S/restore.sh" latest tight
    matches 'no room on the server' "$status $(cat "$T/err")" '^1 .*(No space left|could not extend|cannot be made).*tight is as it was'
    unharmed 'no room on the server'
    is 'no room on the server: the live one is there' "$(q -d tight -c 'SELECT count(*) FROM t')" 70000
    dropdb tight
    before=$(databases)
else
    echo '# no tmpfs can be mounted here: the full disk is not tried'
fi

# ---- the lock
fingerprint shop >"$T/now"
fault '{"op":"UploadPart","part":2,"times":1,"action":{"stall":2,"at":"headers"}}'
fault '{"op":"PutObject","times":1,"action":{"stall":2,"at":"headers"}}'
"$S/backup.sh" 2>"$T/first" &
job=$!
await 5 eval 'test -s "$S3PIPE_STATE_DIR"/locks/*/db.shop'
RESTORE_KEEP_OLD=false run "$S/restore.sh" latest
newest=$(s3ls | grep -E '/shop_[0-9]{6}\.sql\.gz$' | sort | tail -n 1)
matches 'a restore waits for a backup, says so, and takes that one for the latest' "$status $(cat "$T/err")" \
    "^0 .*waiting for backup.sh, process $job .*ok shop: $newest,"
ok 'which is new' [ "$newest" != "$key" ]
wait $job
is 'which ends well' $? 0
faults_clear
fingerprint shop | diff "$T/now" - >/dev/null
is 'the restored one is whole' $? 0

# ---- the exchange, under 15 clients that come back at once
client() {
    while [ -e "$T/go" ]; do psql -X -q -d shop -c "SELECT pg_sleep(0.2)" >/dev/null 2>&1; done
}
touch "$T/go"
for _ in $(seq 15); do client & clients+=($!); done
await 5 eval '[ "$(q -d postgres -c "SELECT count(*) FROM pg_stat_activity WHERE datname = '"'shop'"'")" -ge 10 ]'
for try in 1 2 3; do
    RESTORE_KEEP_OLD=false run "$S/restore.sh" "$key"
    is "15 clients, $try: status" "$status" 0
done
ok 'they go on in the new one' await 5 eval '[ "$(q -d postgres -c "SELECT count(*) FROM pg_stat_activity WHERE datname = '"'shop'"'")" -ge 10 ]'
rm "$T/go"
wait "${clients[@]}"
is 'only the database is left' "$(databases)" "$before"
is 'and it is whole' "$(fingerprint shop | diff "$T/before" - && echo whole)" whole
done_testing
