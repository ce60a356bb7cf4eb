#!/usr/bin/env bash
# docker/backup/recover: how the directories of make recover take their places, by
# stand-ins for a cluster.
. "$(dirname "$0")/../lib/tap.sh"
export PGDATA=$T/volume/docker PG_MAJOR=15
recover() { run "$ROOT/docker/backup/recover" "$@"; }
clusters() { # OLD NEW: what PGDATA holds, and what was recovered
    rm -rf volume && mkdir -p volume/docker volume/docker.new
    echo "$1" >volume/docker/PG_VERSION
    echo "$2" >volume/docker.new/PG_VERSION
    [ "$(id -u)" != 0 ] || chown -R postgres volume
}
holds() { (cd volume && grep . ./*/PG_VERSION | xargs); }
chmod 711 "$T"

clusters before past
recover swap
is 'what was recovered takes the place, and what was there is kept' "$status $(holds)" '0 ./docker.old/PG_VERSION:before ./docker/PG_VERSION:past'
recover run
matches 'that is not overwritten by a second recovery' "$status $err" '^1 .*make recover-forget'
recover forget
is 'it goes when it is told to' "$status $(cat volume/*/PG_VERSION)" '0 past'
recover swap
matches 'without anything recovered nothing moves' "$status $err $(cat volume/*/PG_VERSION)" '^1 .*there is nothing that was recovered past$'

mkdir fake
cat >fake/mv <<'END'
#!/bin/sh
case $1 in *.new) echo 'mv: no' >&2 && exit 1 ;; esac
exec /bin/mv "$@"
END
chmod +x fake/mv
clusters before past
PATH=$T/fake:$PATH recover swap
matches 'where what was recovered cannot be moved it is told' "$status $err" '^1 .*could not be moved: nothing was changed'
is 'and the old cluster is in its place again' "$(holds)" './docker.new/PG_VERSION:past ./docker/PG_VERSION:before'
done_testing
