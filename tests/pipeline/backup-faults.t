#!/usr/bin/env bash
# backup.sh when something dies or breaks: nothing is published, nothing is
# left, and it is told.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/s3server.sh"
. "$TESTS/lib/scripts.sh"
s3server_start
export POSTGRES_DB=big BACKUP_GLOBALS=false GZSTREAM_OPTIONS=-1 S3PUT_OPTIONS='-j 1 -p 5M'
# Large enough for more parts than fit in the pipes: everything is there when the second
# part stalls.
createdb big
q -d big <<'SQL' >/dev/null
CREATE TABLE noise AS
SELECT i, (SELECT string_agg(md5((i * 64 + j)::text), '') FROM generate_series(1, 64) j)
  FROM generate_series(1, 26000) i;
SQL
stall() {
    faults_clear
    fault '{"op":"UploadPart","part":2,"times":1,"action":{"stall":1.2,"at":"headers"}}'
}
begun() { [ "$(control GET faults | query '[.[].fired] | add')" = 1 ]; }
clean() { # NAME: nothing published, no upload, nothing here
    is "$1: nothing is published" "$(s3ls)" ''
    is "$1: no upload is left" "$(uploads_left)" 0
    ok "$1: nothing is left here" nothing_left
}
start() { # in the background, as $job
    stall
    env --default-signal=INT,QUIT "$S/backup.sh" 2>"$T/err" &
    job=$!
    await 10 begun || { echo "# the upload did not begin" && sed 's/^/# /' "$T/err"; }
}

for victim in pg_dump gzstream s3put; do
    start
    kill -KILL "$(below "$job" "$victim")"
    wait "$job"
    is "$victim killed: status" $? 1
    matches "$victim killed: is told" "$(cat "$T/err")" 'FAILED big: a process was killed, .*: see BACKUP_MEMORY; nothing was published'
    [ "$victim" != s3put ] || s3ls -u | s3rm -q -u # a KILL leaves it no time
    clean "$victim killed"
done
for signal in TERM INT HUP; do
    start
    before=$(date +%s%N)
    kill -"$signal" "$job"
    wait "$job"
    is "$signal: status" $? $((128 + $(kill -l "$signal")))
    ok "$signal: acts at once; the store takes its time to abort" test $((($(date +%s%N) - before) / 1000000)) -lt 10000
    clean "$signal"
done
matches 'it is kept as a failure' "$(cat "$S3PIPE_STATE_DIR/last-failure")" 'ended by a signal'

# A signal between what is made and what will undo it: the temporary directory, the
# lock, the file that the password goes into.
mkdir "$T/early"
early() { # PROGRAM ARGUMENTS [DO]: TERM to both the first time it is called so
    rm -f "$T"/early/*
    printf '#!/bin/sh\nPATH=${PATH#*:}\ncase $* in %s)
    [ -e "$0.done" ] || { : >"$0.done"; %s && kill -TERM $PPID $$; } ;; esac
exec %s "$@"\n' "$2" "${3:-:}" "$1" >"$T/early/$1"
    chmod +x "$T/early/$1"
    POSTGRES_PASSWORD=unused PATH=$T/early:$PATH run "$S/backup.sh"
    is "TERM during $1: status" "$status" 143
    [ "$status" = 143 ] || sed "s/^/# /" "$T/err"
    clean "TERM during $1"
    is "TERM during $1: no file for a password" "$(find /dev/shm -name 's3pipe.*' -newer "$T/early/$1")" ''
}
early mkdir '"-m 700 -- "*' 'mkdir "$@"'
early flock '"-n "[0-9]*'
early rm '"-f /dev/shm/"*'
: >/dev/shm/s3pipe.forgot
touch -d '2 minutes ago' /dev/shm/s3pipe.forgot
run "$S/backup.sh"
ok 'a file for a password that was never written goes' test ! -e /dev/shm/s3pipe.forgot
s3ls | s3rm -q

# The shell itself: what it started goes on, with the lock, and may publish.
start
kill -KILL "$job"
wait "$job" 2>/dev/null
run "$S/backup.sh"
is 'the shell killed: its pipe holds the lock while it is there' "$status" 75
await 20 eval '! pgrep -f "$T/tmp/s3pipe" >/dev/null'
ok 'what it published is whole' eval '[ -z "$(s3ls)" ] || s3get -q "$(s3ls)" | gzstream -d | tail -n 5 | grep -qx -e "-- PostgreSQL database dump complete"'
s3ls | s3rm -q
touch -d '2 minutes ago' "$TMPDIR"/s3pipe.*
run "$S/backup.sh"
is 'the next run takes the lock' "$status" 0
ok 'and tidies up' nothing_left
s3ls | s3rm -q

# The server restarted during the dump.
start
postgres_do pg_ctl -D "$T/pg/data" -m immediate -w stop >/dev/null 2>&1
wait "$job"
is 'the server goes: status' $? 1
postgres_up
clean 'the server goes'

# The store gone at each request, for good and for a while.
for op in CreateMultipartUpload UploadPart CompleteMultipartUpload ListObjectsV2; do
    faults_clear
    skip=0
    [ $op != ListObjectsV2 ] || skip=1 # the look before anything is done
    fault "{\"op\":\"$op\",\"skip\":$skip,\"times\":-1,\"action\":{\"status\":503}}"
    S3_RETRIES=1 run "$S/backup.sh"
    faults_clear
    is "the store gone at $op: status" "$status" 1
    if [ $op = ListObjectsV2 ]; then
        matches 'what is not listed is not confirmed' "$(cat "$T/err")" 'was written, but the store does not list it with its [0-9]+ bytes'
        s3ls | s3rm -q
    else
        matches "the store gone at $op: is told" "$(cat "$T/err")" 's3put: .* of 20.*503.*FAILED big: nothing was published'
    fi
    clean "the store gone at $op"
    fault "{\"op\":\"$op\",\"times\":1,\"action\":{\"status\":503}}"
    run "$S/backup.sh"
    is "the store gone at $op for a moment: status" "$status" 0
    s3ls | s3rm -q
done

# A time limit; a filter and a dump that end early.
stall
BACKUP_TIMEOUT=1 S3_TIMEOUT=60 run "$S/backup.sh"
matches 'BACKUP_TIMEOUT' "$status $(cat "$T/err")" '^1 .*FAILED big: no end after 1 s, nothing was published'
faults_clear
clean 'BACKUP_TIMEOUT'
BACKUP_FILTER_SUFFIX=.x BACKUP_FILTER='head -c 100000; kill -9 $$' run "$S/backup.sh"
matches 'a filter killed: what may have done it' "$status $(cat "$T/err")" '^1 .*FAILED big: a process was killed, as the system does for want of memory: see BACKUP_MEMORY'
clean 'a filter killed'
mkdir "$T/fake"
cat >"$T/fake/pg_dump" <<'FAKE'
#!/bin/sh
PATH=${PATH#*:}
case $1 in --version) exec pg_dump --version ;; esac
pg_dump "$@" | head -c 5000000
FAKE
chmod +x "$T/fake/pg_dump"
PATH=$T/fake:$PATH run "$S/backup.sh"
matches 'a pg_dump that stops half-way and exits with 0' "$status $(cat "$T/err")" '^1 .*the end of the dump is missing.*nothing was published'
clean 'a pg_dump that stops half-way'

# No room for what little is kept here.
mkdir "$T/full"
if mount -t tmpfs -o size=16k,nr_inodes=3 none "$T/full" 2>/dev/null; then
    at_exit 'umount "$T/full"'
    TMPDIR=$T/full run "$S/backup.sh"
    is 'a temporary directory that is full: status' "$status" 1
    clean 'a temporary directory that is full'
else
    echo '# no tmpfs can be mounted here: the full disk is not tried'
fi

# An upload that a run of the day before left is aborted, others are not.
for key in 2026/01/01/big_000000.sql.gz 2026/01/01/bigger_000000.sql.gz; do
    /usr/bin/env AWS_ACCESS_KEY_ID="$S3_ACCESS_KEY" AWS_SECRET_ACCESS_KEY="$S3_SECRET_KEY" AWS_DEFAULT_REGION=us-east-1 \
        aws --endpoint-url "$S3_ENDPOINT" s3api create-multipart-upload --bucket "$S3_BUCKET" --key $key >/dev/null
done
run "$S/backup.sh"
is 'uploads of today are left alone' "$(uploads_left)" 2
mkdir "$T/later"
printf '#!/bin/sh\ncase "$*" in *"1 day ago"*) exec /usr/bin/date -u -d "1 day" +%%Y-%%m-%%dT%%H:%%M:%%SZ ;; esac\nexec /usr/bin/date "$@"\n' >"$T/later/date"
chmod +x "$T/later/date"
PATH=$T/later:$PATH run "$S/backup.sh"
matches 'one that is older than a day is aborted' "$status $(cat "$T/err")" '^0 .*aborting an upload that was left unfinished: 2026/01/01/big_'
is 'but not that of another database' "$(s3ls -u | cut -f 3)" 2026/01/01/bigger_000000.sql.gz
done_testing
