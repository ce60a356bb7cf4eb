# Dumps: what proves one whole, and what stands before it.
# shellcheck shell=bash

# is_whole FILE WHAT: whether the end of a dump, in the file, is that of a whole
# one: "PostgreSQL database dump complete" (or "database cluster"), and then
# nothing but comments, empty lines and \unrestrict. WHAT is "database" or
# "database cluster".
is_whole() {
    awk -v last="-- PostgreSQL $2 dump complete" '
        $0 == last { whole = 1; next }
        whole && !/^$/ && !/^--/ && !/^\\unrestrict / { whole = 0 }
        END { exit !whole }' "$1"
}

# header DATABASE: the lines "-- s3pipe: ..." that go before its dump, each
# with a JSON object: what a plain dump leaves out, and what it needs.
header() {
    sql_utf8 "$1" -v name="$1" -f "$here/lib/database.sql" -f "$here/lib/contents.sql" |
        sed 's/^/-- s3pipe: /'
}
