# The tablespaces of a cluster that is recovered, for recover.sh: where each of them
# goes. Their files are below pg_tblspc/OID/ in the base backup; there a link stands
# before it is unpacked.
# shellcheck shell=bash

# What the command line says of them.
spaces_below='' space_maps=()
put_spaces() { # DIRECTORY
    [ -n "$1" ] || die -2 '--tablespaces wants a directory'
    spaces_below=$1
}
map_space() { # OLD=NEW
    [[ $1 == /*=/* ]] || die -2 "--tablespace-mapping wants OLD=NEW, two directories from the root on, not ${1:-nothing}"
    space_maps+=("$1")
}

# place_spaces: sets space_oids and space_places, where each goes, by $work/mark and
# the command line. Nothing is written.
space_oids=() space_places=()
place_spaces() {
    local oid location to map place used=()
    cluster_pl spaces <"$work/mark" >"$work/spaces"
    [ -z "$spaces_below" ] || spaces_below=$(readlink -m -- "$spaces_below")
    while IFS=$'\t' read -r -d '' oid location; do
        to=$location
        [ -z "$spaces_below" ] || to=$spaces_below/$oid
        for map in "${space_maps[@]}"; do
            [ "${map%%=/*}" != "$location" ] || to=/${map#*=/} used+=("$map")
        done
        space_oids+=("$oid") space_places+=("$(readlink -m -- "$to")")
    done <"$work/spaces"
    for map in "${space_maps[@]}"; do
        contains "$map" "${used[@]}" || die -2 "there was no tablespace in ${map%%=/*}: $(known_spaces)"
    done
    check_spaces
}
contains() { # WORD WORDS...
    local word
    for word in "${@:2}"; do [ "$word" != "$1" ] || return 0; done
    return 1
}
known_spaces() {
    local oid location text=''
    while IFS=$'\t' read -r -d '' oid location; do text+=${text:+, }$location; done <"$work/spaces"
    echo "${text:-the base backup has none}"
}
check_spaces() {
    local i to other others=("$directory")
    for i in "${!space_oids[@]}"; do
        to=${space_places[i]}
        ! overlaps "$to" "${others[@]}" || die -2 "two would lie in one directory, or one in the other: $to and $other"
        others+=("$to")
    done
    [ -z "$spaces_below" ] || check_empty "$spaces_below"
    for i in "${!space_oids[@]}"; do
        to=${space_places[i]}
        [ "${to%/*}" != "$spaces_below" ] || continue
        (check_empty "$to") ||
            die "the tablespace ${space_oids[i]} goes to $to: --tablespace-mapping and --tablespaces say where else"
    done
}

# overlaps DIRECTORY DIRECTORIES...: whether it is one of them, or in it, or around
# it; sets other to that.
overlaps() {
    for other in "${@:2}"; do
        if [[ $1/ == "$other"/* || $other/ == "$1"/* ]]; then return; fi
    done
    return 1
}

# make_spaces: the directories, and the links to them.
make_spaces() {
    local i
    [ "${#space_oids[@]}" -gt 0 ] || return 0
    [ -z "$spaces_below" ] || make_directory "$spaces_below"
    mkdir -m 700 "$directory/pg_tblspc"
    for i in "${!space_oids[@]}"; do
        make_directory "${space_places[i]}"
        ln -s -- "${space_places[i]}" "$directory/pg_tblspc/${space_oids[i]}"
    done
}
