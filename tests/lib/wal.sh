# For tests of the WAL scripts: . after scripts.sh and a store. The scripts run
# as the server runs them, in its data directory.
# shellcheck shell=bash

DATA=$T/pg/data
# The server runs the scripts as its own user, to whom root's home is closed.
if [ "$(id -u)" = 0 ] && ! setpriv --reuid=postgres --regid=postgres --init-groups -- test -x "$S/archive-wal.sh"; then
    mkdir -p "$T/clone/build"
    cp -r "$ROOT/scripts" "$T/clone/"
    find "$BUILD" -maxdepth 1 -type f -perm -1 -exec cp -t "$T/clone/build" {} +
    S=$T/clone/scripts BUILD=$T/clone/build PATH=$T/clone/build:$PATH
fi
system() { od -An -t u8 -N 8 "$DATA/global/pg_control" | tr -d ' '; }
# segments: the names of those in pg_wal, in order.
segments() { find "$DATA/pg_wal" -maxdepth 1 -type f -printf '%f\n' | grep -E '^[0-9A-F]{24}$' | sort; }
# write_wal ROWS: into table t; then the segment is ended.
write_wal() {
    q -d postgres -c 'SET client_min_messages = warning' -c 'CREATE TABLE IF NOT EXISTS t (i int, w text)' \
        -c "INSERT INTO t SELECT i, md5(i::text) FROM generate_series(1, $1) i" -c 'SELECT pg_switch_wal()' >/dev/null
}
in_data() { (cd "$DATA" && "$@"); }
# flip FILE OFFSET: one bit of it.
flip() {
    python3 - "$1" "$2" <<'PY'
import sys
with open(sys.argv[1], "r+b") as f:
    f.seek(int(sys.argv[2]))
    byte = f.read(1)[0]
    f.seek(-1, 1)
    f.write(bytes([byte ^ 1]))
PY
}
# crash_server: as when the machine goes down, and it comes up again.
crash_server() {
    local postmaster all pid
    postmaster=$(head -1 "$DATA/postmaster.pid")
    all=$(pgrep -P "$postmaster")
    # shellcheck disable=SC2086 # pids
    kill -9 "$postmaster" $all 2>/dev/null
    for pid in "$postmaster" $all; do await 10 not kill -0 "$pid"; done
    rm -f "$DATA/postmaster.pid" "$T"/pg/.s.PGSQL.*
}

# archiving COMMAND [NAME=VALUE]...: the server archives by it, with the settings
# of the store in a file.
archiving() { # [PREFIX]
    # Not the operand of the server's process, which a test may look for.
    env | grep -E '^(S3_|BACKUP_FILTER|RESTORE_FILTER)' >"$T/wal.env"
    printf 'S3_PREFIX=%s\nBUILD=%s\nTMPDIR=/tmp\n' "${1:-}" "$BUILD" >>"$T/wal.env"
    chmod 644 "$T/wal.env"
    q -d postgres -c 'ALTER SYSTEM SET archive_mode = on' \
        -c "ALTER SYSTEM SET archive_command = '$S/archive-wal.sh --settings $T/wal.env %p'"
    postgres_stop
    postgres_up
}
is_stored() { [ "$(s3ls "$1")" = "$1" ]; } # KEY
all_archived() { # PREFIX: up to now
    local newest
    newest=$(q -d postgres -c 'SELECT pg_walfile_name(pg_switch_wal() - 1)')
    await 60 is_stored "$1$(system)/wal/$newest.gz"
}

# A recovered cluster beside the first one, in $T/pg/NAME, at port 5433.
# opens NAME: starts it, and whether it takes connections in the end.
opens() {
    postgres_do pg_ctl -D "$T/pg/$1" -W -l "$T/pg/$1.log" \
        -o "-c listen_addresses= -p 5433 -c unix_socket_directories=$T/pg -c fsync=off ${2:-}" start >/dev/null
    at_exit "closes $1"
    local tries=600
    sleep 0.2
    until PGPORT=5433 psql -X -At -q -d postgres -c 'SELECT 1' >/dev/null 2>&1; do
        postgres_do pg_ctl -D "$T/pg/$1" status >/dev/null && [ $((tries -= 1)) -gt 0 ] || return 1
        sleep 0.05
    done
}
closes() { postgres_do pg_ctl -D "$T/pg/$1" -m fast -w stop >/dev/null 2>&1; }
q2() { PGPORT=5433 q -d postgres "$@"; }
