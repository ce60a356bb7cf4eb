-- :new takes the place of :target, in one transaction; the old one, if there is
-- one (:old_oid), becomes :old. The rename comes first: it waits with the lock
-- held, so that whom another session ends cannot come back. $WANTED as for
-- create.sql.
\set wanted `cat "$WANTED"`
SET lock_timeout = '20s';
BEGIN;
SELECT format('ALTER DATABASE %I RENAME TO %I', datname, :'old')
  FROM pg_database WHERE datname = :'target' AND oid = :old_oid
\gexec
SELECT format('ALTER DATABASE %I RENAME TO %I', datname, :'target')
  FROM pg_database WHERE datname = :'new' AND oid = :new_oid
\gexec
SELECT format('COMMENT ON DATABASE %I IS %L', datname,
              's3pipe: ' || jsonb_build_object('was', :'target', 'until', now(), 'replaced by', :'key',
                                               'comment', shobj_description(oid, 'pg_database'))::text)
  FROM pg_database WHERE datname = :'old' AND oid = :old_oid
\gexec
SELECT format('COMMENT ON DATABASE %I IS %L', :'target',
              (SELECT o->>'comment' FROM jsonb_array_elements(:'wanted') o WHERE o ? 'comment'))
\gexec
COMMIT;
