# Whether a database holds what was in the dump that was loaded into it.
# shellcheck shell=bash

# compare: $new with what pgapply says of the data it loaded ($work/loaded). It
# only reads.
compare() {
    local encoding
    # The third witness beside the server's count and the table: the dump's lines.
    awk -F '\t' '
        $1 == "table" && $3 != "-" && $2 != $3 {
            printf "%s: the server took %s rows, %s are in the dump\n", $4, $2, $3
            failed = 1
        }
        END { exit failed }' "$work/loaded" >&2 || return 1
    encoding=$(sed -n "s/^SET client_encoding = '\(.*\)';\$/\1/p" "$work/head" | head -n 1)
    loaded_lists >"$work/compare.sql"
    PGCLIENTENCODING=$encoding sql "$new" -f "$work/compare.sql" -f "$here/lib/compare.sql" >"$work/compared" || return 1
    if grep '^ERROR ' "$work/compared" | cut -c 7- >&2; then return 1; fi
    sed -n '$p' "$work/compared" >"$work/result"
}

# What was loaded, as psql's variables: loaded and sequences are lists.
loaded_lists() {
    printf '%s' "\\set loaded '"
    sed -n 's/^table\t\([0-9]*\)\t[^\t]*\t/\1\t/p' "$work/loaded" | literals
    printf '%s' "'" $'\n' "\\set sequences '"
    sed -n 's/^sequence\t//p' "$work/loaded" | literals
    printf '%s\n' "'" "\\set objects $(sed -n 's/^objects\t//p' "$work/loaded")"
}
# The lines of stdin as one value of psql: a line a line.
literals() { sed "s/\\\\/\\\\\\\\/g; s/'/\\\\'/g; s/\$/\\\\n/" | tr -d '\n'; }
