# A restore under the database's own name: the old database is renamed away while
# the new one is loaded, and renamed back if that fails, however it ends.
# shellcheck shell=bash

# take_name: $new becomes $target before it is loaded. The old one becomes $old.
take_name() {
    local made=$new
    old=s3pipe_old_$stamp
    at_exit give_name_back
    taken=$made
    swap "$key" false || {
        reason="$target could not be renamed away"
        taken=''
        return 1
    }
    new=$target
    [ "$old_oid" = 0 ] || log "$target is called $old while the backup is loaded"
}
# keep_name: the load is done, nothing is to be renamed back.
keep_name() {
    new=${taken:-$new}
    taken=''
}

give_name_back() {
    local back=${taken:-}
    [ -n "$back" ] || return 0
    for _ in 1 2 3; do
        if await rename_and_end swap_back.sql -v back="$back" && [ "$(oid_of "$target")" != "$new_oid" ]; then
            taken='' new=$back
            return
        fi
    done
    if [ "$old_oid" = 0 ]; then
        error "$target is not whole: restore again, or drop it"
    else
        error "$target is not whole, and its old database is called $old: restore again, which renames it back first"
    fi
    return 1
}

# recover_name: what a restore that was killed has not renamed back.
recover_name() {
    local back='' old_oid=0 new_oid='' old=''
    sql "$maintenance" -F ' ' -v target="$target" -v state="$state_id" <<'SQL' >"$work/taken" || return 1
SELECT oid, c->>'instead of oid', c->>'instead of', c->>'was'
  FROM (SELECT oid, substr(shobj_description(oid, 'pg_database'), 9)::jsonb AS c
          FROM pg_database
         WHERE datname = :'target' AND shobj_description(oid, 'pg_database') LIKE 's3pipe: {%"instead of"%') d
 WHERE c->>'state' = :'state' AND c->>'target' = :'target'
SQL
    read -r new_oid old_oid old back <"$work/taken" || return 0
    log "a restore of $target under its own name was killed: renaming the old database back"
    echo '[]' >"$work/wanted.json"
    local taken=$back new=$target
    give_name_back && drop_scratch "$new_oid" "$back"
}
