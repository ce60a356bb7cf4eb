#!/usr/bin/env bash
# docker/backup/recover and docker/settle.sh: how the directories of make recover take
# their places, and what is there after a kill at each moment, by stand-ins for a
# cluster.
. "$(dirname "$0")/../lib/tap.sh"
export PGDATA=$T/volume/15/docker PG_MAJOR=15
in=$T/volume/15
recover() { run "$ROOT/docker/backup/recover" "$@"; }
settle() { run sh "$ROOT/docker/settle.sh" "$T/volume" "$@"; }
cluster() { # DIRECTORY NAME
    mkdir -p "$in/$1/pg_tblspc" && echo "$2" >"$in/$1/PG_VERSION"
}
space() { # CLUSTER OID DIRECTORY: a tablespace of it
    mkdir -p "$3/PG_15_202209061" && echo "$2" >"$3/PG_15_202209061/$2"
    ln -s "$3" "$in/$1/pg_tblspc/$2"
}
own() { [ "$(id -u)" != 0 ] || chown -R postgres "$T/volume"; }
clusters() { # OLD NEW: what PGDATA holds, and what was recovered
    rm -rf volume
    cluster docker "$1"
    cluster docker.new "$2"
    own
}
holds() { (cd "$in" && grep -H . ./*/PG_VERSION | sed 's/PG_VERSION://' | xargs); }
chmod 711 "$T"
mkdir fake
# stand_in NAME: commands that are found first, of stdin.
stand_in() {
    { printf '#!/bin/bash\n' && cat; } >"fake/$1"
    chmod +x "fake/$1"
}
fake() { PATH=$T/fake:$PATH "$@"; }

# ---- as it should be
clusters before past
recover swap
is 'what was recovered takes the place, and what was there is kept' "$status $err $(holds)" '0  ./docker.old/before ./docker/past'
settle
matches 'make up then says that it is kept' "$status $(cat out)" '^0 .*/docker.old of make recover is kept: .*make recover-forget'
recover run
matches 'that is not overwritten by a second recovery' "$status $err" '^1 .*make recover-forget'
recover forget
is 'it goes when it is told to' "$status $(holds)" '0 ./docker/past'
recover forget
matches 'there is no more to forget' "$status $err" '^1 .*nothing to forget'
recover swap
matches 'without anything recovered nothing moves' "$status $err $(holds)" '^1 .*there is nothing that was recovered ./docker/past$'
settle
is 'make up has nothing to say then' "$status $(cat out)" '0 '
clusters before past
rm -r "$in/docker"
recover swap
is 'in a volume without a cluster it is one step' "$status $(holds)" '0 ./docker/past'

# ---- a file system that cannot exchange
stand_in perl <<<'exit 1'
clusters before past
fake recover swap
is 'where nothing can be exchanged it is two steps' "$status $err $(holds)" '0  ./docker.old/before ./docker/past'
stand_in mv <<'FIN'
[[ $2 == *.new && $3 == */docker ]] && echo 'mv: no' >&2 && exit 1
exec /bin/mv "$@"
FIN
clusters before past
fake recover swap
matches 'where what was recovered cannot be moved it is told' "$status $err" '^1 .*could not be moved: nothing was changed'
is 'and the old cluster is in its place again' "$(holds)" './docker.new/past ./docker/before'

# ---- killed, before and behind each step
kill_at() { # STEP before|behind: sets left to what is there then
    stand_in mv <<FIN
n=\$(($(printf '%s' "\$(cat "$T/volume/n" 2>/dev/null)") + 1))
echo \$n >"$T/volume/n"
[ "\$n $2" = "$1 before" ] && kill -9 \$PPID && exit 1
/bin/mv "\$@"
[ "\$n $2" = "$1 behind" ] && kill -9 \$PPID
exit 0
FIN
    clusters before past
    fake recover swap
    left=$(holds)
    settle
}
rm fake/perl
for moment in before behind; do
    kill_at 1 "$moment"
    is "killed $moment the step that prepares the exchange: the server has what there was" \
        "$(cat "$PGDATA/PG_VERSION") $status" 'before 0'
    is "killed $moment the step that prepares the exchange: nothing is moved by make up" "$(holds)" "$left"
done
recover run
matches 'what is beside it then is not what the server runs on' "$err" 'is not what the server runs on'
recover forget
is 'and goes' "$status $(holds)" '0 ./docker/before'
rm fake/mv
stand_in perl <<'FIN'
/usr/bin/perl "$@" && kill -9 $PPID
FIN
clusters before past
fake recover swap
is 'killed behind the exchange: it is done' "$status $(holds)" '137 ./docker.old/before ./docker/past'
settle
is 'and make up leaves it' "$status $(holds)" '0 ./docker.old/before ./docker/past'
stand_in perl <<<'exit 1'
for step in 2 3 4; do
    for moment in before behind; do
        kill_at "$step" "$moment"
        case $step$moment in
        4behind) wanted='./docker.old/before ./docker/past' ;;
        2before) wanted='./docker.old/past ./docker/before' ;;
        *) wanted='./docker.new/past ./docker/before' ;;
        esac
        is "by two steps, killed $moment move $step: what make up finds and leaves" "$status $(holds)" "0 $wanted"
        case $left in *./docker/*) continue ;; esac
        matches "killed $moment move $step: there was no PGDATA, and make up says so" "$(cat out)" 'is undone, the server runs on what there was before'
    done
done
rm fake/*

# ---- between the two, and what is done then
between() { clusters before past && mv "$PGDATA" "$PGDATA.old"; }
between
recover forget
matches 'nothing is forgotten where it is all there is' "$status $err $(holds)" '^1 .*it stays; make up puts it back ./docker.new/past ./docker.old/before$'
settle again
is 'make recover undoes it, too' "$status $(holds)" '0 ./docker.new/past ./docker/before'
between
mkdir "$PGDATA"
settle
is 'the empty directory of a server that was not made yet is no cluster' "$status $(holds)" '0 ./docker.new/past ./docker/before'
between
mkdir "$PGDATA" && touch "$PGDATA/half"
settle
matches 'half a cluster is in the way' "$status $(cat out)" '^1 .*is no cluster, and not empty'
between
cluster docker empty
settle
matches 'a cluster that a server made meanwhile is not started' "$status $(cat out) $(holds)" '^1 .*likely an empty cluster.*make up .*/docker.new/past ./docker.old/before ./docker/empty$'
between
flock "$in" sh "$ROOT/docker/settle.sh" "$T/volume" >out
is 'while make recover is at work nothing is settled' "$? $(cat out) $(holds)" '1 make recover is at work on this volume: wait until it has ended ./docker.new/past ./docker.old/before'
for command in run swap forget; do
    run flock "$in" "$ROOT/docker/backup/recover" "$command"
    matches "while one is at work there is no second: $command" "$status $err" '^1 .*another make recover is at work'
done
clusters before past
rm -r "$PGDATA"
settle
matches 'no cluster but one that is half recovered: make up makes no empty one' "$status $(cat out)" '^1 .*make recover again. Or make recover-forget'
settle again
is 'make recover goes on' "$status $(cat out)" '0 '
recover forget
is 'and make recover-forget takes it away' "$status $(ls "$in")" '0 '
clusters before past
settle
matches 'killed while it recovers: make up starts what there was, and says so' "$status $(cat out) $(holds)" '^0 make recover was interrupted.* ./docker.new/past ./docker/before$'
mkdir -p volume/14 && cp -r "$PGDATA" volume/14/docker.old
settle
ok 'the data of another major are put back, too' test -e volume/14/docker/PG_VERSION

# ---- tablespaces
clusters before past
space docker 1001 "$T/volume/fast"
space docker 1002 "$T/volume/shared"
space docker 1003 "$T/outside"
space docker.new 1001 "$PGDATA.spaces.B/1001"
ln -s "$T/volume/shared" "$PGDATA.new/pg_tblspc/1002"
mkdir "$PGDATA.spaces.A"
cluster docker.aside aside
space docker.aside 1004 "$PGDATA.spaces.C/1004"
touch "$T/volume/shared/other"
mkdir "$T/volume/fast/PG_16_1"
own
recover swap
recover forget
is 'forgotten with its tablespaces' "$status $(cd volume && find . -name 'PG_15_*' | sort | xargs)" \
    '0 ./15/docker.spaces.B/1001/PG_15_202209061 ./15/docker.spaces.C/1004/PG_15_202209061 ./shared/PG_15_202209061'
ok 'but not with those of another server' test -d "$T/volume/fast/PG_16_1"
ok 'nor with what is outside of the volume' test -e "$T/outside/PG_15_202209061/1003"
ok 'what no cluster has any more is gone' not test -e "$PGDATA.spaces.A"

# ---- a recovery that fails, or is killed
mkdir copy
cp "$ROOT/docker/backup/recover" copy/
cat >copy/recover.sh <<'FIN'
#!/bin/bash
printf '%s\n' "$@" >"$(dirname "$PGDATA")/options"
mkdir -p "$2/1001/PG_15_202209061" "$PGDATA.new/pg_tblspc"
[ "$3" != early ] || exit 1
ln -s "$2/1001" "$PGDATA.new/pg_tblspc/1001"
echo new >"$PGDATA.new/PG_VERSION"
[ "$3" != killed ] || kill -9 $PPID
exit 1
FIN
chmod +x copy/recover.sh
clusters before past
rm -r "$PGDATA.new"
for moment in early late killed; do
    run copy/recover run "$moment"
    case $moment in
    killed)
        matches 'a recovery that is killed leaves what it made' "$(cd "$in" && find . -maxdepth 1 -name 'docker.*' | sort | xargs)" '^./docker.new ./docker.spaces.[0-9TZ]+$'
        matches 'which make up mentions' "$(settle && cat out)" 'make recover-forget deletes what it left'
        recover forget
        is 'and make recover-forget deletes' "$status $(ls "$in")" "0 $(printf 'docker\noptions')"
        run copy/recover run killed
        run copy/recover run late
        is 'as does the next recovery' "$(ls "$in")" "$(printf 'docker\noptions')"
        ;;
    *) is "one that fails $moment leaves nothing" "$status $(ls "$in") $(holds)" "1 $(printf 'docker\noptions') ./docker/before" ;;
    esac
done
matches 'recover.sh is told where tablespaces go' "$(xargs <"$in/options")" "^--tablespaces $PGDATA.spaces.[0-9]{8}T[0-9]{6}Z late $PGDATA.new\$"
done_testing
