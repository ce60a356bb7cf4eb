#!/usr/bin/env bash
# Through PgBouncer: what it refuses is left out, and a pool that gives one session
# to many clients is refused, before anything is set in a session of applications.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/s3server.sh"
. "$TESTS/lib/scripts.sh"
command -v pgbouncer >/dev/null || skip_all 'no pgbouncer (apt-get install pgbouncer)'
s3server_start
small shop
# pooler MODE: one on a port of its own, in $port.
pooler() {
    local home=$T/pooler.$1
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    mkdir "$home"
    cat >"$home/ini" <<END
[databases]
* = host=$PGHOST user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $port
auth_type = any
unix_socket_dir =
pool_mode = $1
logfile = $home/log
pidfile = $home/pid
END
    if [ "$(id -u)" = 0 ]; then
        chown -R postgres "$home"
        (cd / && setpriv --reuid=postgres --regid=postgres --init-groups -- pgbouncer -d "$home/ini")
    else
        pgbouncer -d "$home/ini"
    fi
    at_exit "kill \$(cat '$home/pid')"
    await 5 pooled_q -c 'SELECT 1'
}
pooled_q() { psql -X -At -h 127.0.0.1 -p "$port" -d shop "$@"; }
pooled() { POSTGRES_HOST=127.0.0.1 POSTGRES_PORT=$port POSTGRES_DB=shop run "$@"; }

pooler session
q -d postgres -c "ALTER ROLE postgres SET idle_in_transaction_session_timeout = '5min'"
pooled "$S/backup.sh"
is 'pool_mode session, a role with limits: backup.sh' "$status" 0
PGOPTIONS='-c geqo=off' pooled "$S/backup.sh"
matches 'PGOPTIONS that it refuses are left out' "$status $(cat "$T/err")" '^0 .*the server refuses PGOPTIONS, as poolers do'
pooled "$S/restore.sh" latest
is 'pool_mode session: restore.sh' "$status" 0
pooled "$S/verify-backup.sh"
is 'pool_mode session: verify-backup.sh' "$status" 0

pooler transaction
keys=$(s3ls)
path=$(pooled_q -c 'SHOW search_path')
for script in 'backup.sh' 'backup.sh --check' 'restore.sh latest' 'verify-backup.sh'; do
    # shellcheck disable=SC2086 # words
    pooled "$S"/$script
    matches "pool_mode transaction: $script" "$status $(cat "$T/err")" "^1 .*127.0.0.1:$port is a pooler that gives one session to many clients"
done
is 'pool_mode transaction: nothing was stored' "$(s3ls)" "$keys"
is 'pool_mode transaction: applications have their search_path' "$(pooled_q -c 'SHOW search_path')" "$path"
ok 'nothing is left' nothing_left
done_testing
