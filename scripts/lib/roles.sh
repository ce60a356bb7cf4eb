# The roles of a backup of the globals.
# shellcheck shell=bash

# create_roles KEY|latest: those of the globals that are missing.
create_roles() {
    local key=$1 created
    if [ "$key" = latest ]; then
        list_backups || die 'the listing failed'
        find_newest globals || die -3 'there is no backup of the globals'
    fi
    await fetch "$key" -q >"$work/globals" || die "$key cannot be read"
    is_whole "$work/globals" 'database cluster' || die "$key is not a complete dump of globals"
    sql_utf8 "$maintenance" <<<'SELECT quote_ident(rolname) FROM pg_roles' >"$work/roles" ||
        die 'the roles cannot be listed'
    perl "$here/lib/roles.pl" "$work/roles" "$work/globals" >"$work/roles.sql" || die "$key is not a complete dump of globals"
    created=$(sed -n 's/^CREATE ROLE \(.*\);$/\1/p' "$work/roles.sql" | paste -sd ' ')
    if [ -z "$created" ]; then
        log "$key: no role is missing"
        return
    fi
    # Passwords stand in it: of an error only the first line is told.
    await sql_utf8 "$maintenance" -v VERBOSITY=terse --single-transaction -f "$work/roles.sql" >/dev/null ||
        die "the roles of $key could not be created"
    log "created the roles $created"
}
