# The exchange: the new database takes the place of the old one.
# shellcheck shell=bash

# swap KEY LAST: $new becomes $target; the old one, if $old_oid is not 0, becomes
# $old. LAST is false where there is more to come. Three tries.
swap() {
    local try
    for try in 1 2 3; do
        await rename_and_end swap.sql -v key="$1" -v last="$2" && return
        # A lost connection does not tell what became of the COMMIT.
        if [ "$(oid_of "$target")" = "$new_oid" ]; then return; fi
        [ "$try" = 3 ] || warn "$target is not replaced yet: trying again"
    done
    return 1
}
# The rename holds its lock until all sessions have ended: another connection
# ends them meanwhile, again and again.
rename_and_end() { # FILE [PSQL ARGUMENT...]
    local renaming status=0
    WANTED=$work/wanted.json WAS=$work/was.json sql_utf8 "$maintenance" -v new="$new" -v new_oid="$new_oid" \
        -v target="$target" -v old="$old" -v old_oid="$old_oid" "${@:2}" -f "$here/lib/$1" &
    renaming=$!
    while kill -0 "$renaming" 2>/dev/null; do
        sleep 0.1
        end_sessions >/dev/null 2>&1 || true
    done
    wait "$renaming" || status=$?
    return "$status"
}
end_sessions() {
    sql "$maintenance" -v old="$old_oid" -v new="$new_oid" <<'SQL'
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE datid IN (:old, :new) AND pid <> pg_backend_pid()
   AND (pg_has_role(usesysid, 'MEMBER') OR pg_has_role('pg_signal_backend', 'MEMBER') OR usesysid IS NULL)
SQL
}

oid_of() { # DATABASE: 0 where there is none
    sql "$maintenance" -v name="$1" <<<"SELECT coalesce((SELECT oid FROM pg_database WHERE datname = :'name'), 0)"
}

# tell_differences: what of the new one is not as it was, or as the backup says.
tell_differences() { # FILE: the lines of database.sql that were to be
    local line name now
    facts "$maintenance" -v name="$target" -f "$here/lib/database.sql" >"$work/now" || return 1
    while IFS= read -r line; do
        name=${line#*\"}
        name=${name%%\"*}
        [ "$name" != database ] && ! grep -qxF -e "$line" "$work/now" || continue
        now=$(sed -n "s/^{\"$name\": \(.*\)}\$/\1/p" "$work/now")
        line=${line#*: }
        warn "the $name of $target differs: it was ${line%\}}, it is $now"
    done <"$1"
}

# drop_kept: the databases that earlier restores of the target replaced, but for
# those to which a slot or a subscription belongs.
drop_kept() {
    local oid name
    sql "$maintenance" -F ' ' -v target="$target" -v old_oid="$old_oid" <<'SQL' >"$work/kept" || return 1
SELECT oid, datname
  FROM pg_database d
 WHERE datname ~ '^s3pipe_old_[0-9]{14}_[0-9a-f]{8}$' AND oid <> :old_oid
   AND shobj_description(oid, 'pg_database') LIKE 's3pipe: {%'
   AND substr(shobj_description(oid, 'pg_database'), 9)::jsonb->>'was' = :'target'
   AND NOT EXISTS (SELECT FROM pg_replication_slots WHERE database = datname)
   AND NOT EXISTS (SELECT FROM pg_subscription WHERE subdbid = d.oid)
SQL
    while read -r oid name; do
        log "dropping $name, which an earlier restore kept"
        drop_database "$oid" "$name" || warn "$name could not be dropped"
    done <"$work/kept"
}
