-- What the dump of this database needs of a server before it can be restored:
-- one JSON object a line.
WITH
-- What belongs to an extension is not dumped, nor the extension's owner.
members AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e'),
needed AS (
    SELECT classid, objid, refobjid AS role
      FROM pg_shdepend
     WHERE refclassid = 'pg_authid'::regclass AND classid <> 'pg_extension'::regclass
       AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
    -- pg_shdepend does not tell of the role that made the cluster.
    UNION ALL SELECT 'pg_class'::regclass, oid, relowner FROM pg_class WHERE oid >= 16384
    UNION ALL SELECT 'pg_proc'::regclass, oid, proowner FROM pg_proc WHERE oid >= 16384
    UNION ALL SELECT 'pg_type'::regclass, oid, typowner FROM pg_type WHERE oid >= 16384
    UNION ALL SELECT 'pg_namespace'::regclass, oid, nspowner FROM pg_namespace WHERE oid >= 16384
    UNION ALL SELECT 'pg_largeobject'::regclass, oid, lomowner FROM pg_largeobject_metadata
    -- What stands before the dump names roles, too.
    UNION ALL
    SELECT 'pg_database'::regclass, d.oid, role
      FROM pg_database d, LATERAL (
        SELECT datdba
        UNION ALL SELECT grantee FROM aclexplode(datacl)
        UNION ALL SELECT setrole FROM pg_db_role_setting WHERE setdatabase = d.oid) r(role)
     WHERE datname = current_database()
)
SELECT jsonb_build_object(p.key, p.value)
  FROM (VALUES
    (1, 'server', to_jsonb(current_setting('server_version'))),
    (2, 'bytes', to_jsonb(pg_database_size(current_database()))),
    (3, 'roles', (
        SELECT coalesce(jsonb_agg(rolname ORDER BY rolname), '[]') FROM pg_roles
         WHERE rolname !~ '^pg_'
           AND oid IN (SELECT role FROM needed WHERE (classid, objid) NOT IN (TABLE members)))),
    (4, 'extensions', (
        SELECT coalesce(jsonb_agg(extname ORDER BY extname), '[]') FROM pg_extension WHERE extname <> 'plpgsql')),
    (5, 'tablespaces', (
        SELECT coalesce(jsonb_agg(DISTINCT spcname), '[]') FROM pg_tablespace t
         WHERE spcname NOT LIKE 'pg\_%'
           AND (oid IN (SELECT reltablespace FROM pg_class)
                OR oid IN (SELECT dattablespace FROM pg_database WHERE datname = current_database())))),
    -- Of the roles those in statements that give them nothing.
    (6, 'named', (
        SELECT coalesce(jsonb_agg(rolname ORDER BY rolname), '[]') FROM pg_roles
         WHERE rolname !~ '^pg_'
           AND oid IN (SELECT unnest(polroles) FROM pg_policy UNION SELECT umuser FROM pg_user_mappings)))
) AS p(n, key, value)
 ORDER BY p.n;
