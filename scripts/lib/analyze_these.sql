-- Statistics for the tables whose OIDs are in the file $OIDS, in that order, each by
-- itself: one that fails holds up no other.
SET client_min_messages = error;
\set oids `cat "$OIDS"`
SELECT format('ANALYZE %s', id::regclass)
  FROM unnest(string_to_array(trim(:'oids'), ' ')::oid[]) WITH ORDINALITY o(id, n)
 ORDER BY n
\gexec
