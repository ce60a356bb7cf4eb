#!/usr/bin/env bash
# A database through the pipes and back; and what is published when a part of
# the pipe dies half-way: nothing.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/s3server.sh"
postgres_start
s3server_start

createdb shop
psql -X -q -d shop -f "$ROOT/scripts/demo.sql" >/dev/null
q -d shop -c "SELECT lo_from_bytea(0, decode(repeat('00ff', 5000), 'hex'))" >/dev/null
fingerprint shop >"$T/before"
plain_dump shop >"$T/before.sql"

restored() { # KEY DATABASE: loads it and compares
    createdb "$2"
    s3get -q "$1" | gzstream -d | psql -X -q -v ON_ERROR_STOP=1 -d "$2" >/dev/null || return 1
    fingerprint "$2" | diff "$T/before" - && plain_dump "$2" | cmp "$T/before.sql" -
}
# shellcheck disable=SC2094
(
    set -o pipefail
    pg_dump shop | gzstream | s3put -q pipe.gz
)
is 'pg_dump | gzstream | s3put' $? 0
ok 's3get | gzstream -d | psql gives the same database' restored pipe.gz copy1
run s3put command.gz gzstream pg_dump shop
exits 's3put KEY gzstream pg_dump' 0
ok 'gives the same database' restored command.gz copy2
dropdb copy1 && dropdb copy2
run s3put missing.gz gzstream pg_dump no_such_database
is 'pg_dump of no database: status' "$status" 1
is 'publishes nothing' "$(s3ls missing.gz)" ''

# ---- a stream that stands still half-way: the store stalls on its second
# part, so that the pipes fill up and whoever is to die can be found alive.
createdb big
q -d big <<'SQL' >/dev/null
CREATE TABLE noise AS
SELECT i, (SELECT string_agg(md5((i * 64 + j)::text), '') FROM generate_series(1, 64) j)
  FROM generate_series(1, 45000) i;
SQL
stall() {
    faults_clear
    fault '{"op":"UploadPart","part":2,"times":1,"action":{"stall":1.2,"at":"headers"}}'
}
begun() { [ "$(control GET faults | query '[.[].fired] | add')" = 1 ]; }
# The process of that name below PID.
below() { # PID NAME
    local child
    for child in $(pgrep -P "$1"); do
        if [ "$(cat "/proc/$child/comm" 2>/dev/null)" = "$2" ]; then echo "$child" && return; fi
        below "$child" "$2" && return
    done
    return 1
}
victim_of() { # PID NAME: PID itself, or what is below it
    if [ "$(cat "/proc/$1/comm" 2>/dev/null)" = "$2" ]; then echo "$1"; else below "$1" "$2"; fi
}

# strike FORM VICTIM SIGNAL: runs the form, kills the victim half-way. Sets
# $status; the key is $key.
strike() {
    local form=$1 victim=$2 signal=$3 job pid
    key=kill/${form// /-}-$victim-$signal.gz
    rm -rf "$T/ok" && mkdir "$T/ok"
    stall
    case $form in
    'command') env --default-signal=QUIT s3put -j 1 "$key" gzstream -1 pg_dump big 2>"$T/err" & ;;
    'dash -c') env --default-signal=QUIT dash -c '{ gzstream -1 pg_dump big && touch "$1/ok"; } | s3put -j 1 -c "$1/ok" "$2"' dash "$T/ok" "$key" 2>"$T/err" & ;;
    'bash -c') env --default-signal=QUIT bash -o pipefail -c '{ pg_dump big | gzstream -1 && touch "$1/ok"; } | s3put -j 1 -c "$1/ok" "$2"' bash "$T/ok" "$key" 2>"$T/err" & ;;
    esac
    job=$!
    await 10 begun || { echo "the upload did not begin" && cat "$T/err"; }
    pid=$(victim_of "$job" "$victim") || echo "no $victim"
    kill -"$signal" "$pid"
    wait "$job" 2>/dev/null && status=0 || status=$?
}
published() { [ -n "$(s3ls "$key")" ]; }

for form in 'command' 'dash -c' 'bash -c'; do
    for victim in pg_dump gzstream s3put; do
        for signal in TERM KILL HUP QUIT; do
            # A QUIT takes s3put by its default action, as a KILL does.
            [ "$victim/$signal" != s3put/QUIT ] || continue
            strike "$form" "$victim" "$signal" >"$T/strike"
            ok "$form, $victim, $signal: has failed" test "$status" -ne 0 -a ! -s "$T/strike"
            ok "$form, $victim, $signal: nothing is published" not published
            if [ "$victim/$signal" = s3put/KILL ]; then
                s3ls -u | s3rm -q -u
            else
                is "$form, $victim, $signal: no upload is left" "$(uploads_left)" 0
            fi
        done
    done
done

# ---- the outer shell alone: what goes on may publish, but only a whole object
strike 'bash -c' bash KILL >"$T/strike"
ok 'bash -c, the shell itself: was there' test ! -s "$T/strike"
await 20 eval '! pgrep -f "s3put -j 1 -c $T/ok/ok" >/dev/null'
if published; then
    ok 'bash -c, the shell itself: the object is whole' \
        eval 's3get -q "$key" | gzstream -d | tail -n 5 | grep -qx -e "-- PostgreSQL database dump complete"'
else
    is 'bash -c, the shell itself: nothing is left' "$(uploads_left)" 0
fi
faults_clear
done_testing
