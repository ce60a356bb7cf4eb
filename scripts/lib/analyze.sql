-- The tables of this database that lack statistics, in lines: how many pages
-- they have and their OIDs; and those of which a part lies on another server:
-- the word "remote", and the name, as to analyze one asks that server.
SET client_min_messages = error;
WITH RECURSIVE remote AS (
    SELECT inhparent AS id FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE relkind = 'f'
    UNION SELECT inhparent FROM remote JOIN pg_inherits ON inhrelid = id
), gathered AS (
    -- What this role may not see counts as missing, which costs time and no more.
    SELECT c.oid AS id, attname, inherited
      FROM pg_stats s JOIN pg_namespace n ON nspname = schemaname JOIN pg_class c ON relnamespace = n.oid AND relname = tablename
), extended AS (
    SELECT statistics_schemaname AS schema, statistics_name AS name FROM pg_stats_ext
     WHERE n_distinct IS NOT NULL OR dependencies IS NOT NULL OR most_common_vals IS NOT NULL
    UNION SELECT statistics_schemaname, statistics_name FROM pg_stats_ext_exprs
), missing AS (
    SELECT attrelid AS id
      FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid
     WHERE attnum > 0 AND NOT attisdropped AND attstattarget IS DISTINCT FROM 0 AND relkind IN ('r', 'm', 'p')
       AND NOT EXISTS (SELECT FROM gathered g WHERE g.id = attrelid AND g.attname = a.attname AND inherited = (relkind = 'p'))
    UNION
    SELECT indrelid
      FROM pg_index i JOIN pg_attribute a ON attrelid = indexrelid
     WHERE indexprs IS NOT NULL AND indkey[attnum - 1] = 0 AND attstattarget IS DISTINCT FROM 0
       AND NOT EXISTS (SELECT FROM gathered g WHERE g.id = attrelid AND g.attname = a.attname)
    UNION
    SELECT stxrelid
      FROM pg_statistic_ext JOIN pg_namespace n ON n.oid = stxnamespace
     WHERE NOT EXISTS (SELECT FROM extended e WHERE schema = nspname AND name = stxname)
    UNION
    SELECT inhparent FROM pg_inherits i JOIN pg_class c ON c.oid = inhparent
     WHERE relkind = 'r' AND NOT EXISTS (SELECT FROM gathered g WHERE g.id = inhparent AND inherited)
), chosen AS (
    SELECT oid AS id, relpages FROM pg_class
     WHERE relkind IN ('r', 'm', 'p') AND relpersistence <> 't' AND oid >= 16384
       AND (oid IN (SELECT id FROM missing) OR reltuples < 0) AND reltuples <> 0
       AND oid NOT IN (SELECT id FROM remote)
), parts AS (
    -- With a partitioned table go its partitions.
    SELECT inhrelid AS id FROM chosen JOIN pg_class c ON c.oid = id JOIN pg_inherits ON inhparent = id WHERE relkind = 'p'
    UNION SELECT inhrelid FROM parts JOIN pg_class c ON c.oid = id JOIN pg_inherits ON inhparent = id WHERE relkind = 'p'
)
SELECT least(relpages, 30000) + coalesce((SELECT sum(least(p.relpages, 30000)) FROM pg_partition_tree(id) t JOIN pg_class p ON p.oid = t.relid AND p.oid <> id), 0)
       || ' ' || id::oid
  FROM chosen
 WHERE id NOT IN (SELECT id FROM parts);
WITH RECURSIVE remote AS (
    SELECT inhparent AS id FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE relkind = 'f'
    UNION SELECT inhparent FROM remote JOIN pg_inherits ON inhrelid = id
)
SELECT 'remote ' || id::regclass FROM remote ORDER BY 1;
