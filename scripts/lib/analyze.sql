-- Statistics for each table by itself, so that one that fails holds up no other.
-- A table of which a part lies on another server is only named: to analyze it
-- asks that server.
SET client_min_messages = error;
WITH RECURSIVE remote AS (
    SELECT inhparent AS id FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE relkind = 'f'
    UNION SELECT inhparent FROM remote JOIN pg_inherits ON inhrelid = id
)
SELECT format('ANALYZE %s', oid::regclass) FROM pg_class c
 WHERE relkind IN ('r', 'm', 'p') AND relpersistence <> 't'
   AND oid NOT IN (SELECT id FROM remote)
   -- With a partitioned table go its partitions.
   AND (NOT relispartition OR EXISTS (SELECT FROM pg_inherits JOIN remote ON inhparent = id WHERE inhrelid = c.oid))
 ORDER BY relpages DESC
\gexec
WITH RECURSIVE remote AS (
    SELECT inhparent AS id FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE relkind = 'f'
    UNION SELECT inhparent FROM remote JOIN pg_inherits ON inhrelid = id
)
SELECT id::regclass FROM remote ORDER BY 1;
