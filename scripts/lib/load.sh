# A dump into a new database: what is left out, what is held back until the end,
# and what is done when it does not load.
# shellcheck shell=bash

# has_kind KIND: whether the dump holds such objects; yes where its header does
# not say.
has_kind() {
    local kinds
    kinds=$(property kinds)
    [ -z "$kinds" ] || [[ $kinds == *"\"$1\""* ]]
}

# plan_edits: sets edits, what is to become of the dump: options of pgapply. What
# acts outside of its database, or at each statement, comes last, when all else
# is there and was compared; what needs a superuser does, too, so that nothing is
# lost if it fails. Rows of foreign tables lie on other servers.
plan_edits() {
    local super
    edits=(-T 'foreign table data' --try 'statistics data' --try 'materialized view data')
    super=$(sql "$maintenance" <<<'SELECT rolsuper FROM pg_roles WHERE rolname = current_user') || return 1
    defer 'event trigger' subscription
    if has_kind 'FOREIGN TABLE' && has_kind 'MATERIALIZED VIEW'; then defer 'materialized view data'; fi
    [ "$super" = t ] || defer publication 'comment extension *'
    rm -f "$work/held" "$work/held.slots"
}
# defer KIND...: what is held back until all else is there.
defer() {
    local kind
    for kind; do edits+=(--defer "$kind"); done
}

# The extension pg_cron can be made in one database only.
# leave_out_bound DATABASE: leaves it out where that is another one.
leave_out_bound() {
    local home
    grep -qaE '^CREATE EXTENSION IF NOT EXISTS "?pg_cron"? ' "$work/head" || return 0
    home=$(sql_utf8 "$maintenance" <<<"SELECT setting FROM pg_settings WHERE name = 'cron.database_name'") || return 1
    if [ -n "$home" ] && [ "$home" != "$1" ]; then edits+=("${without_bound[@]}"); fi
}
without_bound=(-T 'extension pg_cron' -T 'schema cron' -N 'cron.*')

# load KEY [PGAPPLY OPTION...]: the dump, or what the options make of it, into
# $new; fails unless every process of the pipe ended well and pgapply saw the
# dump's end. What pgapply said is in $work/load.error.
load() {
    local key=$1
    shift
    fetch "$key" | apply_dump "$@"
}
apply_dump() {
    local status=0
    pgapply -j "$RESTORE_JOBS" --deferred "$work/held" "$@" -- "$new" 2>"$work/load.error" || status=$?
    # What is left out only to prove the load comes later.
    sed "${proving:+/^pgapply: left out: /d}" "$work/load.error" >&2
    return "$status"
}
psql_new() { # [PSQL ARGUMENT...]
    local -x PGDATABASE=$new
    local past_service
    past_service "$new"
    psql -X -w -A -t -v ON_ERROR_STOP=1 "${past_service[@]}" -f "$here/lib/session.sql" "$@"
}

# give_slots: to the subscriptions of a database that is in its place again the
# slots that they had, unless another one has them.
give_slots() {
    local statement slot others
    [ -s "$work/held.slots" ] || return 0
    while IFS= read -r statement; do
        slot=${statement##*slot_name = \'}
        slot=${slot%%\'*}
        others=$(sql "$maintenance" -v slot="$slot" <<<"SELECT count(*) FROM pg_subscription WHERE subslotname = :'slot'") || return 1
        if [ "$target" = "$source" ] && [ "$others" = 0 ]; then
            await sql "$target" <<<"$statement" || return 1
            log "a subscription of $target has its slot $slot and is disabled: ALTER SUBSCRIPTION ... ENABLE starts it"
        else
            log "a subscription of $target has no slot and is disabled; to give it its slot, when nothing else uses that: $statement"
        fi
    done <"$work/held.slots"
}

# use_path PATH: with which search_path the next dump is loaded; none as it says.
use_path() { search_path=$1; }

# fill TARGET KEY [PGAPPLY OPTION...]: a new database with what the dump holds. A
# dump is loaded without a search_path; what needs one is loaded again with the
# one that the database has.
fill() {
    local target=$1 key=$2
    shift 2
    : >"$work/load.error"
    new_scratch "$target" || return 1
    if await load "$key" "$@" ${search_path:+--search-path "$search_path"}; then
        fill_views
        return
    fi
    if bound_elsewhere "$target"; then
        log "the extension pg_cron can be created only in the database $home: loading again without it"
        set -- "$@" "${without_bound[@]}"
    elif [ -z "$search_path" ] && lacks_path; then
        search_path=$(own_path)
        log "an object was not found: loading again with search_path = $search_path, which functions may need"
    else
        return 1
    fi
    remove_scratch && new_scratch "$target" || return 1
    await load "$key" "$@" ${search_path:+--search-path "$search_path"} && fill_views
}
# fill_views: the materialized views that could not be filled while they were loaded,
# with the search_path that their functions may need. No data is lost by one that
# stays empty.
fill_views() {
    sed -nE 's/^pgapply: line [0-9]+ of the dump: MATERIALIZED VIEW DATA (.*): REFRESH MATERIALIZED VIEW .*; going on without it$/\1/p' \
        "$work/load.error" >"$work/views"
    [ -s "$work/views" ] || return 0
    VIEWS=$work/views run_told sql_utf8 "$new" -v path="${search_path:-$(own_path)}" -v ON_ERROR_STOP=0 \
        -f "$here/lib/fill_views.sql" >/dev/null || true
    [ ! -s "$work/told" ] || warn 'these materialized views are empty, as the lines before say; nothing else is missing'
}
new_scratch() { # TARGET
    create_scratch "$1" || {
        reason='a new database cannot be made'
        return 1
    }
    [ "${place:-}" != under-own-name ] || take_name
}
remove_scratch() {
    [ "${place:-}" != under-own-name ] || give_name_back || return 1
    drop_scratch "$new_oid" "$new" || return 1
    new_oid=''
}
# What was not found: a relation, a function, a schema, or else (42704) anything but
# a role.
lacks_path() {
    grep -qE '\((42P01|42883|3F000)\)$' "$work/load.error" ||
        grep -E '\(42704\)$' "$work/load.error" | grep -qvE 'ERROR: role '
}
bound_elsewhere() { # TARGET: sets home
    home=$(sed -n 's/.*can only create extension in database \(.*\)/\1/p' "$work/load.error")
    home=${home%%; DETAIL: *}
    home=${home% (?????)}
    [ -n "$home" ] && [ "$home" != "$1" ]
}
# The search_path of the database that was dumped, as its settings say.
own_path() {
    local path
    path=$(SETTINGS=$(property settings) sql "$maintenance" <<'SQL'
\set settings `printf %s "${SETTINGS:-null}"`
SELECT s->>'value' FROM jsonb_array_elements(CASE jsonb_typeof(:'settings') WHEN 'array' THEN :'settings'::jsonb ELSE '[]' END) s
 WHERE s->>'role' IS NULL AND lower(s->>'name') = 'search_path'
SQL
    ) || true
    printf '%s\n' "${path:-\"\$user\", public}"
}

# tell_way: after a load that failed, the option that may help.
tell_way() {
    if grep -qE 'ERROR: role .* does not exist' "$work/load.error"; then
        error 'the dump names a role that is missing: --globals KEY|latest creates the roles of a backup'
    elif bound_elsewhere ''; then
        error "the extension can be created only in the database $home: restore with --under-own-name"
    elif lacks_path; then
        error 'an object was not found: --search-path PATH loads with a search_path, which functions may need'
    fi
}

# Runs a command; what it says of errors is in $work/told.
run_told() {
    local status=0
    "$@" 2>"$work/told.all" || status=$?
    grep -E '(ERROR|FATAL|DETAIL|HINT):  ' "$work/told.all" >"$work/told" || true
    cat "$work/told" >&2
    return "$status"
}
# apply_held: what was held back. What fails is told, and left out.
apply_held() {
    local restrict=()
    [ -s "$work/held" ] || return 0
    ! psql_restricts || restrict=(-c "\\restrict ${stamp//_/}")
    sed -n '/^-- Name: /q; /^SET [a-z_]* = /p; /^SELECT pg_catalog.set_config/p' "$work/head" >"$work/held.sql"
    cat "$work/held" >>"$work/held.sql"
    await run_told psql_new -q -v ON_ERROR_STOP=0 "${restrict[@]}" -f "$work/held.sql" >/dev/null || true
    [ -s "$work/told" ] || return 0
    warn 'this was left out, as the lines before say; nothing else depends on it'
}
