/* The comments that pg_dump writes before objects are read as they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sql/header.h"
static struct header h;

static bool
parse(const char *line)
{
	return header_parse(&h, line, strlen(line));
}

static void
an_object_has_type_schema_name_and_owner(void **state)
{
	(void)state;
	assert_true(
	    parse("-- Name: foo; Type: TABLE; Schema: public; Owner: bob"));
	assert_string_equal(h.type, "TABLE");
	assert_string_equal(h.schema, "public");
	assert_string_equal(h.name, "foo");
	assert_string_equal(h.owner, "bob");
}

static void
data_and_statistics_are_objects_too(void **state)
{
	(void)state;
	assert_true(parse("-- Data for Name: foo; Type: TABLE DATA; "
			  "Schema: public; Owner: bob"));
	assert_string_equal(h.type, "TABLE DATA");
	assert_true(parse("-- Statistics for Name: foo; Type: STATISTICS DATA; "
			  "Schema: public; Owner: -"));
	assert_string_equal(h.type, "STATISTICS DATA");
	assert_string_equal(h.owner, "");
}

static void
a_dash_is_no_schema(void **state)
{
	(void)state;
	assert_true(parse("-- Name: app; Type: SCHEMA; Schema: -; Owner: bob"));
	assert_string_equal(h.schema, "");
}

static void
a_tablespace_is_no_part_of_the_owner(void **state)
{
	(void)state;
	assert_true(parse("-- Name: a; Type: TABLE; Schema: s; Owner: bob; "
			  "Tablespace: fast"));
	assert_string_equal(h.owner, "bob");
}

static void
a_name_may_hold_what_looks_like_a_mark(void **state)
{
	(void)state;
	assert_true(parse("-- Name: x; Type: VIEW; Schema: y; Owner: z; Type: "
			  "TABLE; Schema: s; Owner: bob"));
	assert_string_equal(h.name, "x; Type: VIEW; Schema: y; Owner: z");
	assert_string_equal(h.type, "TABLE");
}

static void
a_long_name_is_cut(void **state)
{
	char line[2000] = "-- Name: ";

	(void)state;
	memset(line + 9, 'x', 1000);
	strcpy(line + 1009, "; Type: TABLE; Schema: s; Owner: bob");
	assert_true(parse(line));
	assert_int_equal(strlen(h.name), HEADER_TEXT - 1);
}

static void
other_comments_are_no_headers(void **state)
{
	(void)state;
	assert_false(parse("--"));
	assert_false(parse("-- Started on 2026-11-27"));
	assert_false(parse("-- Name: foo"));
	assert_false(parse("-- Name: foo; Type: TABLE"));
	assert_false(parse("-- Name: foo; Owner: bob"));
	assert_false(parse("-- Name: foo; Schema: s; Owner: bob"));
}

static void
a_label_has_a_schema_where_there_is_one(void **state)
{
	char buf[64];

	(void)state;
	parse("-- Name: foo; Type: TABLE; Schema: s; Owner: bob");
	assert_string_equal(header_label(&h, buf, sizeof buf), "TABLE s.foo");
	parse("-- Name: s; Type: SCHEMA; Schema: -; Owner: bob");
	assert_string_equal(header_label(&h, buf, sizeof buf), "SCHEMA s");
}

static void
the_ends_of_dumps_are_known(void **state)
{
	static const char end[] = "-- PostgreSQL database dump complete";
	static const char cluster[] = "-- PostgreSQL database cluster dump";

	(void)state;
	assert_true(header_is_end(end, strlen(end)));
	assert_false(header_is_end(end, strlen(end) - 1));
	assert_true(header_is_cluster(cluster, strlen(cluster)));
	assert_false(header_is_cluster(end, strlen(end)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_object_has_type_schema_name_and_owner),
	    cmocka_unit_test(data_and_statistics_are_objects_too),
	    cmocka_unit_test(a_dash_is_no_schema),
	    cmocka_unit_test(a_tablespace_is_no_part_of_the_owner),
	    cmocka_unit_test(a_name_may_hold_what_looks_like_a_mark),
	    cmocka_unit_test(a_long_name_is_cut),
	    cmocka_unit_test(other_comments_are_no_headers),
	    cmocka_unit_test(a_label_has_a_schema_where_there_is_one),
	    cmocka_unit_test(the_ends_of_dumps_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
