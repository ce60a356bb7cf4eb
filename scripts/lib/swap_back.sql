-- :target (:new_oid) becomes :back again, and :old (:old_oid), if there is one,
-- gets its name and its comment back, in one transaction.
SET lock_timeout = '20s';
BEGIN;
SELECT format('ALTER DATABASE %I RENAME TO %I', datname, :'back')
  FROM pg_database WHERE datname = :'target' AND oid = :new_oid
\gexec
SELECT format('ALTER DATABASE %I RENAME TO %I', datname, :'target'),
       format('COMMENT ON DATABASE %I IS %L', :'target', substr(shobj_description(oid, 'pg_database'), 9)::jsonb->>'comment')
  FROM pg_database WHERE datname = :'old' AND oid = :old_oid
\gexec
COMMIT;
