-- What a plain dump leaves out of a database: one JSON object a line.
-- The name is :name; run in any database.
SELECT jsonb_build_object(p.key, p.value)
  FROM (SELECT d.*, to_jsonb(d) AS j, coalesce(d.datacl, acldefault('d', d.datdba)) AS acl
          FROM pg_database d WHERE d.datname = :'name') d,
LATERAL (VALUES
    (1, 'database', to_jsonb(d.datname)),
    (2, 'owner', to_jsonb(pg_get_userbyid(d.datdba))),
    (3, 'encoding', to_jsonb(pg_encoding_to_char(d.encoding))),
    -- The columns' names differ between the versions.
    (4, 'locale', jsonb_build_object(
        'provider', coalesce(j->>'datlocprovider', 'c'),
        'collate', datcollate, 'ctype', datctype,
        'locale', coalesce(j->>'datlocale', j->>'daticulocale'),
        'rules', j->>'daticurules')),
    (5, 'tablespace', (SELECT to_jsonb(spcname) FROM pg_tablespace WHERE oid = d.dattablespace)),
    (6, 'limit', to_jsonb(d.datconnlimit)),
    (7, 'comment', to_jsonb(shobj_description(d.oid, 'pg_database'))),
    (8, 'grants', (
        SELECT jsonb_agg(g ORDER BY g)
          FROM (SELECT jsonb_build_object('to', CASE WHEN grantee <> 0 THEN pg_get_userbyid(grantee) END,
                                          'privilege', privilege_type, 'grantable', is_grantable) AS g
                  FROM aclexplode(d.acl)) a)),
    (9, 'settings', (
        SELECT jsonb_agg(s ORDER BY s)
          FROM (SELECT jsonb_build_object('role', CASE WHEN setrole <> 0 THEN pg_get_userbyid(setrole) END,
                                          'name', split_part(c, '=', 1),
                                          'value', substr(c, strpos(c, '=') + 1)) AS s
                  FROM pg_db_role_setting, unnest(setconfig) c
                 WHERE setdatabase = d.oid) a)),
    (10, 'template', to_jsonb(d.datistemplate)),
    (11, 'connections', to_jsonb(d.datallowconn))
) AS p(n, key, value)
 ORDER BY p.n;
