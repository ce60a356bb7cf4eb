-- What would stop a restore, one "ERROR ..." or "NOTE ..." a line. :target is the
-- database to be replaced, $NEEDS a file: what the dump needs, as JSON.
\set needs `cat "$NEEDS"`
WITH needs AS (
    SELECT :'needs'::jsonb AS n
), me AS (
    SELECT oid, rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user
), old AS (
    SELECT oid, datname, pg_get_userbyid(datdba) AS owner, pg_has_role(datdba, 'MEMBER') AS mine
      FROM pg_database WHERE datname = :'target'
), lines(line) AS (
    SELECT 'ERROR the role ' || quote_ident(name) || ' is missing: create it, --globals creates those of a backup'
           || CASE WHEN n->'named' ? name THEN '; a policy or a user mapping names it' ELSE ', --no-owner does without' END
      FROM needs, jsonb_array_elements_text(n->'roles') r(name)
     WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
    UNION ALL
    SELECT 'ERROR the extension ' || quote_ident(e.name) || ' is not installed on the server: install its package'
      FROM needs, jsonb_array_elements_text(n->'extensions') e(name)
     WHERE NOT EXISTS (SELECT FROM pg_available_extensions a WHERE a.name = e.name)
    UNION ALL
    SELECT 'ERROR the extension ' || quote_ident(e.name) || ' can be created by a superuser only, and ' || current_user || ' is none'
      FROM needs, me, jsonb_array_elements_text(n->'extensions') e(name)
      JOIN pg_available_extensions a ON a.name = e.name
      JOIN pg_available_extension_versions v ON v.name = e.name AND v.version = a.default_version
     WHERE NOT rolsuper AND v.superuser AND NOT v.trusted
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
    SELECT 'ERROR the logical replication slot ' || quote_ident(slot_name) || ' of ' || quote_ident(datname) || ' is in use: stop its consumer first'
      FROM old JOIN pg_replication_slots ON database = datname WHERE active
    UNION ALL
    SELECT 'ERROR there is a prepared transaction in ' || quote_ident(datname) || ': COMMIT PREPARED or ROLLBACK PREPARED ' || quote_literal(gid)
      FROM old JOIN pg_prepared_xacts ON database = datname
    UNION ALL
    SELECT 'NOTE the logical replication slot ' || quote_ident(slot_name) || ' does not follow: it stays with the old database'
      FROM old JOIN pg_replication_slots ON database = datname WHERE NOT active
    UNION ALL
    SELECT 'NOTE the subscription ' || quote_ident(subname) || ' does not follow: it stays with the old database'
      FROM old JOIN pg_subscription ON subdbid = old.oid
)
SELECT line FROM lines ORDER BY line;
