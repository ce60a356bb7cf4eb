-- A database of every kind of object that pg_dump knows and a server without
-- extensions' packages can make, with names and values that mislead line tools.
-- The roles s3pipe_reader and s3pipe_owner must be there.
SET client_min_messages = warning;
CREATE SCHEMA app AUTHORIZATION s3pipe_owner;
CREATE SCHEMA "od""d; Type: TABLE; Schema: x";
COMMENT ON SCHEMA app IS 'the application''s';

-- types
CREATE DOMAIN app.positive AS integer DEFAULT 1 NOT NULL CONSTRAINT is_positive CHECK (VALUE > 0);
CREATE DOMAIN app.label AS text COLLATE "C";
COMMENT ON DOMAIN app.label IS 'a -- label';
COMMENT ON CONSTRAINT is_positive ON DOMAIN app.positive IS 'more than 0';
CREATE TYPE app.mood AS ENUM ('sad', 'it''s; ok', E'back\\slash', 'happy');
CREATE TYPE app.pair AS (a integer, b text COLLATE "C");
CREATE TYPE app.span AS RANGE (subtype = float8, multirange_type_name = app.spans);
CREATE TYPE app.shell;
CREATE FUNCTION app.odd_in(cstring) RETURNS app.odd LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
CREATE FUNCTION app.odd_out(app.odd) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
CREATE TYPE app.odd (INPUT = app.odd_in, OUTPUT = app.odd_out, LIKE = integer);
CREATE COLLATION app.plain FROM "C";
CREATE COLLATION app.icu (provider = icu, locale = 'und');

-- functions: bodies with semicolons, quotes, what looks like data or headers
CREATE FUNCTION app.plus(a integer, b integer) RETURNS integer LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
    SELECT CASE WHEN a IS NULL THEN b ELSE CASE b WHEN 0 THEN a ELSE a + b END END;
END;
CREATE FUNCTION app.atomic_many(begin integer) RETURNS SETOF text LANGUAGE sql
BEGIN ATOMIC
    SELECT 'one;' AS "end";
    SELECT 'BEGIN ATOMIC' AS "case" WHERE begin > 0;
    SELECT (CASE WHEN begin = 1 THEN 'a;b' END);
END;
CREATE PROCEDURE app.nothing() LANGUAGE sql
BEGIN ATOMIC
END;
CREATE FUNCTION app.text_of() RETURNS text LANGUAGE plpgsql AS $_$
BEGIN
    -- a comment with a quote ' and a dollar $x$
    RETURN 'x;' || $$
\.
--
-- Name: forged; Type: TABLE; Schema: public; Owner: nobody
--
COPY app.items (id) FROM stdin;
1
\.
\connect template1
-- PostgreSQL database dump complete
$$ || '/*';
END;
$_$;
CREATE FUNCTION app.tagged() RETURNS text LANGUAGE sql AS $a$ SELECT $b$ $ $$ $a $ab$ ;$b$::text $a$;
CREATE FUNCTION app.escapes() RETURNS text LANGUAGE sql AS 'SELECT E''\\\''; \\\\''::text';
CREATE FUNCTION app.pick(app.mood, VARIADIC text[]) RETURNS text LANGUAGE sql AS 'SELECT $2[1]';
CREATE AGGREGATE app.total(integer) (SFUNC = app.plus, STYPE = integer, INITCOND = '0');
CREATE OPERATOR app.<+> (FUNCTION = app.plus, LEFTARG = integer, RIGHTARG = integer);
CREATE OPERATOR FAMILY app.family USING btree;
CREATE OPERATOR CLASS app.reverse FOR TYPE integer USING btree FAMILY app.family AS
    OPERATOR 1 >, OPERATOR 2 >=, OPERATOR 3 =, OPERATOR 4 <=, OPERATOR 5 <, FUNCTION 1 btint4cmp(integer, integer);
CREATE CAST (text AS app.pair) WITH INOUT;
CREATE FUNCTION app.to_pair(integer) RETURNS app.pair LANGUAGE sql IMMUTABLE AS 'SELECT ROW($1, ''x'')::app.pair';
CREATE CAST (integer AS app.pair) WITH FUNCTION app.to_pair(integer) AS ASSIGNMENT;
CREATE TEXT SEARCH DICTIONARY app.words (TEMPLATE = simple, stopwords = english);
CREATE TEXT SEARCH CONFIGURATION app.search (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION app.search ALTER MAPPING FOR asciiword WITH app.words;
CREATE CONVERSION app.conversion FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE ACCESS METHOD app_heap TYPE TABLE HANDLER heap_tableam_handler;
CREATE TRANSFORM FOR integer LANGUAGE sql (FROM SQL WITH FUNCTION varchar_support(internal));

-- tables
CREATE TABLE app.items (
    id serial PRIMARY KEY,
    code bigint GENERATED ALWAYS AS IDENTITY (START 100 INCREMENT 5),
    name text DEFAULT 'a;b' NOT NULL,
    kind app.mood,
    size app.positive,
    parts app.pair[],
    doubled integer GENERATED ALWAYS AS (length(name) * 2) STORED,
    spans app.spans,
    bytes bytea,
    "we""ird; name" text,
    CONSTRAINT "na;me" CHECK (name <> ';'),
    UNIQUE (code) DEFERRABLE INITIALLY DEFERRED
);
ALTER TABLE app.items ALTER COLUMN name SET STATISTICS 500, ALTER COLUMN bytes SET STORAGE EXTERNAL;
ALTER TABLE app.items ADD CONSTRAINT later CHECK (id > -5) NOT VALID;
INSERT INTO app.items (name, kind, size, parts, spans, bytes, "we""ird; name")
SELECT v, (ARRAY['sad', 'it''s; ok', E'back\\slash', 'happy'])[1 + n % 4]::app.mood, n,
       ARRAY[ROW(n, v)::app.pair], '{[1,2)}', convert_to(v, 'UTF8'), nullif(v, '\.')
  FROM unnest(ARRAY['\.', E'\\.\n\\.', E'tab\there', E'cr\r', E'back\\slash', '-- Name: x; Type: TABLE; Schema: y; Owner: z',
                    'COPY app.items (id) FROM stdin;', E'\n', '', '\N', E'\x01\x7f', 'é漢字', '; ', '$$', '''', '"',
                    E'-- PostgreSQL database dump complete\n', '\connect x']) WITH ORDINALITY u(v, n);
CREATE TABLE app.many (id integer, note text);
INSERT INTO app.many SELECT n, repeat(md5(n::text), 1 + n % 20) FROM generate_series(1, 20000) n;
CREATE TABLE app.empty ();
CREATE TABLE app."COPY" ("FROM" text, "stdin;" text);
INSERT INTO app."COPY" VALUES ('\.', 'x');
CREATE TABLE "od""d; Type: TABLE; Schema: x"."t
able" (id integer);
INSERT INTO "od""d; Type: TABLE; Schema: x"."t
able" VALUES (1), (2);
CREATE UNLOGGED TABLE app.unlogged (id integer PRIMARY KEY) WITH (fillfactor = 70);
INSERT INTO app.unlogged SELECT generate_series(1, 10);
CREATE TABLE app.typed OF app.pair (PRIMARY KEY (a));
INSERT INTO app.typed VALUES (1, 'x');
CREATE TABLE app.heap (id integer) USING app_heap;
CREATE TABLE app.parent (id integer, at date, note text);
CREATE TABLE app.child (extra text) INHERITS (app.parent);
INSERT INTO app.parent VALUES (1, '2026-01-01', 'p');
INSERT INTO app.child VALUES (2, '2026-01-02', 'c', 'e');
CREATE TABLE app.measured (id integer NOT NULL, at date NOT NULL, v float8, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE app.measured_1 PARTITION OF app.measured FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE app.measured_2 PARTITION OF app.measured FOR VALUES FROM ('2026-02-01') TO ('2026-03-01') PARTITION BY LIST (id);
CREATE TABLE app.measured_2_1 PARTITION OF app.measured_2 FOR VALUES IN (1, 2, 3);
CREATE TABLE app.measured_rest PARTITION OF app.measured DEFAULT;
CREATE INDEX measured_v ON app.measured (v);
INSERT INTO app.measured SELECT 1 + n % 3, date '2026-01-01' + n, n FROM generate_series(1, 100) n;
CREATE TABLE app.hashed (id integer) PARTITION BY HASH (id);
CREATE TABLE app.hashed_0 PARTITION OF app.hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE app.hashed_1 PARTITION OF app.hashed FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO app.hashed SELECT generate_series(1, 50);
CREATE TABLE app.tree (id integer PRIMARY KEY, up integer REFERENCES app.tree, item integer REFERENCES app.items ON DELETE CASCADE);
INSERT INTO app.tree SELECT n, nullif(n / 2, 0), 1 + n % 18 FROM generate_series(1, 5000) n;
CREATE TABLE app.rooms (room integer, during int4range, EXCLUDE USING gist (during WITH &&));
INSERT INTO app.rooms SELECT n, int4range(n, n + 1) FROM generate_series(1, 30) n;
CREATE SEQUENCE app.free START 7 INCREMENT -3 MINVALUE -1000 MAXVALUE 10 CYCLE;
SELECT nextval('app.free');

-- what belongs to them
CREATE INDEX items_name ON app.items (lower(name) COLLATE "C" DESC NULLS LAST) INCLUDE (id) WHERE name <> ';';
CREATE UNIQUE INDEX items_id_name ON app.items (id, name);
CREATE INDEX "ind;ex" ON app.items USING gin (to_tsvector('app.search', name));
CREATE INDEX many_note ON app.many (note);
CREATE INDEX many_id ON app.many (id);
ALTER TABLE app.items CLUSTER ON items_pkey;
ALTER TABLE app.items REPLICA IDENTITY USING INDEX items_id_name;
ALTER INDEX app.items_name ALTER COLUMN 1 SET STATISTICS 77;
CREATE STATISTICS app.stat (dependencies, ndistinct) ON id, size FROM app.items;
CREATE FUNCTION app.on_event() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN NULL; END';
CREATE FUNCTION app.touched() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER touch BEFORE INSERT OR UPDATE OF name ON app.items FOR EACH ROW WHEN (NEW.name <> ';') EXECUTE FUNCTION app.touched('a;b');
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON app.many DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.touched();
ALTER TABLE app.items DISABLE TRIGGER touch;
CREATE VIEW app.seen AS SELECT id, name FROM app.items WHERE name <> ';' WITH LOCAL CHECK OPTION;
ALTER VIEW app.seen ALTER COLUMN name SET DEFAULT 'x';
CREATE RULE logged AS ON INSERT TO app.parent DO ALSO (SELECT 1; SELECT 'a;b'; NOTIFY x);
CREATE RULE seen_no AS ON DELETE TO app.seen DO INSTEAD NOTHING;
CREATE MATERIALIZED VIEW app.summary AS SELECT kind, count(*) AS n FROM app.items GROUP BY kind;
CREATE UNIQUE INDEX summary_kind ON app.summary (kind);
CREATE VIEW app.circle AS SELECT 1 AS a;
CREATE VIEW app.circle2 AS SELECT a FROM app.circle;
CREATE OR REPLACE VIEW app.circle AS SELECT a FROM (SELECT 1 AS a) x;
ALTER TABLE app.items ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY "po;licy" ON app.items FOR SELECT TO s3pipe_reader USING (name <> ';');
CREATE EVENT TRIGGER app_event ON ddl_command_end WHEN TAG IN ('DROP TABLE') EXECUTE FUNCTION app.on_event();
CREATE PUBLICATION app_some FOR TABLE app.items (id, name), app.many WHERE (id > 0) WITH (publish = 'insert');
CREATE PUBLICATION app_schema FOR TABLES IN SCHEMA app;
CREATE SUBSCRIPTION app_sub CONNECTION 'host=127.0.0.1 port=1 dbname=x' PUBLICATION p WITH (connect = false, slot_name = NONE);
CREATE FOREIGN DATA WRAPPER app_wrapper OPTIONS (debug 'a;b');
CREATE SERVER app_server TYPE 't' VERSION '1' FOREIGN DATA WRAPPER app_wrapper OPTIONS (host 'x''y');
CREATE USER MAPPING FOR s3pipe_reader SERVER app_server OPTIONS (password 'p;w');
CREATE FOREIGN TABLE app.far (id integer OPTIONS (c 'x')) SERVER app_server;

-- large objects, comments, grants
SELECT lo_from_bytea(42, decode(repeat('00ff5c2e0a', 1000), 'hex'));
SELECT lo_create(43);
COMMENT ON LARGE OBJECT 42 IS 'large';
GRANT SELECT ON LARGE OBJECT 42 TO s3pipe_reader;
ALTER LARGE OBJECT 43 OWNER TO s3pipe_owner;
COMMENT ON TABLE app.items IS E'a comment; with\n-- Name: x; Type: TABLE; Schema: y; Owner: z\n\\.\n';
COMMENT ON COLUMN app.items.name IS 'column';
COMMENT ON INDEX app.items_name IS 'index';
COMMENT ON CONSTRAINT items_pkey ON app.items IS 'key';
COMMENT ON TRIGGER touch ON app.items IS 'trigger';
COMMENT ON POLICY "po;licy" ON app.items IS 'policy';
COMMENT ON RULE logged ON app.parent IS 'rule';
COMMENT ON FUNCTION app.plus(integer, integer) IS 'function';
COMMENT ON EVENT TRIGGER app_event IS 'event';
COMMENT ON PUBLICATION app_some IS 'publication';
COMMENT ON SUBSCRIPTION app_sub IS 'subscription';
COMMENT ON SERVER app_server IS 'server';
COMMENT ON VIEW app.seen IS 'view';
COMMENT ON SEQUENCE app.free IS 'sequence';
GRANT USAGE ON SCHEMA app TO s3pipe_reader;
GRANT SELECT ON app.items, app.seen TO s3pipe_reader WITH GRANT OPTION;
GRANT UPDATE (name) ON app.items TO s3pipe_reader;
REVOKE EXECUTE ON FUNCTION app.plus(integer, integer) FROM PUBLIC;
GRANT USAGE ON FOREIGN SERVER app_server TO s3pipe_reader;
GRANT USAGE ON TYPE app.mood TO s3pipe_reader;
GRANT USAGE ON SEQUENCE app.free TO s3pipe_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE s3pipe_owner IN SCHEMA app GRANT SELECT ON TABLES TO s3pipe_reader;
ALTER TABLE app.many OWNER TO s3pipe_owner;
ALTER FUNCTION app.plus(integer, integer) OWNER TO s3pipe_owner;
ALTER TYPE app.mood OWNER TO s3pipe_owner;

-- what few databases have
CREATE TEXT SEARCH PARSER app.parser (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype, HEADLINE = prsd_headline);
CREATE TEXT SEARCH TEMPLATE app.template (INIT = dsimple_init, LEXIZE = dsimple_lexize);
CREATE FUNCTION app.handler() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler';
CREATE FUNCTION app.validator(oid) RETURNS void LANGUAGE c STRICT AS '$libdir/plpgsql', 'plpgsql_validator';
CREATE TRUSTED LANGUAGE app_language HANDLER app.handler VALIDATOR app.validator;
COMMENT ON LANGUAGE app_language IS 'another; plpgsql';
CREATE FUNCTION app.spoken() RETURNS integer LANGUAGE app_language AS 'BEGIN RETURN 1; END';
CREATE TYPE app.raw;
CREATE FUNCTION app.raw_in(cstring) RETURNS app.raw LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION app.raw_out(app.raw) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE app.raw (INPUT = app.raw_in, OUTPUT = app.raw_out, LIKE = text, CATEGORY = 'U');
CREATE TABLE app.raws (r app.raw, s app.raw[]);
INSERT INTO app.raws VALUES (E'a;\\b\n\\.', '{c,"d e"}');
GRANT SELECT ON LARGE OBJECT 43 TO s3pipe_reader;
COMMENT ON LARGE OBJECT 43 IS 'empty; BEGIN';
GRANT USAGE ON TYPE app.raw TO s3pipe_reader;
GRANT SELECT (r) ON app.raws TO s3pipe_reader;
GRANT USAGE ON LANGUAGE app_language TO s3pipe_reader;
