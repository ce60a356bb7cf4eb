#!/usr/bin/env bash
# What the programs and the scripts do where the system gives them less than
# usual: closed descriptors, few of them, little memory, no home, no /tmp, a
# file system that is read-only, odd locales and time zones.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/s3server.sh"
. "$TESTS/lib/scripts.sh"
s3server_start
export S3_RETRIES=1 BACKUP_GLOBALS=false POSTGRES_DB=live
seq 1 40000 >rows
seq -f '2026/11/%02.0f/db_120000.sql.gz' 1 28 >keys
gzstream -s 64K <rows >rows.gz
s3put big <rows

# ---- descriptors closed at the start
# closed NAME STATUS ERE REDIRECTION COMMAND...
closed() {
    local name=$1 wanted=$2 pattern=$3 redirection=$4
    shift 4
    : >err
    timeout 60 bash -c "exec $redirection; exec \"\$@\"" - "$@" >out 2>err <"${input:-rows}"
    status=$?
    is "$name, $redirection: status" "$status" "$wanted"
    matches "$name, $redirection: stderr" "$(<err)" "^$pattern\$"
}
bad='Bad file descriptor'
closed s3put 1 "s3put: read stdin: $bad" '<&-' s3put k
closed s3put 1 '' '<&- >&- 2>&-' s3put k
is 'what was no input is not published' "$(s3ls k)" ''
closed s3put 0 '' '>&-' s3put k
closed s3put 0 '' '2>&-' s3put k2
ok 'and the objects are right' eval 's3get k | cmp - rows && s3get k2 | cmp - rows'
closed 's3put, a command' 0 '' '<&- >&- 2>&-' s3put k3 echo x
is 'which is published' "$(s3get k3)" x
closed s3get 0 '' '<&- 2>&-' s3get big
ok 'what s3get writes is right' cmp out rows
closed s3get 1 "s3get: (write|close) stdout: $bad" '>&-' s3get big
closed s3get 1 '' '<&- >&- 2>&-' s3get big
closed s3ls 0 '' '<&- 2>&-' s3ls k
is 'what s3ls writes is right' "$(xargs <out)" 'k k2 k3'
closed s3ls 1 "s3ls: (write|close) stdout: $bad" '>&-' s3ls
closed s3rm 1 "s3rm: read stdin: $bad" '<&-' s3rm
closed s3rm 1 '' '<&- >&- 2>&-' s3rm
is 'nothing is deleted that was not read' "$(s3ls | xargs)" 'big k k2 k3'
closed s3rm 1 "s3rm: (write|close) stdout: $bad" '>&-' s3rm k
closed gzstream 1 "gzstream: read stdin: $bad" '<&-' gzstream
closed gzstream 1 "gzstream: (write|close) stdout: $bad" '>&-' gzstream
closed gzstream 1 '' '<&- >&- 2>&-' gzstream
closed gzstream 0 '' '2>&-' gzstream
ok 'what gzstream writes is right' eval 'gzstream -d <out | cmp - rows'
closed 'gzstream, a command' 0 '' '<&- 2>&-' gzstream cat rows
ok 'what that writes is right' eval 'gzstream -d <out | cmp - rows'
input=keys
closed retain 1 "retain: (write|close) stdout: $bad" '>&-' retain -l 1
closed retain 1 '' '<&- >&- 2>&-' retain -l 1

# ---- too little of something: right, or 1 and a word, or ld.so's 127
# job NAME: one of them, its output in out, its words in err.
job() {
    case $1 in
    s3put) s3put less <rows ;;
    's3put, a command') s3put less cat rows ;;
    s3get) s3get -j 2 -p 64K big ;;
    s3ls) s3ls ;;
    s3rm) s3rm less ;;
    gzstream) gzstream -j 2 -s 64K <rows ;;
    'gzstream -d') gzstream -d -j 2 <rows.gz ;;
    retain) retain -l 3 <keys ;;
    esac
}
right() { # NAME: whether that is what it was to write or to do
    case $1 in
    s3put*) s3get less | cmp -s - rows ;;
    s3get | 'gzstream -d') cmp -s out rows ;;
    s3ls) [ "$(xargs <out)" = "$(s3ls | xargs)" ] ;;
    s3rm) [ "$(<out)" = less ] && [ -z "$(s3ls less)" ] ;;
    gzstream) gzstream -d <out | cmp -s - rows ;;
    retain) head -n -3 keys | cmp -s - out ;;
    esac
}
# less NAME LETTER LIMIT...: under each limit in turn; the last is enough.
less() {
    local name=$1 letter=$2 limit status wrong='' worked=0 failed=0
    shift 2
    for limit; do
        s3rm -q less
        [ "$name" != s3rm ] || s3put less <rows
        (ulimit "-$letter" "$limit" && job "$name") >out 2>err
        status=$?
        case $status in
        0) right "$name" || wrong+=" $limit: status 0, but wrong;" ;;
        1) grep -q "^${name%%[, ]*}: ." err || wrong+=" $limit: status 1 without a word;" ;;
        127) grep -qE 'error while loading|cannot (create|open)|No such|Too many' err || wrong+=" $limit: 127: $(<err)" ;;
        *) wrong+=" $limit: status $status: $(<err)" ;;
        esac
        [ "$status" = 0 ] && worked=$((worked + 1)) || failed=$((failed + 1))
        [ "$status" != 1 ] || [[ $name != s3put* ]] || [ -z "$(s3ls less)" ] || wrong+=" $limit: published;"
    done
    is "$name, ulimit -$letter: right, or an error" "$wrong" ''
    is "$name, ulimit -$letter $limit is enough" "$status" 0
    [ "$letter" = n ] || ok "$name, ulimit -$letter: some were too small" test "$failed" -gt 0
}
for name in s3put 's3put, a command' s3get s3ls s3rm gzstream 'gzstream -d' retain; do
    less "$name" n 4 5 6 7 8 9 10 11 12 13 14 16 64
    # The programs of a sanitizer reserve terabytes.
    less "$name" v 2000 2600 4000 8000 16000 20000 24000 28000 32000 40000 50000 60000 80000 120000 160000 240000 320000 2000000
done
is 'no upload is left' "$(uploads_left)" 0

# ---- surroundings that are odd: nothing differs
small live
"$S/backup.sh" 2>err || cat err
latest=$(s3ls | grep _)
s3put 'Übung/日本' <rows
# odd NAME VARIABLE=VALUE...
odd() {
    local name=$1
    shift
    run env "$@" s3ls -l
    is "$name: s3ls" "$status $(<"$T/out")" "0 $(s3ls -l)"
    run env "$@" s3get 'Übung/日本'
    ok "$name: s3get" cmp "$T/out" rows
    run env "$@" retain -H 2 -d 3 -v <keys
    is "$name: retain" "$status $(cat "$T/err" "$T/out")" "0 $(retain -H 2 -d 3 -v <keys 2>&1)"
    q -d live -c 'CREATE TABLE IF NOT EXISTS lately AS SELECT 1' 2>/dev/null
    run env "$@" RESTORE_KEEP_OLD=false "$S/restore.sh" "$latest"
    is "$name: restore.sh" "$status $(q -d live -c "SELECT count(*) FROM pg_class WHERE relname = 'lately'")" '0 0'
    sleep 1 # another second, another key
    before=$(date -u +%Y/%m/%d/live_%H%M%S.sql.gz)
    run env "$@" "$S/backup.sh"
    newest=$(s3ls | grep _ | tail -n 1)
    after=$(date -u +%Y/%m/%d/live_%H%M%S.sql.gz)
    is "$name: backup.sh" "$status" 0
    ok "$name: its key is in UTC" eval '[[ ! $newest < $before && ! $newest > $after ]]'
}
if command -v localedef >/dev/null && localedef -i de_DE -f ISO-8859-1 "$T/latin1" 2>/dev/null; then
    odd 'a locale that is not UTF-8' "LOCPATH=$T" LC_ALL=latin1 LANG=latin1
else
    odd 'the locale of no UTF-8 that all have' LC_ALL=POSIX LANG=POSIX
fi
odd 'a locale that does not exist' LC_ALL=xx_YY.KOI9 LANG=xx_YY.KOI9
odd 'a time zone far away' TZ=Pacific/Kiritimati
odd 'a time zone that is none' TZ=XXX-25:61:99
odd 'a time zone in a file that is none' TZ=:/etc/passwd
odd 'no home' -u HOME -u XDG_STATE_HOME -u XDG_CACHE_HOME
odd 'a home that is not there' HOME=/nonexistent
run env -u HOME -u S3_ACCESS_KEY -u S3_SECRET_KEY -u AWS_SHARED_CREDENTIALS_FILE -u AWS_CONFIG_FILE s3ls
exits 'no home and no credentials' 2 'no credentials: set S3_ACCESS_KEY'

# ---- nowhere to write
before=$(s3ls)
nowhere() { # NAME ERE VARIABLE=VALUE...
    local name=$1 pattern=$2 script
    shift 2
    for script in backup.sh "restore.sh $latest" cleanup.sh verify-backup.sh; do
        # shellcheck disable=SC2086
        run env "$@" "$S"/$script
        is "$name, ${script%% *}: status" "$status" 1
        matches "$name, ${script%% *} tells" "$(tail -n 1 "$T/err")" "$pattern"
        is "$name, ${script%% *}: nothing in the store has changed" "$(s3ls)" "$before"
    done
    ok "$name: nothing is left" nothing_left
}
nowhere 'no /tmp' 'a temporary directory cannot be made in .*/none' TMPDIR="$T/none"
run env TMPDIR="$T/none" s3put tmp gzstream cat rows
exits 'the programs want none' 0
s3rm -q tmp
mkdir "$T/ro"
if mount -t tmpfs none "$T/ro" 2>/dev/null; then
    at_exit 'umount "$T/ro"'
    mount -o remount,ro "$T/ro"
    nowhere 'a read-only file system for TMPDIR' 'a temporary directory cannot be made in .*/ro' TMPDIR="$T/ro"
    nowhere 'a read-only file system for the state' 'S3PIPE_STATE_DIR: .*/ro/state cannot be written to' S3PIPE_STATE_DIR="$T/ro/state"
    cd "$T/ro" || exit
    run s3put ro gzstream cat "$T/rows"
    exits 'the programs write nothing beside their output' 0
    run "$S/backup.sh"
    is 'backup.sh in a directory that is read-only' "$status" 0
    cd "$T" || exit
else
    echo '# no tmpfs can be mounted here: a read-only file system is not tried'
fi
done_testing
