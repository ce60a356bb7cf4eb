-- What of this database, which has all of a dump but its data, the tables and
-- schemas wanted are, and what they need. $SELECT is a file: a JSON object with
-- "tables" and "schemas", patterns in which * stands for any characters and ? for
-- one. Lines with tabs between:
--   table    NAME          a relation that is wanted
--   made     NAME          a relation that its restore makes: an index too
--   nothing  PATTERN       nothing is called that
--   also     IDENTITY WHAT what is needed besides: how it is known in a database,
--                          and how pgapply --also takes it
--   own      IDENTITY      one of these that lies in a schema that is wanted
--   needs    NAME          a relation that is needed and not wanted
\set select `cat "$SELECT"`
WITH RECURSIVE asked AS (
    SELECT kind, pattern, '^(' || replace(replace(regexp_replace(pattern, '([.+^$(){}|\[\]\\])', '\\\1', 'g'), '*', '.*'), '?', '.') || ')$' AS regex
      FROM (VALUES ('tables'), ('schemas')) k(kind), jsonb_array_elements_text(:'select'::jsonb->kind) p(pattern)
), matched AS (
    SELECT c.oid, relkind, nspname, relname, relispartition, kind, pattern
      FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
      JOIN asked ON CASE kind WHEN 'schemas' THEN nspname ~ regex
                              ELSE relname ~ regex OR (strpos(pattern, '.') > 0 AND nspname || '.' || relname ~ regex) END
     WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND nspname !~ '^pg_' AND nspname <> 'information_schema'
       AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')
), wanted AS (
    SELECT DISTINCT oid, relkind, nspname, relname, relispartition FROM matched
), namespaces AS (
    SELECT DISTINCT n.oid, nspname FROM pg_namespace n JOIN asked ON kind = 'schemas' AND nspname ~ regex
     WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
), roots(classid, objid) AS (
    SELECT 'pg_class'::regclass::oid, oid FROM wanted
    UNION SELECT 'pg_class'::regclass, indexrelid FROM pg_index WHERE indrelid IN (SELECT oid FROM wanted)
    UNION SELECT 'pg_constraint'::regclass, oid FROM pg_constraint
     WHERE conrelid IN (SELECT oid FROM wanted) AND contype <> 't' AND (contype <> 'f' OR confrelid IN (SELECT oid FROM wanted))
    UNION SELECT 'pg_attrdef'::regclass, oid FROM pg_attrdef WHERE adrelid IN (SELECT oid FROM wanted)
    UNION SELECT 'pg_rewrite'::regclass, r.oid FROM pg_rewrite r JOIN wanted w ON w.oid = ev_class
     WHERE relkind IN ('v', 'm') OR nspname IN (SELECT nspname FROM namespaces)
    UNION SELECT 'pg_trigger'::regclass, t.oid FROM pg_trigger t JOIN wanted w ON w.oid = tgrelid
     WHERE NOT tgisinternal AND nspname IN (SELECT nspname FROM namespaces)
    UNION SELECT 'pg_policy'::regclass, p.oid FROM pg_policy p JOIN wanted w ON w.oid = polrelid WHERE nspname IN (SELECT nspname FROM namespaces)
    UNION SELECT 'pg_proc'::regclass, p.oid FROM pg_proc p WHERE pronamespace IN (SELECT oid FROM namespaces)
    UNION SELECT 'pg_type'::regclass, t.oid FROM pg_type t WHERE typnamespace IN (SELECT oid FROM namespaces) AND typtype <> 'c'
), edges(classid, objid, refclassid, refobjid) AS (
    SELECT classid, objid, refclassid, refobjid FROM pg_depend d
     WHERE deptype IN ('n', 'a', 'i', 'e') AND refobjid >= 16384
       -- A partition is made by itself and attached where both are wanted.
       AND NOT (classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass
                AND EXISTS (SELECT FROM pg_class c WHERE c.oid = objid AND relispartition))
       -- A sequence is made before the column that owns it.
       AND NOT (classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass AND deptype IN ('a', 'i')
                AND EXISTS (SELECT FROM pg_class c WHERE c.oid = objid AND relkind = 'S'))
    UNION ALL SELECT 'pg_type'::regclass, oid, 'pg_class'::regclass, typrelid FROM pg_type WHERE typtype = 'c'
    UNION ALL SELECT 'pg_type'::regclass, contypid, 'pg_constraint'::regclass, oid FROM pg_constraint WHERE contypid <> 0
), needed AS (
    SELECT classid, objid FROM roots
    UNION
    SELECT refclassid, refobjid FROM needed JOIN edges USING (classid, objid)
     -- What an extension brings needs no more than the extension.
     WHERE refclassid = 'pg_extension'::regclass
        OR NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = needed.classid AND e.objid = needed.objid AND e.deptype = 'e')
), besides AS (
    SELECT classid, objid FROM needed
     WHERE (classid, objid) NOT IN (SELECT classid, objid FROM pg_depend WHERE deptype = 'e')
), also AS (
    SELECT classid, objid, kind, schema, name
      FROM besides
      JOIN (
        SELECT 'pg_type'::regclass::oid AS of, t.oid AS id, CASE typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END AS kind, typnamespace AS space, typname::text AS name
          FROM pg_type t LEFT JOIN pg_class c ON c.oid = typrelid
         WHERE typtype IN ('b', 'd', 'e', 'r', 'c') AND coalesce(relkind, 'c') = 'c'
           AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid)
        UNION ALL
        SELECT 'pg_proc'::regclass, oid, CASE prokind WHEN 'p' THEN 'PROCEDURE' WHEN 'a' THEN 'AGGREGATE' ELSE 'FUNCTION' END, pronamespace,
               proname || '(' || coalesce((SELECT string_agg(format_type(a, NULL), ', ' ORDER BY n) FROM unnest(proargtypes) WITH ORDINALITY u(a, n)),
                                          CASE prokind WHEN 'a' THEN '*' ELSE '' END) || ')'
          FROM pg_proc
        UNION ALL SELECT 'pg_collation'::regclass, oid, 'COLLATION', collnamespace, collname FROM pg_collation
        UNION ALL SELECT 'pg_ts_config'::regclass, oid, 'TEXT SEARCH CONFIGURATION', cfgnamespace, cfgname FROM pg_ts_config
        UNION ALL SELECT 'pg_ts_dict'::regclass, oid, 'TEXT SEARCH DICTIONARY', dictnamespace, dictname FROM pg_ts_dict
        UNION ALL SELECT 'pg_ts_parser'::regclass, oid, 'TEXT SEARCH PARSER', prsnamespace, prsname FROM pg_ts_parser
        UNION ALL SELECT 'pg_ts_template'::regclass, oid, 'TEXT SEARCH TEMPLATE', tmplnamespace, tmplname FROM pg_ts_template
        UNION ALL SELECT 'pg_operator'::regclass, oid, 'OPERATOR', oprnamespace, oprname FROM pg_operator
        UNION ALL SELECT 'pg_opclass'::regclass, oid, 'OPERATOR CLASS', opcnamespace, opcname FROM pg_opclass
        UNION ALL SELECT 'pg_opfamily'::regclass, oid, 'OPERATOR FAMILY', opfnamespace, opfname FROM pg_opfamily
        UNION ALL SELECT 'pg_namespace'::regclass, oid, 'SCHEMA', 0, nspname FROM pg_namespace
        UNION ALL SELECT 'pg_extension'::regclass, oid, 'EXTENSION', 0, extname FROM pg_extension
        UNION ALL SELECT 'pg_am'::regclass, oid, 'ACCESS METHOD', 0, amname FROM pg_am
        UNION ALL SELECT 'pg_foreign_server'::regclass, oid, 'SERVER', 0, srvname FROM pg_foreign_server
        UNION ALL SELECT 'pg_foreign_data_wrapper'::regclass, oid, 'FOREIGN DATA WRAPPER', 0, fdwname FROM pg_foreign_data_wrapper
        UNION ALL SELECT 'pg_class'::regclass, oid, 'SEQUENCE', relnamespace, relname FROM pg_class WHERE relkind = 'S'
      ) o ON of = classid AND id = objid
      LEFT JOIN LATERAL (SELECT nspname AS schema FROM pg_namespace WHERE pg_namespace.oid = space) n ON true
     WHERE NOT (classid = 'pg_class'::regclass AND objid IN (SELECT oid FROM wanted))
       -- An identity's own comes with its table.
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = besides.classid AND d.objid = besides.objid AND refclassid = 'pg_class'::regclass
                          AND deptype IN ('a', 'i') AND kind = 'SEQUENCE' AND refobjid IN (SELECT oid FROM wanted))
)
SELECT line
  FROM (
    SELECT 1 AS n, E'table\t' || format('%I.%I', nspname, relname) AS line FROM wanted
    UNION ALL
    SELECT 2, E'made\t' || format('%I.%I', nspname, relname)
      FROM (SELECT oid FROM wanted UNION SELECT indexrelid FROM pg_index WHERE indrelid IN (SELECT oid FROM wanted)
            UNION SELECT objid FROM pg_depend JOIN pg_class s ON s.oid = objid AND relkind = 'S'
                   WHERE refclassid = 'pg_class'::regclass AND refobjid IN (SELECT oid FROM wanted) AND deptype IN ('a', 'i')) m
      JOIN pg_class c USING (oid) JOIN pg_namespace s ON s.oid = relnamespace
    UNION ALL
    SELECT 3, E'nothing\t' || pattern FROM asked a
     WHERE CASE kind WHEN 'tables' THEN NOT EXISTS (SELECT FROM matched m WHERE m.pattern = a.pattern AND m.kind = a.kind)
                     ELSE NOT EXISTS (SELECT FROM namespaces WHERE nspname ~ regex) END
    UNION ALL
    SELECT 4, concat_ws(E'\t', 'also', i.type || ' ' || i.identity, kind || ' ' || coalesce(also.schema || '.', '') || also.name)
      FROM also, pg_identify_object(classid, objid, 0) i
    UNION ALL
    SELECT 5, concat_ws(E'\t', 'own', i.type || ' ' || i.identity)
      FROM also, pg_identify_object(classid, objid, 0) i
     WHERE also.schema IN (SELECT nspname FROM namespaces)
    UNION ALL
    SELECT 6, E'needs\t' || format('%I.%I', nspname, relname)
      FROM besides JOIN pg_class c ON classid = 'pg_class'::regclass AND objid = c.oid JOIN pg_namespace s ON s.oid = relnamespace
     WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND c.oid NOT IN (SELECT oid FROM wanted)
  ) l
 ORDER BY n, line;
