/* Names match patterns by their schema, stars and question marks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sql/pattern.h"
static void
a_name_is_one_in_any_schema(void **state)
{
	(void)state;
	assert_true(pattern_matches("t", "s", "t"));
	assert_true(pattern_matches("t", "", "t"));
	assert_false(pattern_matches("t", "s", "tt"));
	assert_false(pattern_matches("tt", "s", "t"));
	assert_false(pattern_matches("T", "s", "t"));
}

static void
a_dot_parts_schema_and_name_but_may_be_in_a_name(void **state)
{
	(void)state;
	assert_true(pattern_matches("s.t", "s", "t"));
	assert_true(pattern_matches("s.t", "x", "s.t"));
	assert_true(pattern_matches("a.b.c", "a.b", "c"));
	assert_true(pattern_matches("a.b.c", "a", "b.c"));
	assert_false(pattern_matches("s.t", "x", "t"));
	assert_false(pattern_matches("s.t", "", "t"));
}

static void
stars_stand_for_any_bytes(void **state)
{
	(void)state;
	assert_true(pattern_matches("*", "s", "t"));
	assert_true(pattern_matches("a*b*c", "", "a1b2b3c"));
	assert_false(pattern_matches("a*b*c", "", "a1b2b3"));
	assert_true(pattern_matches("ab***", "", "ab"));
	assert_true(pattern_matches("*.t", "any", "t"));
}

static void
a_question_mark_stands_for_one(void **state)
{
	(void)state;
	assert_true(pattern_matches("a?", "", "ab"));
	assert_false(pattern_matches("a?", "", "a"));
}

static void
nothing_matches_what_has_no_name(void **state)
{
	(void)state;
	assert_false(pattern_matches("*", "s", ""));
}

static void
many_stars_take_no_more_than_a_moment(void **state)
{
	char pattern[201], name[5001];
	int i;

	(void)state;
	for (i = 0; i < 200; i++)
		pattern[i] = i % 2 == 0 ? '*' : 'a';
	pattern[200] = '\0';
	memset(name, 'a', 5000);
	name[4999] = 'b';
	name[5000] = '\0';
	assert_false(pattern_matches(pattern, "", name));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_name_is_one_in_any_schema),
	    cmocka_unit_test(a_dot_parts_schema_and_name_but_may_be_in_a_name),
	    cmocka_unit_test(stars_stand_for_any_bytes),
	    cmocka_unit_test(a_question_mark_stands_for_one),
	    cmocka_unit_test(nothing_matches_what_has_no_name),
	    cmocka_unit_test(many_stars_take_no_more_than_a_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
