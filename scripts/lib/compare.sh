# Whether a database holds what was in the dump that was loaded into it.
# shellcheck shell=bash

# compare: $new with what went by on its way in. It only reads.
compare() {
    local encoding copies
    # How many rows psql says each COPY loaded; in the order of the dump.
    sed -nE 's/^COPY ([0-9]+)$/\1/p' "$work/psql" >"$work/copied"
    copies=$(wc -l <"$work/copied")
    if [ "$copies" != "$(wc -l <"$work/loaded.tables")" ]; then
        echo "psql loaded $copies tables, $(wc -l <"$work/loaded.tables") are in the dump" >&2
        return 1
    fi
    # The third witness beside psql and the table: the lines of the dump.
    if ! cut -f 1 "$work/loaded.tables" | cmp -s - "$work/copied"; then
        paste "$work/copied" "$work/loaded.tables" |
            awk -F '\t' '$1 != $2 { printf "%s: psql loaded %s rows, %s are in the dump\n", $3, $1, $2 }' >&2
        return 1
    fi
    encoding=$(sed -n "s/^SET client_encoding = '\(.*\)';\$/\1/p" "$work/head" | head -n 1)
    loaded_lists >"$work/compare.sql"
    PGCLIENTENCODING=$encoding sql "$new" -f "$work/compare.sql" -f "$here/lib/compare.sql" >"$work/compared" || return 1
    if grep '^ERROR ' "$work/compared" | cut -c 7- >&2; then return 1; fi
    sed -n '$p' "$work/compared" >"$work/result"
    [ "$copies" -gt 0 ] || echo 'rows not compared: the dump holds no COPY' >"$work/result"
}

# What went by, as psql's variables: loaded and sequences are lists of literals.
loaded_lists() {
    printf '%s' "\\set loaded '"
    literals <"$work/loaded.tables"
    printf '%s' "'" $'\n' "\\set sequences '"
    sed 's/^SELECT pg_catalog\.setval(//; s/);$//' "$work/loaded.sequences" | literals
    printf '%s\n' "'" "\\set objects $(wc -l <"$work/loaded.objects")"
}
# The lines of stdin as one value of psql: a line a line.
literals() { sed "s/\\\\/\\\\\\\\/g; s/'/\\\\'/g; s/\$/\\\\n/" | tr -d '\n'; }
