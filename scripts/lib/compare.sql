-- Whether the rows of this database are those that were loaded. $LOADED is a
-- file with a line for each COPY: how many rows, a tab, the table as the dump
-- names it. $SEQUENCES holds the dump's calls of setval, $OBJECTS how many
-- large objects it made. Each difference is a line "ERROR ..."; the last line
-- counts.
\set objects `cat "$OBJECTS"`
CREATE TEMP TABLE loaded (rows bigint, name text);
-- As it stands in the dump: no escapes.
\copy loaded FROM PROGRAM 'cat "$LOADED"' WITH (FORMAT csv, DELIMITER E'\t', QUOTE E'\x01')
CREATE TEMP TABLE sums AS
SELECT name, name::regclass AS id, sum(rows) AS rows FROM loaded GROUP BY name;
CREATE TEMP TABLE counted (id regclass, rows bigint);
-- What was loaded by the root of a partitioned table lies in its partitions.
SELECT format('INSERT INTO counted SELECT %s, count(*) FROM %s %s', id::oid,
              CASE relkind WHEN 'p' THEN '' ELSE 'ONLY' END, id)
  FROM sums JOIN pg_class c ON c.oid = id
\gexec
-- An extension's script may have put rows of its own into its tables.
SELECT format('ERROR %s has %s rows, of the backup came %s', id, c.rows, s.rows)
  FROM sums s JOIN counted c USING (id)
 WHERE c.rows < s.rows
    OR c.rows > s.rows AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = id AND deptype = 'e');
SELECT format('ERROR there are %s large objects, in the backup are %s', n, :objects)
  FROM (SELECT count(*) AS n FROM pg_largeobject_metadata) o WHERE n <> :objects;
CREATE FUNCTION pg_temp.sequence_is(regclass, bigint, boolean DEFAULT true) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    at bigint;
    called boolean;
BEGIN
    EXECUTE format('SELECT last_value, is_called FROM %s', $1) INTO at, called;
    IF (at, called) IS DISTINCT FROM ($2, $3) THEN
        RETURN NEXT format('ERROR the sequence %s is at %s, in the backup at %s', $1, at, $2);
    END IF;
END $$;
\set sequences `sed 's/^SELECT pg_catalog\.setval(/SELECT pg_temp.sequence_is(/' "$SEQUENCES"`
:sequences
SELECT format('%s tables, %s rows, %s large objects', count(*), coalesce(sum(rows), 0), :objects) FROM sums;
