#!/usr/bin/env bash
# docs/recovery.md as it is written, the part "On a server": each of its lines runs,
# from a role that has no more rights than the page gives it to a server that has
# recovered. The part of the stack is in tests/stack/recovery.t.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/store.sh"
store_start
port=$((20000 + RANDOM % 20000))
POSTGRES_ARGS="-c listen_addresses=127.0.0.1 -p $port" postgres_start 15
export PGPORT=$port
page=$ROOT/docs/recovery.md

# ---- the lines, and what of them is another here: the address, the password, the
# directory, the time.
sed -n '/^## On a server/,/^## /s/^ \{4,\}//p' "$page" >lines
kind() { # ERE: the lines like it, which are then done with
    grep -E "$1" lines
    grep -vE "$1" lines >rest
    mv rest lines
}
here() {
    sed "s|'\.\.\.'|'secret'|; s|10\.0\.0\.0/8|127.0.0.1/32|; s|/var/lib/postgresql/15/|$T/pg/|g; s|'20[^']*+01'|'${moment:-}'|"
}
kind '^(CREATE|ALTER) ' | here >statements
kind '^host ' | here >access
kind '^systemctl ' >units
kind '^(s3pipe-|pg_ctl |tail )' >commands
is 'no line of the page is left out' "$(cat lines)" ''
is 'the page has its lines' "$(wc -l <statements) $(wc -l <access) $(wc -l <units) $(wc -l <commands)" '2 1 1 4'

# ---- what is installed, and its settings
PATH=$PATH make -s -C "$ROOT" BUILD="$BUILD" install PREFIX="$T/root" >/dev/null || exit
cat >settings <<END
POSTGRES_HOST=127.0.0.1
POSTGRES_PORT=$port
POSTGRES_USER=backup
POSTGRES_PASSWORD=secret
S3_ENDPOINT=$S3_ENDPOINT
S3_BUCKET=$S3_BUCKET
S3_REGION=$S3_REGION
S3_ACCESS_KEY=$S3_ACCESS_KEY
S3_SECRET_KEY=$S3_SECRET_KEY
WAL_PARTIAL_SECONDS=1
END
chmod 600 settings
[ "$(id -u)" != 0 ] || chown postgres settings
mkdir state && chmod 777 state
# Nothing comes to it but by the file. The recovered server's socket is in $T/pg.
cat >clean <<END
cd "$T/pg" && exec $([ "$(id -u)" != 0 ] || echo setpriv --reuid=postgres --regid=postgres --init-groups --) \\
    env -i --default-signal=TERM PATH="$T/root/bin:$PG_BIN:/usr/bin:/bin" LC_ALL=C.UTF-8 S3PIPE_TEST="$T" \\
    S3PIPE_CONFIG="$T/settings" S3PIPE_STATE_DIR="$T/state" "\$@"
END
clean() { bash "$T/clean" "$@"; }

# ---- the server
q -d postgres -c "ALTER SYSTEM SET unix_socket_directories = '$T/pg'" -c "ALTER SYSTEM SET listen_addresses = ''"
run q -d postgres -f statements
is 'the statements of the page' "$status $err" '0 '
# Nobody else comes in but by the socket.
{ echo 'local all postgres trust' && cat access; } >"$T/pg/data/pg_hba.conf"
q -d postgres -c 'SELECT pg_reload_conf()' >/dev/null
is 'what the server keeps is bounded' "$(q -d postgres -c 'SHOW max_slot_wal_keep_size')" 10GB

for unit in $(tr ' ' '\n' <units | grep '\.'); do
    ok "there is a unit $unit" test -s "$T/root/lib/systemd/system/$unit"
done
service() { sed -n 's|^ExecStart=.*/bin/||p' "$T/root/lib/systemd/system/$1.service"; }
bash clean "$(service s3pipe-receive-wal)" 2>receive.err &
receiver=$!
at_exit 'kill $receiver 2>/dev/null'
receives() { [ "$(q -d postgres -c "SELECT count(*) FROM pg_replication_slots WHERE slot_name = 's3pipe' AND active")" = 1 ]; }
ok 'the service receives, as the role of the page' await 20 receives
[ -n "$(receives || echo no)" ] && tail -n 5 receive.err | sed 's/^/# /'
q -d postgres -c 'CREATE TABLE item AS SELECT 1 AS i'
run clean "$(service s3pipe-basebackup)"
is 'the base backup, as the role of the page' "$status" 0
[ "$status" = 0 ] || tail -n 5 "$T/err" | sed 's/^/# /'

# ---- back
sleep 2
q -d postgres -c 'INSERT INTO item VALUES (2)'
sleep 1
moment=$(q -d postgres -c "SELECT to_char(clock_timestamp(), 'YYYY-MM-DD HH24:MI:SSOF')")
sleep 1.5
q -d postgres -c 'DELETE FROM item'
sleep 3 # until that is in the store
here <commands >run
line() { clean bash -c "$(grep -E "$1" run)"; }
run line '^s3pipe-list-backups'
is 'the list' "$status $(head -n 1 out | xargs)" "0 $(sed -n 's/^ *\(CLUSTER .*\)/\1/p' "$page" | xargs)"
matches 'it has a window' "$(sed -n 2p out)" '^[0-9]{19} +1 +20[0-9T:-]+Z 20[0-9T:-]+Z +[0-9]+s +1'
run line '^s3pipe-recover'
is 'recover' "$status" 0
[ "$status" = 0 ] || tail -n 5 "$T/err" | sed 's/^/# /'
at_exit 'postgres_do pg_ctl -D "$T/pg/recovered" -m immediate -w stop >/dev/null 2>&1'
run line '^pg_ctl'
is 'the server starts' "$status" 0
[ "$status" = 0 ] || tail -n 5 "$T/pg/recovery.log" | sed 's/^/# /'
bash clean bash -c "exec $(grep '^tail' run)" >shown.log &
tail=$!
ok 'the log says what the page waits for' await 30 grep -q "$(sed -n 's/^`\(ready to [^`]*\)`.*/\1/p' "$page")" shown.log
kill $tail
is 'what was deleted is there, on port 5433' "$(PGPORT=5433 q -d postgres -c "SELECT string_agg(i::text, ',' ORDER BY i) FROM item")" 1,2
is 'and nothing that runs was touched' "$(q -d postgres -c 'SELECT count(*) FROM item')" 0
postgres_do pg_ctl -D "$T/pg/recovered" -m fast -w stop >/dev/null
latest=$(sed -nE 's/^\| to go to the last moment.*`(s3pipe-recover) DIRECTORY` \|$/\1/p' "$page")
run clean "$latest" "$T/pg/latest"
is 'recover to the last moment' "$status" 0
kill -TERM $receiver
wait $receiver
is 'the service ends well' $? 0
done_testing
