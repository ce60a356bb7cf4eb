-- Makes the database :new from what stood before the dump, or from an old
-- database: $WANTED is a file with an array of the lines of database.sql.
\set wanted `cat "$WANTED"`
SELECT 'CREATE DATABASE ' || quote_ident(:'new') || ' TEMPLATE template0'
       || coalesce(' OWNER ' || quote_ident(w->>'owner'), '')
       || coalesce(' ENCODING ' || quote_literal(w->>'encoding'), '')
       || coalesce(' LC_COLLATE ' || quote_literal(l->>'collate') || ' LC_CTYPE ' || quote_literal(l->>'ctype'), '')
       || CASE l->>'provider'
          WHEN 'i' THEN ' LOCALE_PROVIDER icu ICU_LOCALE ' || quote_literal(l->>'locale')
                        || coalesce(' ICU_RULES ' || quote_literal(l->>'rules'), '')
          WHEN 'b' THEN ' LOCALE_PROVIDER builtin BUILTIN_LOCALE ' || quote_literal(l->>'locale')
          WHEN 'c' THEN CASE WHEN current_setting('server_version_num')::int >= 150000
                             THEN ' LOCALE_PROVIDER libc' ELSE '' END
          ELSE '' END
       -- To name pg_default takes a right that to get it does not.
       || coalesce(' TABLESPACE ' || quote_ident(nullif(w->>'tablespace', 'pg_default')), '')
  FROM (SELECT coalesce(jsonb_object_agg(key, value), '{}') AS w
          FROM jsonb_array_elements(:'wanted') o(o), jsonb_each(o)) wanted,
       LATERAL (SELECT w->'locale') locale(l)
\gexec
-- By this a later run knows it.
SELECT format('COMMENT ON DATABASE %I IS %L', :'new',
              's3pipe: ' || jsonb_build_object('target', :'target', 'state', :'state', 'since', now())::text)
\gexec
-- While it is loaded it is for nobody but its owner and superusers.
SET client_min_messages = error;
SELECT format('REVOKE CONNECT ON DATABASE %I FROM PUBLIC', :'new')
\gexec
SELECT oid FROM pg_database WHERE datname = :'new';
