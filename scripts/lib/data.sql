-- The roles that stand in the data of this database, as regrole or in a list of
-- grants: one JSON object in a line. A table that cannot be read is no reason to
-- make no backup here; pg_dump will tell.
\set ON_ERROR_STOP 0
SET lock_timeout = '5s';
SELECT 'SELECT jsonb_build_object(''data'', coalesce(jsonb_agg(rolname ORDER BY rolname), ''[]'')) FROM pg_roles WHERE oid IN ('
       || string_agg(CASE atttypid
                     WHEN 'regrole'::regtype THEN format('SELECT %I::oid FROM ONLY %I.%I', attname, nspname, relname)
                     ELSE format('SELECT unnest(ARRAY[grantee, grantor]) FROM ONLY %I.%I, aclexplode(%s)', nspname, relname,
                                 CASE atttypid WHEN 'aclitem'::regtype THEN format('ARRAY[%I]', attname) ELSE quote_ident(attname) END)
                     END, ' UNION ')
       || ')'
  FROM pg_attribute
  JOIN pg_class c ON c.oid = attrelid
  JOIN pg_namespace n ON n.oid = relnamespace
 WHERE atttypid IN ('regrole'::regtype, 'aclitem'::regtype, 'aclitem[]'::regtype)
   AND relkind = 'r' AND c.oid >= 16384 AND NOT attisdropped
HAVING count(*) > 0
\gexec
