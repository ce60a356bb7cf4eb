-- What pg_dump would read and the role may not, a line a kind with the first of it:
-- tables and sequences, those of extensions left out; rows behind policies; large objects.
WITH relation AS (
    SELECT c.oid, c.relkind, c.oid::regclass::text AS name, n.oid AS schema
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'm', 'S') AND c.relpersistence <> 't'
       AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       AND NOT EXISTS (SELECT FROM pg_depend d
                        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
), lacking(what, advice) AS (
    SELECT name, 'GRANT pg_read_all_data'
      FROM relation
     WHERE relkind <> 'm'
       AND NOT (has_schema_privilege(schema, 'USAGE') AND CASE relkind
                WHEN 'S' THEN has_sequence_privilege(oid, 'SELECT')
                ELSE has_table_privilege(oid, 'SELECT') END)
    UNION ALL
    SELECT name || ', whose rows have policies', 'ALTER ROLE ... BYPASSRLS'
      FROM relation WHERE relkind = 'r' AND row_security_active(oid)
    UNION ALL
    SELECT 'large object ' || oid, 'a superuser, or the owner of it'
      FROM pg_largeobject_metadata
     WHERE NOT pg_has_role(lomowner, 'USAGE')
       AND current_setting('lo_compat_privileges') = 'off'
       AND NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
       AND NOT EXISTS (SELECT FROM aclexplode(lomacl) a
                        WHERE a.privilege_type = 'SELECT' AND (a.grantee = 0 OR pg_has_role(a.grantee, 'USAGE')))
)
SELECT min(what) || CASE WHEN count(*) > 1 THEN ' and ' || count(*) - 1 || ' more' ELSE '' END || ' (' || advice || ')'
  FROM lacking GROUP BY advice ORDER BY advice;
