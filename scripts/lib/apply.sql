-- Gives the loaded database :new the limit, grants and settings wanted
-- ($WANTED, as for create.sql). Not before the load: they would bind it.
\set wanted `cat "$WANTED"`
WITH wanted AS (SELECT key, value FROM jsonb_array_elements(:'wanted') o(o), jsonb_each(o))
SELECT format('ALTER DATABASE %I CONNECTION LIMIT %s', :'new', value)
  FROM wanted WHERE key = 'limit' AND value::int >= 0
\gexec

WITH wanted AS (SELECT key, value FROM jsonb_array_elements(:'wanted') o(o), jsonb_each(o))
SELECT format('ALTER DATABASE %I IS_TEMPLATE true', :'new')
  FROM wanted WHERE key = 'template' AND value = 'true'
\gexec

-- The grants: those of the backup, else those that a new database has.
WITH wanted AS (SELECT key, value FROM jsonb_array_elements(:'wanted') o(o), jsonb_each(o))
SELECT format('GRANT CONNECT ON DATABASE %I TO PUBLIC', :'new') WHERE NOT EXISTS (SELECT FROM wanted WHERE key = 'grants')
\gexec
WITH wanted AS (SELECT key, value FROM jsonb_array_elements(:'wanted') o(o), jsonb_each(o)),
grants AS (
    SELECT g->>'to' AS grantee, g->>'privilege' AS privilege, (g->>'grantable')::bool AS grantable
      FROM wanted, jsonb_array_elements(CASE jsonb_typeof(value) WHEN 'array' THEN value ELSE '[]' END) g
     WHERE key = 'grants'
), has AS (
    SELECT CASE WHEN a.grantee <> 0 THEN pg_get_userbyid(a.grantee) END AS grantee, privilege_type AS privilege, is_grantable AS grantable
      FROM pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba))) a
     WHERE datname = :'new'
), differ AS (
    SELECT WHERE EXISTS (SELECT FROM wanted WHERE key = 'grants')
             AND (EXISTS (TABLE grants EXCEPT TABLE has) OR EXISTS (TABLE has EXCEPT TABLE grants))
)
SELECT statement
  FROM (SELECT 1 AS n, format('REVOKE ALL ON DATABASE %I FROM %s', :'new', coalesce(quote_ident(grantee), 'PUBLIC')) AS statement
          FROM has, differ
        UNION
        SELECT 2, format('GRANT %s ON DATABASE %I TO %s%s', privilege, :'new', coalesce(quote_ident(grantee), 'PUBLIC'),
                         CASE WHEN grantable THEN ' WITH GRANT OPTION' ELSE '' END)
          FROM grants, differ) s
 ORDER BY n
\gexec

-- A value that is a list of names holds its own quotes: it is set here and
-- taken over; all others are one literal. \gexec does both columns in turn.
WITH wanted AS (SELECT key, value FROM jsonb_array_elements(:'wanted') o(o), jsonb_each(o))
SELECT CASE WHEN is_list THEN format('SELECT set_config(%L, %L, false)', s->>'name', s->>'value') END,
       format('%s SET %I %s', who, s->>'name',
              CASE WHEN is_list THEN 'FROM CURRENT' ELSE 'TO ' || quote_literal(s->>'value') END)
  FROM wanted, jsonb_array_elements(CASE jsonb_typeof(value) WHEN 'array' THEN value ELSE '[]' END) s,
       LATERAL (SELECT CASE WHEN s->>'role' IS NULL THEN format('ALTER DATABASE %I', :'new')
                            ELSE format('ALTER ROLE %I IN DATABASE %I', s->>'role', :'new') END,
                       lower(s->>'name') IN ('search_path', 'temp_tablespaces', 'local_preload_libraries',
                                             'session_preload_libraries', 'shared_preload_libraries',
                                             'unix_socket_directories')) w(who, is_list)
 WHERE key = 'settings' AND (s->>'role' IS NULL OR EXISTS (SELECT FROM pg_roles WHERE rolname = s->>'role'))
\gexec
