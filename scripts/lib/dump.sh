# Dumps: what proves one whole, and what stands before it.
# shellcheck shell=bash

# is_whole FILE WHAT: whether the end of a dump, in the file, is that of a whole
# one: "PostgreSQL database dump complete" (or "database cluster"), and then
# nothing but comments, empty lines and \unrestrict. WHAT is "database" or
# "database cluster".
is_whole() {
    local lines=() i
    mapfile -t lines <"$1"
    for ((i = ${#lines[@]} - 1; i >= 0; i--)); do
        case ${lines[i]} in
        "-- PostgreSQL $2 dump complete") return 0 ;;
        '' | --* | '\unrestrict '*) ;;
        *) return 1 ;;
        esac
    done
    return 1
}
# What publish.sh asks of a stream that has gone by.
ended() { # WHAT
    is_whole "$work/tail" "$1" || {
        echo 'the end of the dump is missing' >&2
        return 1
    }
}

# by_create FILE: whether that head is of pg_dump -C, which writes these right after
# its settings, before any object: it would drop and reload the live database.
by_create() {
    awk '/^-- (Data for )?Name: / && !/; Type: DATABASE/ { exit 1 }
        /^(\\connect|CREATE DATABASE|DROP DATABASE) / { found = 1; exit 0 }
        END { exit !found }' "$1"
}

# header DATABASE: the lines "-- s3pipe: ..." that go before its dump, each
# with a JSON object: what a plain dump leaves out, and what it needs.
header() {
    local lines
    facts "$1" -v name="$1" -f "$here/lib/database.sql" -f "$here/lib/contents.sql" -f "$here/lib/data.sql" >"$work/header.facts" || return 1
    mapfile -t lines <"$work/header.facts"
    printf -- '-- s3pipe: %s\n' "${lines[@]}"
}
# facts DATABASE [PSQL ARGUMENT...]: as sql, and always in UTF-8. What is kept for
# all databases need not be text in the encoding of this one; then its bytes are
# taken for Latin-1.
facts() {
    local text
    sql_utf8 "$@" >"$work/facts" 2>"$work/facts.error" </dev/null ||
        PGCLIENTENCODING=SQL_ASCII sql "$@" >"$work/facts" </dev/null || return 1
    [ ! -s "$work/facts.error" ] || cat "$work/facts.error" >&2
    IFS= read -r -d '' text <"$work/facts" || true
    if [[ $text != *[$'\x80'-$'\xff']* ]] || iconv -f UTF-8 -t UTF-8 <"$work/facts" >/dev/null 2>&1; then
        printf '%s' "$text"
    else
        iconv -f LATIN1 -t UTF-8 <"$work/facts"
    fi
}
