/* What a statement is, and what it is about. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sql/plan.h"
static struct plan p;

static enum plan_kind
kind(const char *text)
{
	plan_make(&p, text, strlen(text));
	return p.kind;
}

static void
about(const char *text, const char *schema, const char *name)
{
	plan_make(&p, text, strlen(text));
	assert_string_equal(p.subject.schema, schema);
	assert_string_equal(p.subject.name, name);
}

static void
beside(const char *text, const char *schema, const char *name)
{
	plan_make(&p, text, strlen(text));
	assert_string_equal(p.other.schema, schema);
	assert_string_equal(p.other.name, name);
}

static void
settings_are_for_all_sessions(void **state)
{
	(void)state;
	assert_int_equal(kind("SET search_path = x"), PLAN_SETTING);
	assert_int_equal(kind("SET SESSION search_path = x"), PLAN_SETTING);
	assert_int_equal(
	    kind("SELECT pg_catalog.set_config('a', '', false)"), PLAN_SETTING);
	assert_int_equal(kind("RESET role"), PLAN_SETTING);
	assert_int_equal(
	    kind("SET SESSION AUTHORIZATION bob"), PLAN_AUTHORIZATION);
	assert_int_equal(
	    kind("RESET SESSION AUTHORIZATION"), PLAN_AUTHORIZATION);
	assert_int_equal(kind("SET LOCAL a = 1"), PLAN_OTHER);
	assert_int_equal(kind("SET TRANSACTION READ ONLY"), PLAN_OTHER);
	assert_int_equal(
	    kind("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"),
	    PLAN_OTHER);
	assert_int_equal(kind("SELECT lo_unlink(1)"), PLAN_OTHER);
	assert_int_equal(
	    kind("SELECT pg_catalog.set_config('search_path', '', false)"),
	    PLAN_NO_PATH);
	assert_int_equal(
	    kind("SELECT pg_catalog.set_config('search_path', 'a', false)"),
	    PLAN_SETTING);
}

static void
what_a_dump_says_of_sequences_and_large_objects(void **state)
{
	(void)state;
	assert_int_equal(
	    kind("SELECT pg_catalog.setval('s.\")(\"', 1, true)"), PLAN_SETVAL);
	assert_int_equal(p.table_size, strlen("'s.\")(\"', 1, true"));
	assert_memory_equal(p.table, "'s.\")(\"', 1, true", p.table_size);
	assert_int_equal(kind("SELECT setval"), PLAN_OTHER);
	assert_int_equal(
	    kind("SELECT pg_catalog.lo_create('1')"), PLAN_LARGE_OBJECT);
}

static void
a_time_limit_of_0_is_there_already(void **state)
{
	(void)state;
	assert_int_equal(kind("SET statement_timeout = 0"), PLAN_TIMEOUT);
	assert_int_equal(kind("SET transaction_timeout TO 0"), PLAN_TIMEOUT);
	assert_int_equal(kind("SET statement_timeout = 10"), PLAN_SETTING);
}

static void
storage_is_for_what_is_stored(void **state)
{
	static const char *const stored[] = {"CREATE TABLE t ()",
	    "CREATE UNLOGGED TABLE t ()", "CREATE MATERIALIZED VIEW v AS",
	    "CREATE INDEX i ON t (a)", "CREATE UNIQUE INDEX i ON t (a)",
	    "ALTER TABLE ONLY t ADD CONSTRAINT k PRIMARY KEY (a)", NULL};
	static const char *const not [] = {"CREATE VIEW v AS SELECT 1",
	    "CREATE SEQUENCE s", "CREATE FOREIGN TABLE t () SERVER x",
	    "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)", "COPY t FROM stdin",
	    NULL};
	int i;

	(void)state;
	assert_int_equal(kind("SET default_tablespace = ''"), PLAN_STORAGE);
	assert_int_equal(
	    kind("SET default_table_access_method = heap"), PLAN_STORAGE);
	for (i = 0; stored[i] != NULL; i++) {
		kind(stored[i]);
		assert_true(p.is_stored);
	}
	for (i = 0; not [i] != NULL; i++) {
		kind(not [i]);
		assert_false(p.is_stored);
	}
}

static void
only_plain_data_are_dealt_out(void **state)
{
	(void)state;
	assert_int_equal(kind("COPY s.t (a, \"b)\") FROM stdin"), PLAN_COPY);
	assert_int_equal(p.table_size, 3);
	assert_memory_equal(p.table, "s.t", 3);
	assert_int_equal(kind("COPY t FROM STDIN"), PLAN_COPY);
	assert_int_equal(
	    kind("COPY t FROM stdin WITH (FORMAT csv)"), PLAN_COPY_WHOLE);
	assert_int_equal(kind("COPY t TO stdout"), PLAN_OTHER);
	assert_int_equal(kind("COPY t (a"), PLAN_OTHER);
	assert_int_equal(kind("COPY (SELECT 1) TO stdout"), PLAN_OTHER);
	assert_int_equal(kind("INSERT INTO \"T\" VALUES (1)"), PLAN_INSERT);
	assert_int_equal(kind("INSERT"), PLAN_OTHER);
}

static void
indexes_and_keys_are_built_side_by_side(void **state)
{
	(void)state;
	assert_int_equal(
	    kind("CREATE UNIQUE INDEX i ON ONLY s.t USING btree (a)"),
	    PLAN_INDEX);
	assert_string_equal(p.subject.name, "t");
	assert_int_equal(
	    kind("CREATE INDEX IF NOT EXISTS i ON t (a)"), PLAN_INDEX);
	assert_int_equal(
	    kind("CREATE INDEX CONCURRENTLY i ON t (a)"), PLAN_OTHER);
	assert_int_equal(
	    kind("ALTER TABLE ONLY s.t ADD CONSTRAINT k PRIMARY KEY (a)"),
	    PLAN_CONSTRAINT);
	assert_int_equal(
	    kind("ALTER TABLE t ADD CONSTRAINT k UNIQUE (a)"), PLAN_CONSTRAINT);
	assert_int_equal(kind("ALTER TABLE t ADD CONSTRAINT k EXCLUDE USING "
			      "gist (a WITH &&)"),
	    PLAN_CONSTRAINT);
	assert_int_equal(
	    kind("ALTER TABLE t ADD CONSTRAINT k PRIMARY KEY USING INDEX i"),
	    PLAN_OTHER);
	assert_int_equal(kind("ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (a) "
			      "REFERENCES \"O\".u(a)"),
	    PLAN_OTHER);
	assert_string_equal(p.other.schema, "O");
	assert_string_equal(p.other.name, "u");
	assert_int_equal(kind("ALTER TABLE t ADD CONSTRAINT"), PLAN_OTHER);
}

static void
a_database_is_not_for_a_dump_of_one(void **state)
{
	(void)state;
	assert_int_equal(kind("CREATE DATABASE x"), PLAN_DATABASE);
	assert_int_equal(kind("DROP DATABASE x"), PLAN_DATABASE);
	assert_int_equal(kind("ALTER DATABASE x SET a = 1"), PLAN_DATABASE);
}

static void
owners_are_read_from_the_end(void **state)
{
	(void)state;
	assert_int_equal(kind("ALTER TABLE s.t OWNER TO bob"), PLAN_OWNER);
	assert_int_equal(
	    kind("ALTER FUNCTION f(integer) OWNER TO \"a \"\"b\"\"\" \n"),
	    PLAN_OWNER);
	assert_int_equal(
	    kind("ALTER TABLE t ALTER a SET DEFAULT 'OWNER TO bob'"),
	    PLAN_OTHER);
	assert_int_equal(kind("ALTER x"), PLAN_OTHER);
	assert_int_equal(kind("ALTER OWNER TO \"\""), PLAN_OWNER);
	assert_int_equal(kind("\""), PLAN_OTHER);
	assert_int_equal(kind("ALTER \""), PLAN_OTHER);
}

static void
grants_are_about_what_stands_after_on(void **state)
{
	(void)state;
	assert_int_equal(kind("GRANT SELECT ON TABLE s.t TO bob"), PLAN_GRANT);
	assert_string_equal(p.subject.name, "t");
	assert_int_equal(kind("REVOKE ALL ON s.t FROM bob"), PLAN_GRANT);
	assert_int_equal(kind("GRANT a TO b"), PLAN_GRANT);
	assert_int_equal(
	    kind(
		"ALTER DEFAULT PRIVILEGES FOR ROLE a GRANT ALL ON TABLES TO b"),
	    PLAN_GRANT);
}

static void
comments_are_about_an_object_or_its_table(void **state)
{
	(void)state;
	about("COMMENT ON TABLE s.\"T\" IS 'x'", "s", "T");
	about("COMMENT ON COLUMN s.t.a IS 'x'", "s", "t");
	about("COMMENT ON COLUMN t.a IS 'x'", "", "t");
	about("COMMENT ON COLUMN a IS 'x'", "", "");
	about("COMMENT ON CONSTRAINT k ON s.t IS 'x'", "s", "t");
	about("COMMENT ON CONSTRAINT k ON DOMAIN s.d IS 'x'", "s", "d");
	about("COMMENT ON TRIGGER g ON t IS 'x'", "", "t");
	about("COMMENT ON EVENT TRIGGER e IS 'x'", "", "e");
	about("COMMENT ON MATERIALIZED VIEW s.v IS 'x'", "s", "v");
	about("SECURITY LABEL FOR x ON TABLE t IS 'y'", "", "t");
	about("COMMENT ON a.b.c.d.e IS 'x'", "", "");
}

static void
parts_of_a_table_name_it(void **state)
{
	(void)state;
	about("CREATE TABLE s.T (a integer)", "s", "t");
	about("CREATE TRIGGER g AFTER INSERT ON s.t FOR EACH ROW", "s", "t");
	about("CREATE CONSTRAINT TRIGGER g AFTER INSERT ON t", "", "t");
	about("CREATE POLICY p ON t", "", "t");
	about("CREATE RULE r AS ON INSERT TO s.t DO NOTHING", "s", "t");
	about("CREATE STATISTICS s.x ON (a FROM b) FROM s.t", "s", "t");
	about("CREATE OR REPLACE VIEW v AS SELECT 1", "", "v");
	about("CREATE USER MAPPING FOR bob SERVER x", "", "x");
	about("CREATE TYPE t AS ENUM ()", "", "");
	about("REFRESH MATERIALIZED VIEW s.v", "s", "v");
	about("ALTER VIEW s.v ALTER COLUMN a SET DEFAULT 1", "s", "v");
	about("ALTER TABLE IF EXISTS ONLY t", "", "t");
	about("ALTER TABLE", "", "");
	about("CREATE TRIGGER", "", "");
}

static void
what_else_is_needed_is_named(void **state)
{
	(void)state;
	beside("ALTER TABLE ONLY s.t ATTACH PARTITION s.p DEFAULT", "s", "p");
	beside("ALTER TABLE t INHERIT u", "", "u");
	beside("ALTER INDEX s.i ATTACH PARTITION s.j", "s", "j");
	beside("ALTER SEQUENCE s.q OWNED BY s.t.a", "s", "t");
	beside("ALTER PUBLICATION p ADD TABLE ONLY s.t", "s", "t");
	beside("CREATE FOREIGN TABLE s.t (a integer) SERVER x", "", "x");
	beside("CREATE INDEX i ON t (a)", "", "");
}

static void
a_long_name_is_cut(void **state)
{
	char text[1000] = "CREATE TABLE ";

	(void)state;
	memset(text + 13, 'x', 900);
	plan_make(&p, text, strlen(text));
	assert_int_equal(strlen(p.subject.name), IDENTIFIER_TEXT - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(settings_are_for_all_sessions),
	    cmocka_unit_test(what_a_dump_says_of_sequences_and_large_objects),
	    cmocka_unit_test(a_time_limit_of_0_is_there_already),
	    cmocka_unit_test(storage_is_for_what_is_stored),
	    cmocka_unit_test(only_plain_data_are_dealt_out),
	    cmocka_unit_test(indexes_and_keys_are_built_side_by_side),
	    cmocka_unit_test(a_database_is_not_for_a_dump_of_one),
	    cmocka_unit_test(owners_are_read_from_the_end),
	    cmocka_unit_test(grants_are_about_what_stands_after_on),
	    cmocka_unit_test(comments_are_about_an_object_or_its_table),
	    cmocka_unit_test(parts_of_a_table_name_it),
	    cmocka_unit_test(what_else_is_needed_is_named),
	    cmocka_unit_test(a_long_name_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
