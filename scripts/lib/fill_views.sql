-- Fills the materialized views that the file VIEWS names, a line each, with the
-- search_path :path, in that order, which is the dump's.
\set names `cat "$VIEWS"`
SELECT set_config('search_path', :'path', false) \g /dev/null
SELECT pg_catalog.format('REFRESH MATERIALIZED VIEW %I.%I', nspname, relname)
  FROM pg_catalog.regexp_split_to_table(:'names', '\n') WITH ORDINALITY n(name, place)
       JOIN pg_catalog.pg_class ON relkind = 'm' AND NOT relispopulated
       JOIN pg_catalog.pg_namespace s ON s.oid = relnamespace AND nspname || '.' || relname = name
 ORDER BY place
\gexec
