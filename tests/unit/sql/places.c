/* The line of the dump is found that a row stood in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sql/places.h"
static void
a_row_is_counted_from_its_block(void **state)
{
	struct places p = {0};

	(void)state;
	places_add(&p, 100, 10);
	places_add(&p, 500, 10);
	assert_int_equal(places_find(&p, "COPY t, line 1"), 100);
	assert_int_equal(places_find(&p, "COPY t, line 10, column a"), 109);
	assert_int_equal(
	    places_find(&p, "COPY t, line 11, column a: \"x\""), 500);
}

static void
the_copy_need_not_stand_first(void **state)
{
	struct places p = {0};

	(void)state;
	places_add(&p, 7, 10);
	assert_int_equal(places_find(&p,
			     "PL/pgSQL function f(), line 3 at RAISE\n"
			     "COPY t, line 2: \"x\""),
	    8);
}

static void
what_names_no_row_is_0(void **state)
{
	struct places p = {0};

	(void)state;
	assert_int_equal(places_find(&p, "COPY t, line 1"), 0);
	places_add(&p, 7, 10);
	assert_int_equal(places_find(&p, ""), 0);
	assert_int_equal(places_find(&p, "SQL function f, line 3"), 0);
	assert_int_equal(places_find(&p, "COPY t"), 0);
	assert_int_equal(places_find(&p, "COPY t, line x"), 0);
}

static void
the_last_blocks_are_remembered(void **state)
{
	struct places p = {0};
	uint64_t i;

	(void)state;
	for (i = 0; i < PLACES_BLOCKS + 1; i++)
		places_add(&p, 1000 * i, 1);
	assert_int_equal(places_find(&p, "COPY t, line 65"), 64000);
	assert_int_equal(places_find(&p, "COPY t, line 2"), 1000);
	assert_int_equal(places_find(&p, "COPY t, line 1"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_row_is_counted_from_its_block),
	    cmocka_unit_test(the_copy_need_not_stand_first),
	    cmocka_unit_test(what_names_no_row_is_0),
	    cmocka_unit_test(the_last_blocks_are_remembered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
