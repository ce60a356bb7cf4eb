-- What stands against a restore, one a line: "NEVER ..." is certain, "ERROR ..."
-- is refused unless it is to be tried all the same, "NOTE ..." is only told.
-- :target is the database to be replaced, :place how: "beside" it, "in-place" or
-- "under-own-name"; $NEEDS is a file: what the dump needs, as JSON.
\set needs `cat "$NEEDS"`
WITH needs AS (
    SELECT :'needs'::jsonb AS n
), me AS (
    SELECT oid, rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user
), old AS (
    SELECT oid, datname, pg_get_userbyid(datdba) AS owner, pg_has_role(datdba, 'MEMBER') AS mine
      FROM pg_database WHERE datname = :'target'
), bound(name, home) AS (
    -- The extensions that can be made in one database only.
    SELECT 'pg_cron', setting FROM pg_settings WHERE name = 'cron.database_name'
), lines(line) AS (
    SELECT 'ERROR the role ' || quote_ident(name) || ' is missing: create it, --globals creates those of a backup'
           || CASE WHEN n->'named' ? name THEN '; a policy or a user mapping names it' ELSE ', --no-owner does without' END
      FROM needs, jsonb_array_elements_text(n->'roles') r(name)
     WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
    UNION ALL
    SELECT 'ERROR the role ' || quote_ident(name) || ' is missing, and the data names it: create it, --globals creates those of a backup'
      FROM needs, jsonb_array_elements_text(n->'data') r(name)
     WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
    UNION ALL
    SELECT 'NOTE the extension ' || quote_ident(e.name) || ' is not installed on the server, as far as the server says; it is tried all the same'
      FROM needs, jsonb_array_elements_text(n->'extensions') e(name)
     WHERE NOT EXISTS (SELECT FROM pg_available_extensions a WHERE a.name = e.name)
    UNION ALL
    SELECT 'NOTE the extension ' || quote_ident(e.name) || ' can be created by a superuser only, as far as the server says, and ' || current_user || ' is not a superuser; it is tried all the same'
      FROM needs, me, jsonb_array_elements_text(n->'extensions') e(name)
      JOIN pg_available_extensions a ON a.name = e.name
      JOIN pg_available_extension_versions v ON v.name = e.name AND v.version = a.default_version
     WHERE NOT rolsuper AND v.superuser AND NOT v.trusted
    UNION ALL
    SELECT 'ERROR the extension ' || quote_ident(e.name) || ' can be created only in the database ' || quote_ident(home) || ': restore with --under-own-name'
      FROM needs, jsonb_array_elements_text(n->'extensions') e(name) JOIN bound USING (name)
     WHERE home = :'target' AND :'place' <> 'under-own-name'
    UNION ALL
    SELECT 'NOTE the extension ' || quote_ident(e.name) || ' can be created only in the database ' || quote_ident(home) || ': it is left out'
      FROM needs, jsonb_array_elements_text(n->'extensions') e(name) JOIN bound USING (name)
     WHERE home <> :'target'
    UNION ALL
    SELECT 'NOTE the ' || lower(kind) || ' ' || name || ' may need a superuser, and ' || current_user || ' is not a superuser; it is tried last and left out if that fails'
      FROM needs, me, jsonb_each(n->'kinds') k(kind, names), jsonb_array_elements_text(names) o(name)
     WHERE NOT rolsuper AND kind IN ('EVENT TRIGGER', 'SUBSCRIPTION', 'PUBLICATION FOR ALL TABLES')
    UNION ALL
    SELECT 'ERROR the tablespace ' || quote_ident(name) || ' is missing: create it, the globals of the backup tell where it was'
      FROM needs, jsonb_array_elements_text(n->'tablespaces') t(name)
     WHERE NOT EXISTS (SELECT FROM pg_tablespace WHERE spcname = name)
    UNION ALL
    SELECT 'ERROR ' || current_user || ' may not create in the tablespace ' || quote_ident(spcname)
      FROM needs, jsonb_array_elements_text(n->'tablespaces') t(name) JOIN pg_tablespace s ON spcname = name
     WHERE NOT has_tablespace_privilege(s.oid, 'CREATE')
    UNION ALL
    SELECT 'ERROR ' || current_user || ' may not create databases: ALTER ROLE ' || quote_ident(current_user) || ' CREATEDB'
      FROM me WHERE NOT rolsuper AND NOT rolcreatedb
    UNION ALL
    SELECT 'ERROR ' || quote_ident(datname) || ' belongs to ' || quote_ident(owner) || ', and ' || current_user || ' is no member of that role'
      FROM old WHERE NOT mine
    UNION ALL
    SELECT 'ERROR the backup belongs to ' || quote_ident(rolname) || ', and ' || current_user || ' is no member of that role: --no-owner takes it over'
      FROM needs JOIN pg_roles r ON rolname = n->>'owner'
     WHERE NOT pg_has_role(r.oid, 'MEMBER')
    UNION ALL
    SELECT 'NEVER the logical replication slot ' || quote_ident(slot_name) || ' of ' || quote_ident(datname) || ' would be dropped by --in-place: drop it yourself first, or restore without --in-place'
      FROM old JOIN pg_replication_slots ON database = datname WHERE :'place' = 'in-place'
    UNION ALL
    SELECT 'NEVER the subscription ' || quote_ident(subname) || ' of ' || quote_ident(datname) || ' would be dropped by --in-place: drop it yourself first, or restore without --in-place'
      FROM old JOIN pg_subscription ON subdbid = old.oid WHERE :'place' = 'in-place'
    UNION ALL
    SELECT 'NEVER the logical replication slot ' || quote_ident(slot_name) || ' of ' || quote_ident(datname) || ' is in use: stop its consumer first'
      FROM old JOIN pg_replication_slots ON database = datname WHERE active AND :'place' <> 'in-place'
    UNION ALL
    SELECT 'NEVER there is a prepared transaction in ' || quote_ident(datname) || ': COMMIT PREPARED or ROLLBACK PREPARED ' || quote_literal(gid)
      FROM old JOIN pg_prepared_xacts ON database = datname
    UNION ALL
    SELECT 'NOTE the logical replication slot ' || quote_ident(slot_name) || ' does not follow: it stays with the old database'
      FROM old JOIN pg_replication_slots ON database = datname WHERE NOT active AND :'place' <> 'in-place'
    UNION ALL
    SELECT 'NOTE the subscription ' || quote_ident(subname) || ' does not follow: it stays with the old database'
      FROM old JOIN pg_subscription ON subdbid = old.oid WHERE :'place' <> 'in-place'
)
SELECT line FROM lines ORDER BY line;
