#!/bin/sh
# What make up and its brothers do with what a make recover left that was killed, in
# the server's image and as root: settle.sh VOLUME [again]
#
# Where there is no PGDATA any more, killed between two renames, PGDATA.old is put
# back. It fails where a server that starts would make an empty cluster beside data;
# with `again` not where there is nothing but an unfinished recovery, which is made
# again, or forgotten. What it prints is for the user.
set -eu
volume=$1
again=${2:-}

say() { printf '%s\n' "$*"; }
refuse() { say "$*" && exit 1; }
is_cluster() { [ -s "$1/PG_VERSION" ]; }

put_back() { # PGDATA
    exec 9<"${1%/*}"
    ! command -v flock >/dev/null || flock -n 9 ||
        refuse 'make recover is at work on this volume: wait until it has ended'
    # The server's image makes it before all else.
    [ ! -d "$1" ] || rmdir "$1" 2>/dev/null ||
        refuse "$1 is no cluster, and not empty; $1.old and $1.new are of make recover. Take it away, docker compose run --rm --no-deps postgres mv $1 $1.rest, then make up"
    if is_cluster "$1.old"; then
        mv "$1.old" "$1"
        sync
        say "make recover was interrupted while it changed the clusters: that is undone, the server runs on what there was before. Run make recover again."
    elif [ -z "$again" ]; then
        refuse "make recover was interrupted, and there is no other cluster: make recover again. Or make recover-forget deletes what it left, and make up then makes an empty cluster"
    fi
}
settle() { # PGDATA
    if ! is_cluster "$1"; then
        put_back "$1"
    elif [ -e "$1.old" ] && [ -e "$1.new" ]; then
        refuse "a server was started while make recover was interrupted: $1 is likely an empty cluster, $1.old is what there was before, $1.new what was recovered. To put back what there was: docker compose stop postgres; docker compose run --rm --no-deps postgres mv $1 $1.empty; make up"
    elif [ -n "$again" ]; then
        return 0
    elif [ -e "$1.new" ]; then
        say "make recover was interrupted, or is at work: the server runs on what there was before. Run make recover again; make recover-forget deletes what it left."
    elif [ -e "$1.old" ]; then
        say "$1.old of make recover is kept: when the server has what it should, make recover-forget deletes it."
    fi
}

for each in "$volume"/*/docker.old "$volume"/*/docker.new; do
    [ -e "$each" ] || continue
    [ "$each" = "${each%.old}.old" ] || [ ! -e "${each%.new}.old" ] || continue # it was both
    settle "${each%.*}"
done
