/* Which objects are wanted, by headers and first statements. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sql/selection.h"
static enum selection_verdict
judge(struct selection *s, const char *type, const char *name,
    const char *statement)
{
	struct header h = {.schema = "s"};
	struct plan p;

	strcpy(h.type, type);
	strcpy(h.name, name);
	plan_make(&p, statement, strlen(statement));
	return selection_judge(s, &h, &p);
}

static enum selection_verdict
judge_held(struct selection *s, const char *held, const char *type,
    const char *name, const char *statement)
{
	struct header first = {.type = "SEQUENCE", .schema = "s"},
		      h = {.schema = "s"};
	struct plan p;

	strcpy(first.name, held);
	if (type == NULL)
		return selection_judge_held(s, &first, NULL, NULL);
	strcpy(h.type, type);
	strcpy(h.name, name);
	plan_make(&p, statement, strlen(statement));
	return selection_judge_held(s, &first, &h, &p);
}

static void
without_options_all_is_taken(void **state)
{
	struct selection s = {0};

	(void)state;
	assert_false(selection_is_partial(&s));
	assert_int_equal(judge(&s, "", "", "SELECT 1"), SELECTION_TAKE);
	assert_int_equal(
	    judge(&s, "TABLE", "t", "CREATE TABLE s.t ()"), SELECTION_TAKE);
	assert_int_equal(
	    judge(&s, "SEQUENCE", "q", "CREATE SEQUENCE s.q"), SELECTION_TAKE);
	selection_free(&s);
}

static void
a_kind_goes_with_what_is_about_it(void **state)
{
	static const char *const kinds[] = {"foreign server", "large object",
	    "Publication", "statistics", "event trigger"};
	struct selection s = {.kinds = kinds, .nkinds = 5};

	(void)state;
	assert_true(selection_is_partial(&s));
	assert_int_equal(judge(&s, "SERVER", "x", ""), SELECTION_LEAVE);
	assert_int_equal(
	    judge(&s, "USER MAPPING", "USER MAPPING bob SERVER x", ""),
	    SELECTION_LEAVE);
	assert_int_equal(
	    judge(&s, "ACL", "FOREIGN SERVER x", ""), SELECTION_LEAVE);
	assert_int_equal(judge(&s, "BLOB", "1", ""), SELECTION_LEAVE);
	assert_int_equal(judge(&s, "BLOBS", "", ""), SELECTION_LEAVE);
	assert_int_equal(judge(&s, "BLOB METADATA", "1", ""), SELECTION_LEAVE);
	assert_int_equal(
	    judge(&s, "COMMENT", "LARGE OBJECT 1", ""), SELECTION_LEAVE);
	assert_int_equal(
	    judge(&s, "PUBLICATION TABLE", "p t", ""), SELECTION_LEAVE);
	assert_int_equal(judge(&s, "STATISTICS", "x", ""), SELECTION_LEAVE);
	assert_int_equal(judge(&s, "STATISTICS DATA", "t", ""), SELECTION_TAKE);
	assert_int_equal(judge(&s, "EVENT TRIGGER", "e", ""), SELECTION_LEAVE);
	assert_int_equal(judge(&s, "TRIGGER", "t e", ""), SELECTION_TAKE);
	assert_int_equal(judge(&s, "COMMENT", "TABLE t", ""), SELECTION_TAKE);
	selection_free(&s);
}

static void
statistics_data_are_a_kind(void **state)
{
	static const char *const kinds[] = {"statistics data"};
	struct selection s = {.kinds = kinds, .nkinds = 1};

	(void)state;
	assert_int_equal(
	    judge(&s, "STATISTICS DATA", "t", ""), SELECTION_LEAVE);
	assert_int_equal(judge(&s, "STATISTICS", "x", ""), SELECTION_TAKE);
	assert_int_equal(judge(&s, "TABLE DATA", "t", ""), SELECTION_TAKE);
	selection_free(&s);
}

static void
a_kind_may_have_a_name(void **state)
{
	static const char *const kinds[] = {"extension pg_cron", "schema cron",
	    "Table Data cron.*", "comment EXTENSION *"};
	struct selection s = {.kinds = kinds, .nkinds = 4};
	struct header h = {
	    .type = "TABLE DATA", .schema = "cron", .name = "job"};
	struct plan p = {0};

	(void)state;
	assert_int_equal(
	    judge(&s, "EXTENSION", "pg_cron", ""), SELECTION_LEAVE);
	assert_int_equal(judge(&s, "EXTENSION", "pg_trgm", ""), SELECTION_TAKE);
	assert_int_equal(judge(&s, "TABLE", "pg_cron", ""), SELECTION_TAKE);
	assert_int_equal(
	    judge(&s, "ACL", "SCHEMA cron", "GRANT USAGE ON SCHEMA cron TO x"),
	    SELECTION_LEAVE);
	assert_int_equal(
	    judge(&s, "ACL", "TABLE cron", "GRANT SELECT ON TABLE cron TO x"),
	    SELECTION_TAKE);
	assert_int_equal(judge(&s, "COMMENT", "EXTENSION pg_trgm",
			     "COMMENT ON EXTENSION pg_trgm IS 'x'"),
	    SELECTION_LEAVE);
	assert_int_equal(selection_judge(&s, &h, &p), SELECTION_LEAVE);
	assert_int_equal(judge(&s, "TABLE DATA", "t", ""), SELECTION_TAKE);
	/* A table called data has to be left out by its name. */
	assert_int_equal(judge(&s, "TABLE", "cron", ""), SELECTION_TAKE);
	selection_free(&s);
}

static void
rows_of_foreign_tables_are_a_kind(void **state)
{
	static const char *const kinds[] = {"foreign table data"};
	struct selection s = {.kinds = kinds, .nkinds = 1};

	(void)state;
	assert_int_equal(judge(&s, "FOREIGN TABLE", "f", ""), SELECTION_TAKE);
	assert_int_equal(judge(&s, "TABLE DATA", "f", ""), SELECTION_LEAVE);
	assert_int_equal(judge(&s, "TABLE DATA", "t", ""), SELECTION_TAKE);
	selection_free(&s);
}

static void
what_is_deferred_is_not_left_out(void **state)
{
	static const char *const deferred[] = {"event trigger"};
	static const char *const kinds[] = {"comment"};
	struct selection s = {
	    .deferred = deferred, .ndeferred = 1, .kinds = kinds, .nkinds = 1};

	(void)state;
	assert_int_equal(judge(&s, "EVENT TRIGGER", "e", ""), SELECTION_DEFER);
	assert_int_equal(
	    judge(&s, "COMMENT", "EVENT TRIGGER e", ""), SELECTION_LEAVE);
	assert_int_equal(judge(&s, "TRIGGER", "t e", ""), SELECTION_TAKE);
	selection_free(&s);
}

static void
a_name_goes_with_all_that_is_its_own(void **state)
{
	static const char *const without[] = {"s.t", "f"};
	struct selection s = {.without = without, .nwithout = 2};

	(void)state;
	assert_int_equal(
	    judge(&s, "TABLE", "t", "CREATE TABLE s.t ()"), SELECTION_LEAVE);
	assert_int_equal(
	    judge(&s, "INDEX", "t_a", "CREATE INDEX t_a ON s.t (a)"),
	    SELECTION_LEAVE);
	assert_int_equal(judge(&s, "CONSTRAINT", "t t_pkey",
			     "ALTER TABLE ONLY s.t ADD CONSTRAINT t_pkey "
			     "PRIMARY KEY (a)"),
	    SELECTION_LEAVE);
	assert_int_equal(judge(&s, "INDEX ATTACH", "t_a",
			     "ALTER INDEX s.p_a ATTACH PARTITION s.t_a"),
	    SELECTION_LEAVE);
	assert_int_equal(
	    judge(&s, "COMMENT", "INDEX t_a", "COMMENT ON INDEX s.t_a IS 'x'"),
	    SELECTION_LEAVE);
	assert_int_equal(judge(&s, "STATISTICS DATA", "t_pkey", "SELECT 1"),
	    SELECTION_LEAVE);
	assert_int_equal(judge(&s, "FK CONSTRAINT", "u u_fkey",
			     "ALTER TABLE ONLY s.u ADD CONSTRAINT u_fkey "
			     "FOREIGN KEY (a) REFERENCES s.t(a)"),
	    SELECTION_LEAVE);
	assert_int_equal(
	    judge(&s, "FUNCTION", "f(integer)", "CREATE FUNCTION s.f"),
	    SELECTION_LEAVE);
	assert_int_equal(
	    judge(&s, "TABLE", "u", "CREATE TABLE s.u ()"), SELECTION_TAKE);
	assert_int_equal(
	    judge(&s, "SEQUENCE", "q", "CREATE SEQUENCE s.q"), SELECTION_HOLD);
	assert_int_equal(judge_held(&s, "q", "SEQUENCE OWNED BY", "q",
			     "ALTER SEQUENCE s.q OWNED BY s.t.a"),
	    SELECTION_LEAVE);
	assert_int_equal(
	    judge(&s, "SEQUENCE SET", "q", "SELECT setval"), SELECTION_LEAVE);
	assert_int_equal(judge_held(&s, "r", NULL, NULL, NULL), SELECTION_TAKE);
	selection_free(&s);
}

static void
a_table_comes_with_all_that_is_its_own(void **state)
{
	static const char *const tables[] = {"s.t", "u"};
	struct selection s = {.tables = tables, .ntables = 2};

	(void)state;
	assert_int_equal(judge(&s, "", "", "SELECT 1"), SELECTION_LEAVE);
	assert_int_equal(
	    judge(&s, "SCHEMA", "s", "CREATE SCHEMA s"), SELECTION_LEAVE);
	assert_int_equal(
	    judge(&s, "TABLE", "t", "CREATE TABLE s.t ()"), SELECTION_TAKE);
	assert_int_equal(
	    judge(&s, "TABLE", "v", "CREATE TABLE s.v ()"), SELECTION_LEAVE);
	assert_int_equal(judge(&s, "TABLE DATA", "t", "COPY s.t FROM stdin"),
	    SELECTION_TAKE);
	assert_int_equal(
	    judge(&s, "INDEX", "t_a", "CREATE INDEX t_a ON s.t (a)"),
	    SELECTION_TAKE);
	assert_int_equal(
	    judge(&s, "INDEX", "u_a", "CREATE INDEX u_a ON s.u (a)"),
	    SELECTION_TAKE);
	assert_int_equal(judge(&s, "INDEX ATTACH", "t_a",
			     "ALTER INDEX s.u_a ATTACH PARTITION s.t_a"),
	    SELECTION_TAKE);
	assert_int_equal(
	    judge(&s, "STATISTICS DATA", "t_a", "SELECT 1"), SELECTION_TAKE);
	assert_int_equal(judge(&s, "TABLE ATTACH", "t",
			     "ALTER TABLE s.u ATTACH PARTITION s.t DEFAULT"),
	    SELECTION_TAKE);
	assert_int_equal(judge(&s, "FK CONSTRAINT", "t k",
			     "ALTER TABLE s.t ADD CONSTRAINT k FOREIGN KEY (a) "
			     "REFERENCES s.v(a)"),
	    SELECTION_LEAVE);
	assert_int_equal(
	    judge(&s, "TRIGGER", "t g", "CREATE TRIGGER g AFTER INSERT ON s.t"),
	    SELECTION_LEAVE);
	assert_int_equal(
	    judge(&s, "COMMENT", "TABLE t", "COMMENT ON TABLE s.t IS 'x'"),
	    SELECTION_TAKE);
	assert_int_equal(
	    judge(&s, "COMMENT", "INDEX t_a", "COMMENT ON INDEX s.t_a IS 'x'"),
	    SELECTION_TAKE);
	assert_int_equal(
	    judge(&s, "COMMENT", "FUNCTION t()", "COMMENT ON FUNCTION s.t()"),
	    SELECTION_LEAVE);
	assert_int_equal(
	    judge(&s, "SEQUENCE", "q", "CREATE SEQUENCE s.q"), SELECTION_HOLD);
	assert_int_equal(judge_held(&s, "q", "SEQUENCE OWNED BY", "q",
			     "ALTER SEQUENCE s.q OWNED BY s.t.a"),
	    SELECTION_TAKE);
	assert_int_equal(judge(&s, "SEQUENCE OWNED BY", "q",
			     "ALTER SEQUENCE s.q OWNED BY s.t.a"),
	    SELECTION_TAKE);
	assert_int_equal(
	    judge(&s, "SEQUENCE SET", "q", "SELECT setval"), SELECTION_TAKE);
	assert_int_equal(
	    judge_held(&s, "r", NULL, NULL, NULL), SELECTION_LEAVE);
	assert_int_equal(judge(&s, "SEQUENCE", "t_id_seq",
			     "ALTER TABLE s.t ALTER COLUMN id ADD GENERATED"),
	    SELECTION_TAKE);
	selection_free(&s);
}

static void
owners_and_grants_are_left_out_by_themselves(void **state)
{
	struct selection s = {.no_owner = true};
	struct plan owner = {.kind = PLAN_OWNER}, grant = {.kind = PLAN_GRANT};

	(void)state;
	assert_true(selection_drops(&s, &owner));
	assert_false(selection_drops(&s, &grant));
	s = (struct selection){.no_grants = true};
	assert_false(selection_drops(&s, &owner));
	assert_true(selection_drops(&s, &grant));
}

static void
what_was_left_out_is_counted_by_kind(void **state)
{
	struct selection s = {0};
	struct header h = {.type = "COMMENT"};
	struct buffer text = {0};
	int i;

	(void)state;
	selection_count(&s, &h);
	selection_count(&s, &h);
	strcpy(h.type, "RULE");
	selection_count(&s, &h);
	selection_tell(&s, &text);
	assert_string_equal(text.data, "2 COMMENT, 1 RULE");
	for (i = 0; i < 2 * SELECTION_KINDS; i++) {
		h.type[0] = (char)('A' + i % 26);
		h.type[1] = (char)('A' + i / 26);
		selection_count(&s, &h);
	}
	assert_int_equal(s.nleft, SELECTION_KINDS);
	buffer_free(&text);
	selection_free(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(without_options_all_is_taken),
	    cmocka_unit_test(a_kind_goes_with_what_is_about_it),
	    cmocka_unit_test(statistics_data_are_a_kind),
	    cmocka_unit_test(a_kind_may_have_a_name),
	    cmocka_unit_test(rows_of_foreign_tables_are_a_kind),
	    cmocka_unit_test(what_is_deferred_is_not_left_out),
	    cmocka_unit_test(a_name_goes_with_all_that_is_its_own),
	    cmocka_unit_test(a_table_comes_with_all_that_is_its_own),
	    cmocka_unit_test(owners_and_grants_are_left_out_by_themselves),
	    cmocka_unit_test(what_was_left_out_is_counted_by_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
