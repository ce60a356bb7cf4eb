# A restore of some tables or schemas only: into a new database, or beside what is
# there.
# shellcheck shell=bash

option_tables=() option_schemas=() option_exclude=()
is_selective() { [ $((${#option_tables[@]} + ${#option_schemas[@]})) -gt 0 ]; }

# exclude: adds what --exclude names to edits: a kind, a kind and a name, or else
# a name.
exclude() {
    local what extension schema
    for what in "${option_exclude[@]}"; do
        if ! is_kind "$what"; then
            edits+=(-N "$what")
            continue
        fi
        edits+=(-T "$what")
        # An extension's schema, and the data in it, go with it.
        [[ ${what,,} == extension\ * ]] || continue
        extension=${what#* }
        SCHEMAS=$(property schemas) sql_utf8 "$maintenance" -0 -v name="$extension" <<'SQL' >"$work/schemas" || return 1
\set schemas `printf %s "${SCHEMAS:-{\}}"`
SELECT jsonb_array_elements_text(:'schemas'::jsonb->:'name')
SQL
        while IFS= read -r -d '' schema; do edits+=(-T "schema $schema" -N "$schema.*"); done <"$work/schemas"
    done
}
# is_kind TEXT: whether it is a kind of objects, alone or before a name.
is_kind() {
    local kind
    for kind in acl aggregate 'access method' blob cast 'check constraint' collation comment constraint conversion \
        default 'default acl' domain 'event trigger' extension 'fk constraint' 'foreign data wrapper' 'foreign server' \
        'foreign table' function index 'large object' 'materialized view' operator policy 'procedural language' procedure \
        publication 'row security' rule schema 'security label' sequence server statistics subscription table \
        'text search configuration' 'text search dictionary' 'text search parser' 'text search template' transform trigger \
        type 'user mapping' view; do
        case ${1,,} in "$kind" | "$kind "*) return 0 ;; esac
    done
    return 1
}
# is_excluded LINE: whether the line of needs.sql is about what is left out of the
# dump; what it says of the live database holds all the same.
is_excluded() {
    local what
    for what in "${option_exclude[@]}"; do
        what=${what,,}
        case $1 in
        "NOTE the $what "*' may need a superuser'*) return 0 ;;
        [EN]*' the extension '*) [[ $what != extension && $1 != *" the $what "* ]] || return 0 ;;
        esac
    done
    return 1
}

# select_parts: sets selection to the options of pgapply that load what was asked
# for and all that it needs, after a look into $new, which has all of the dump but
# its data. What is in the target already is not loaded.
select_parts() {
    local failed='' what rest encoding
    selection=()
    printf '{"tables": %s, "schemas": %s}\n' "$(lines "${option_tables[@]}" | listed)" "$(lines "${option_schemas[@]}" | listed)" >"$work/select"
    SELECT=$work/select sql_utf8 "$new" -f "$here/lib/select.sql" >"$work/selection" || return 1
    : >"$work/present"
    if [ "$old_oid" != 0 ]; then
        sql_utf8 "$target" -f "$here/lib/present.sql" >"$work/present" || return 1
    fi
    encoding=$(sed -n "s/^SET client_encoding = '\(.*\)';\$/\1/p" "$work/head" | head -n 1)
    add_parts -t "${option_tables[@]}"
    add_parts --schema "${option_schemas[@]}"
    while IFS=$'\t' read -r what name rest; do
        case $what in
        nothing) error "nothing in $key is called $name" && failed=1 ;;
        made) ! is_present made "$name" || { error "$name exists in $target already: rename it first, or restore into another database" && failed=1; } ;;
        own) if is_present also "$name"; then own_present "$name"; fi ;;
        needs) is_present made "$name" || { error "$name is needed by what was asked for: add --table $name" && failed=1; } ;;
        also) add_also "$name" "$rest" ;;
        esac
    done <"$work/selection"
    [ -z "$failed" ]
}
lines() { [ $# = 0 ] || printf '%s\n' "$@"; }
is_present() { grep -qxF -e "$1"$'\t'"$2" "$work/present"; } # made|also NAME
# A schema that is there is used, what lies in it is not replaced.
own_present() { # IDENTITY
    case $1 in
    schema\ *) ;;
    *) error "the $1 exists in $target already: restore into another database" && failed=1 ;;
    esac
}
# add_also IDENTITY WHAT
add_also() {
    if ! is_present also "$1"; then
        case $2 in
        SEQUENCE\ *) add_parts -t "${2#* }" ;;
        *) add_parts --also "$2" ;;
        esac
        return
    fi
    case $2 in
    SCHEMA\ *) add_parts -T "$2" ;;
    *) log "$target has the $1, which is used as it is" ;;
    esac
}
# add_parts OPTION [TEXT...]: in the dump's encoding, as its headers are.
add_parts() {
    local option=$1 text converted
    shift
    for text; do
        converted=$(printf %s "$text" | iconv -f UTF-8 -t "$encoding" 2>/dev/null) || converted=$text
        selection+=("$option" "$converted")
    done
}

# load_beside: what was selected, into the live database, in one transaction.
load_beside() {
    local new=$target
    load "$key" --single-transaction "${edits[@]}" "${selection[@]}" -T 'statistics data' ${search_path:+--search-path "$search_path"}
}
# is_loaded: whether all of it is there; a connection that was lost does not tell
# what became of the COMMIT.
is_loaded() {
    local what name rest
    sql_utf8 "$target" -f "$here/lib/present.sql" >"$work/present" || return 1
    while IFS=$'\t' read -r what name rest; do
        [ "$what" != table ] || is_present made "$name" || return 1
    done <"$work/selection"
}
# finish_beside: what is not worth losing the tables for.
finish_beside() {
    local new=$target what name rest
    apply_held
    while IFS=$'\t' read -r what name rest; do
        [ "$what" != table ] || printf 'ANALYZE %s;\n' "$name"
    done <"$work/selection" >"$work/analyze.sql"
    PGCLIENTENCODING=UTF8 run_told sql "$new" -v ON_ERROR_STOP=0 -f "$work/analyze.sql" || true
    [ ! -s "$work/told" ] || warn 'statistics are missing, as the lines before say: ANALYZE gathers them'
}
# restore_parts: what was asked for, after a look at the schema of the whole.
restore_parts() {
    local lost='nothing was done'
    proving=1 fill "$target" "$key" "${edits[@]}" "${without_data[@]}" || give_up "$key does not load, not even without its data; $lost"
    select_parts || die "this cannot be restored; $lost"
    remove_scratch || die "$new could not be dropped; $lost"
    if [ "$old_oid" = 0 ]; then
        fill "$target" "$key" "${edits[@]}" "${selection[@]}" || give_up "${reason:-the load failed}; $lost"
        finish_new
        old=s3pipe_old_$stamp
        swap "$key" true || die "the new database could not take its place; $lost"
        return
    fi
    await load_beside || is_loaded || give_up "the load failed; $target is as it was"
    finish_beside
}
