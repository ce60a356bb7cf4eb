#!/usr/bin/env bash
# docker/backup/recover and docker/settle.sh: how the directories of make recover take
# their places, and what is there after a kill at each moment, by stand-ins for a
# cluster.
. "$(dirname "$0")/../lib/tap.sh"
volume=$T/case/volume
in=$volume/15
export PGDATA=$in/docker PG_MAJOR=15
# The program becomes the server's user, to whom root's home is closed.
cp "$ROOT/docker/backup/recover" "$T/recover"
recover() { run "$T/recover" "$@"; }
settle() { run sh "$ROOT/docker/settle.sh" "$volume" "$@"; }
out() { cat "$T/out"; }
cluster() { # DIRECTORY NAME
    mkdir -p "$in/$1/pg_tblspc" && echo "$2" >"$in/$1/PG_VERSION"
}
space() { # CLUSTER OID DIRECTORY: a tablespace of it
    mkdir -p "$3/PG_15_202209061" && echo "$2" >"$3/PG_15_202209061/$2"
    ln -s "$3" "$in/$1/pg_tblspc/$2"
}
own() { [ "$(id -u)" != 0 ] || chown -R postgres "$volume"; }
clusters() { # OLD NEW: what PGDATA holds, and what was recovered
    rm -rf "$volume"
    cluster docker "$1"
    cluster docker.new "$2"
    own
}
# between: as a recovery leaves it that is killed when there is no PGDATA.
between() { clusters before past && mv "$PGDATA" "$PGDATA.old"; }
holds() { (cd "$in" && grep -H . ./*/PG_VERSION | sed 's/PG_VERSION://' | xargs); }
chmod 711 "$T"
# stand_in NAME: a command that fake finds first, of stdin.
stand_in() {
    mkdir -p fake
    { printf '#!/bin/bash\n' && cat; } >"fake/$1"
    chmod +x "fake/$1"
}
fake() { PATH=$PWD/fake:$PATH "$@"; }

# ---- as it should be

if testcase 'what was there before a recovery'; then
    clusters before past
    recover swap
    is 'is kept when what was recovered takes its place' "$status $err $(holds)" '0  ./docker.old/before ./docker/past'
    settle
    matches 'is mentioned by make up' "$status $(out)" '^0 .*/docker.old of make recover is kept: .*make recover-forget'
    recover run
    matches 'is not overwritten by a second recovery' "$status $err" '^1 .*make recover-forget'
    recover forget
    is 'is deleted by make recover-forget' "$status $(holds)" '0 ./docker/past'
fi

if testcase 'where there is nothing but the cluster of the server'; then
    rm -rf "$volume" && cluster docker past && own
    recover forget
    matches 'there is nothing to forget' "$status $err" '^1 .*nothing to forget'
    recover swap
    matches 'nothing takes its place' "$status $err $(holds)" '^1 .*there is nothing that was recovered ./docker/past$'
    settle
    is 'make up has nothing to say' "$status $(out)" '0 '
fi

if testcase 'in a volume without a cluster'; then
    clusters before past
    rm -r "$PGDATA"
    recover swap
    is 'what was recovered takes the place in one step' "$status $(holds)" '0 ./docker/past'
fi

# ---- a file system that cannot exchange

if testcase 'where two directories cannot be exchanged'; then
    stand_in perl <<<'exit 1'
    clusters before past
    fake recover swap
    is 'what was recovered takes the place in two steps' "$status $err $(holds)" '0  ./docker.old/before ./docker/past'
    stand_in mv <<'FIN'
[[ $2 == *.new && $3 == */docker ]] && echo 'mv: no' >&2 && exit 1
exec /bin/mv "$@"
FIN
    clusters before past
    fake recover swap
    matches 'it is reported if the second step fails' "$status $err" '^1 .*could not be moved: nothing was changed'
    is 'the old cluster is in its place again if the second step fails' "$(holds)" './docker.new/past ./docker/before'
fi

# ---- killed, before and behind each step

kill_at() { # STEP before|behind: sets left to what is there then
    stand_in mv <<FIN
n=\$(($(printf '%s' "\$(cat "$volume/n" 2>/dev/null)") + 1))
echo \$n >"$volume/n"
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
for moment in before behind; do
    if testcase "a swap that is killed $moment the step that prepares the exchange"; then
        kill_at 1 "$moment"
        is 'leaves the server what it had' "$(cat "$PGDATA/PG_VERSION") $status" 'before 0'
        is 'leaves nothing for make up to move' "$(holds)" "$left"
        [ "$moment" = behind ] || continue
        recover run
        matches 'leaves what a second recovery says is not what the server runs on' "$err" 'is not what the server runs on'
        recover forget
        is 'leaves what make recover-forget deletes' "$status $(holds)" '0 ./docker/before'
    fi
done
if testcase 'a swap that is killed behind the exchange'; then
    stand_in perl <<'FIN'
/usr/bin/perl "$@" && kill -9 $PPID
FIN
    clusters before past
    fake recover swap
    is 'is done' "$status $(holds)" '137 ./docker.old/before ./docker/past'
    settle
    is 'leaves nothing for make up to move' "$status $(holds)" '0 ./docker.old/before ./docker/past'
fi
for step in 2 3 4; do
    for moment in before behind; do
        if testcase "a swap by two steps that is killed $moment move $step"; then
            stand_in perl <<<'exit 1'
            kill_at "$step" "$moment"
            case $step$moment in
            4behind) wanted='./docker.old/before ./docker/past' ;;
            2before) wanted='./docker.old/past ./docker/before' ;;
            *) wanted='./docker.new/past ./docker/before' ;;
            esac
            is 'leaves what make up puts in its place' "$status $(holds)" "0 $wanted"
            case $left in *./docker/*) continue ;; esac
            matches 'leaves no PGDATA, and make up says so' "$(out)" 'is undone, the server runs on what there was before'
        fi
    done
done

# ---- between the two, and what is done then

if testcase 'a recovery that is killed when there is no PGDATA'; then
    between
    recover forget
    matches 'is not forgotten, for the old cluster is all there is' "$status $err $(holds)" '^1 .*it stays; make up puts it back ./docker.new/past ./docker.old/before$'
    settle again
    is 'is undone by make recover' "$status $(holds)" '0 ./docker.new/past ./docker/before'
    between
    mkdir "$PGDATA"
    settle
    is 'is undone where a server has made an empty PGDATA since' "$status $(holds)" '0 ./docker.new/past ./docker/before'
    between
    mkdir "$PGDATA" && touch "$PGDATA/half"
    settle
    matches 'is not undone where half a cluster is in the way' "$status $(out)" '^1 .*is no cluster, and not empty'
    between
    cluster docker empty
    settle
    matches 'is not undone where a server has made a cluster since' "$status $(out) $(holds)" '^1 .*likely an empty cluster.*make up .*/docker.new/past ./docker.old/before ./docker/empty$'
fi
if testcase 'while make recover is at work'; then
    between
    flock "$in" sh "$ROOT/docker/settle.sh" "$volume" >out
    is 'make up does not change anything' "$? $(cat out) $(holds)" '1 make recover is at work on this volume: wait until it has ended ./docker.new/past ./docker.old/before'
    for command in run swap forget; do
        run flock "$in" "$T/recover" "$command"
        matches "there is no second one: $command" "$status $err" '^1 .*another make recover is at work'
    done
fi
if testcase 'where the only cluster is half recovered'; then
    clusters before past
    rm -r "$PGDATA"
    settle
    matches 'make up makes no empty one' "$status $(out)" '^1 .*make recover again. Or make recover-forget'
    settle again
    is 'make recover goes on' "$status $(out)" '0 '
    recover forget
    is 'make recover-forget deletes it' "$status $(ls "$in")" '0 '
fi
if testcase 'a make recover that is killed while it recovers'; then
    clusters before past
    settle
    matches 'is mentioned by make up, which starts what there was' "$status $(out) $(holds)" '^0 make recover was interrupted.* ./docker.new/past ./docker/before$'
fi
if testcase 'the data of another major'; then
    clusters before past
    mkdir -p "$volume/14" && cp -r "$PGDATA" "$volume/14/docker.old"
    settle
    ok 'are put back by make up, too' test -e "$volume/14/docker/PG_VERSION"
fi

# ---- tablespaces

if testcase 'make recover-forget'; then
    clusters before past
    space docker 1001 "$volume/fast"
    space docker 1002 "$volume/shared"
    space docker 1003 "$T/case/outside"
    space docker.new 1001 "$PGDATA.spaces.B/1001"
    ln -s "$volume/shared" "$PGDATA.new/pg_tblspc/1002"
    mkdir "$PGDATA.spaces.A"
    cluster docker.aside aside
    space docker.aside 1004 "$PGDATA.spaces.C/1004"
    touch "$volume/shared/other"
    mkdir "$volume/fast/PG_16_1"
    own
    recover swap
    recover forget
    is 'deletes the tablespaces that only the old cluster has' "$status $(cd "$volume" && find . -name 'PG_15_*' | sort | xargs)" \
        '0 ./15/docker.spaces.B/1001/PG_15_202209061 ./15/docker.spaces.C/1004/PG_15_202209061 ./shared/PG_15_202209061'
    ok 'leaves the tablespaces of another server' test -d "$volume/fast/PG_16_1"
    ok 'leaves what is outside of the volume' test -e "$T/case/outside/PG_15_202209061/1003"
    ok 'deletes directories of tablespaces that no cluster has any more' not test -e "$PGDATA.spaces.A"
fi

# ---- a recovery that fails, or is killed

# failing_recovery: an old cluster, and copy/recover with a recover.sh that writes its
# options beside PGDATA, then fails early or late, or kills its parent.
failing_recovery() {
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
}
nothing_else=$'docker\noptions' # beside the old cluster
for moment in early late; do
    if testcase "a recovery that fails $moment"; then
        failing_recovery
        run copy/recover run "$moment"
        is 'leaves nothing' "$status $(ls "$in") $(holds)" "1 $nothing_else ./docker/before"
        matches 'was told where tablespaces go' "$(xargs <"$in/options")" "^--tablespaces $PGDATA.spaces.[0-9]{8}T[0-9]{6}Z $moment $PGDATA.new\$"
    fi
done
if testcase 'a recovery that is killed'; then
    failing_recovery
    run copy/recover run killed
    matches 'leaves what it made' "$(cd "$in" && find . -maxdepth 1 -name 'docker.*' | sort | xargs)" '^./docker.new ./docker.spaces.[0-9TZ]+$'
    matches 'leaves what make up mentions' "$(settle && out)" 'make recover-forget deletes what it left'
    recover forget
    is 'leaves what make recover-forget deletes' "$status $(ls "$in")" "0 $nothing_else"
    run copy/recover run killed
    run copy/recover run late
    is 'leaves what the next recovery deletes' "$(ls "$in")" "$nothing_else"
fi
done_testing
