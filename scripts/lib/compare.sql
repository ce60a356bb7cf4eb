-- Whether the rows of this database are those that were loaded, without a change
-- to it. :loaded has a line for each COPY: how many rows, a tab, the table as the
-- dump names it. :sequences holds the arguments of the dump's calls of setval,
-- :objects is how many large objects it made. In both lists tabs, newlines and
-- backslashes are written as COPY does it. Each difference is a line "ERROR ...";
-- the last line counts.
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
-- What was loaded by the root of a partitioned table lies in its partitions; one
-- on another server is not asked. An extension's script may have put rows of its
-- own into its tables.
WITH RECURSIVE loaded AS (
    SELECT split_part(l, E'\t', 1)::bigint AS rows,
           replace(replace(replace(replace(substr(l, strpos(l, E'\t') + 1),
                   '\\', E'\x01'), '\n', E'\n'), '\t', E'\t'), E'\x01', '\')::regclass AS id
      FROM regexp_split_to_table(:'loaded', '\n') l WHERE l <> ''
), sums AS (
    SELECT id, sum(rows) AS rows FROM loaded GROUP BY id
), parts AS (
    SELECT id AS root, id AS part FROM sums
    UNION ALL
    SELECT root, inhrelid FROM parts JOIN pg_class c ON c.oid = part JOIN pg_inherits ON inhparent = part WHERE c.relkind = 'p'
)
SELECT format('SELECT format(%L, %L, n, %s) FROM (SELECT %s AS n) c WHERE n %s %3$s',
              'ERROR %s has %s rows, of the backup came %s', id::regclass, s.rows, counts,
              CASE WHEN EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = id AND deptype = 'e')
                   THEN '<' ELSE '<>' END)
  FROM sums s,
       LATERAL (SELECT coalesce(string_agg(format('(SELECT count(*) FROM ONLY %s)', part::regclass), ' + '), '0') AS counts
                  FROM parts JOIN pg_class c ON c.oid = part WHERE root = id AND relkind NOT IN ('p', 'f')) p
\gexec
SELECT format('ERROR there are %s large objects, in the backup are %s', n, :objects)
  FROM (SELECT count(*) AS n FROM pg_largeobject_metadata) o WHERE n <> :objects;
WITH called AS (
    SELECT replace(m[1], '''''', '''') AS name, m[2] AS at, m[3] AS called
      FROM regexp_split_to_table(:'sequences', '\n') l,
           replace(replace(replace(replace(l, '\\', E'\x01'), '\n', E'\n'), '\t', E'\t'), E'\x01', '\') d,
           regexp_match(d, '^''(.*)'', (-?\d+), (true|false)$') m
     WHERE l <> ''
)
SELECT format('SELECT format(%L, %L, last_value, %s) FROM %s WHERE last_value <> %3$s OR is_called <> %5$s',
              'ERROR the sequence %s is at %s, in the backup at %s', name::regclass, at, name::regclass, called)
  FROM called
\gexec
COMMIT;
WITH loaded AS (
    SELECT split_part(l, E'\t', 1)::bigint AS rows, substr(l, strpos(l, E'\t') + 1) AS name
      FROM regexp_split_to_table(:'loaded', '\n') l WHERE l <> ''
)
SELECT format('%s tables, %s rows, %s large objects', count(DISTINCT name), coalesce(sum(rows), 0), :objects) FROM loaded;
