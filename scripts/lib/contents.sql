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
           AND oid IN (SELECT unnest(polroles) FROM pg_policy UNION SELECT umuser FROM pg_user_mappings))),
    -- What acts outside of the database, or takes rights of its own, by kind.
    (7, 'kinds', (
        SELECT coalesce(jsonb_object_agg(kind, names), '{}')
          FROM (SELECT kind, jsonb_agg(name ORDER BY name) AS names
                  FROM (SELECT 'EVENT TRIGGER' AS kind, evtname::text AS name, 'pg_event_trigger'::regclass AS classid, oid AS objid
                          FROM pg_event_trigger
                        UNION ALL
                        SELECT 'SUBSCRIPTION', subname, 'pg_subscription'::regclass, oid
                          FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
                        UNION ALL
                        SELECT CASE WHEN puballtables THEN 'PUBLICATION FOR ALL TABLES' ELSE 'PUBLICATION' END, pubname, 'pg_publication'::regclass, oid
                          FROM pg_publication
                        UNION ALL
                        SELECT CASE relkind WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'MATERIALIZED VIEW' END, oid::regclass::text, 'pg_class'::regclass, oid
                          FROM pg_class WHERE relkind IN ('f', 'm')) o
                 WHERE (classid, objid) NOT IN (TABLE members)
                 GROUP BY kind) k)),
    -- The schemas that extensions made for themselves.
    (8, 'schemas', (
        SELECT coalesce(jsonb_object_agg(extname, names), '{}')
          FROM (SELECT extname, jsonb_agg(nspname ORDER BY nspname) AS names
                  FROM pg_depend
                  JOIN pg_namespace n ON classid = 'pg_namespace'::regclass AND objid = n.oid
                  JOIN pg_extension e ON refclassid = 'pg_extension'::regclass AND refobjid = e.oid
                 WHERE deptype = 'e' GROUP BY extname) s))
) AS p(n, key, value)
 ORDER BY p.n;
