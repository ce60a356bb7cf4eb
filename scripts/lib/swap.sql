-- :new takes the place of :target, in one transaction; the old one, if there is
-- one (:old_oid), becomes :old. The rename comes first: it waits with the lock
-- held, so that whom another session ends cannot come back. $WANTED as for
-- create.sql, $WAS the same of the old one. Where :last is false the new one is not loaded yet: its comment
-- says so, and what it is there instead of.
\set wanted `cat "$WANTED"`
\set was `cat "$WAS"`
SET lock_timeout = '20s';
BEGIN;
SELECT format('ALTER DATABASE %I RENAME TO %I', datname, :'old')
  FROM pg_database WHERE datname = :'target' AND oid = :old_oid
\gexec
SELECT format('ALTER DATABASE %I RENAME TO %I', datname, :'target')
  FROM pg_database WHERE datname = :'new' AND oid = :new_oid AND datname <> :'target'
\gexec
SELECT format('COMMENT ON DATABASE %I IS %L', datname,
              's3pipe: ' || jsonb_build_object('was', :'target', 'until', now(), 'replaced by', :'key',
                                               'comment', (SELECT o->>'comment' FROM jsonb_array_elements(:'was') o WHERE o ? 'comment'))::text)
  FROM pg_database WHERE datname = :'old' AND oid = :old_oid
   AND coalesce(shobj_description(oid, 'pg_database'), '') NOT LIKE 's3pipe: {%'
\gexec
\if :last
SELECT format('COMMENT ON DATABASE %I IS %L', :'target',
              (SELECT o->>'comment' FROM jsonb_array_elements(:'wanted') o WHERE o ? 'comment'))
\gexec
SELECT format('ALTER DATABASE %I ALLOW_CONNECTIONS false', datname)
  FROM pg_database WHERE datname = :'target' AND oid = :new_oid
   AND EXISTS (SELECT FROM jsonb_array_elements(:'wanted') o WHERE o @> '{"connections": false}')
\gexec
\else
SELECT format('COMMENT ON DATABASE %I IS %L', :'target',
              's3pipe: ' || (substr(shobj_description(oid, 'pg_database'), 9)::jsonb
                             || jsonb_build_object('instead of', :'old', 'instead of oid', :old_oid, 'was', :'new'))::text)
  FROM pg_database WHERE datname = :'target' AND oid = :new_oid
\gexec
\endif
COMMIT;
