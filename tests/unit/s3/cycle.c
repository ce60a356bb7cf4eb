/*
 * cycle: every cycle is found, and nothing else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "s3/cycle.h"

/*
 * Walks: so many places, then round a cycle; returns after how many steps
 * that was noticed, 0 if it was not in `limit`.
 */
static unsigned
walk(unsigned before, unsigned around, unsigned limit)
{
	struct cycle c = {0};
	char place[16];
	unsigned i, at;
	int rc = 0;

	for (i = 0; i < limit && rc == 0; i++) {
		at = i < before ? i : before + (i - before) % around;
		snprintf(place, sizeof place, "%u", at);
		rc = cycle_add(&c, place);
		assert_int_not_equal(rc, -1);
	}
	cycle_free(&c);
	return rc == 1 ? i : 0;
}

static void
each_cycle_is_found(void **state)
{
	unsigned before, around, steps;

	(void)state;
	for (before = 0; before < 40; before++) {
		for (around = 1; around < 40; around++) {
			steps = walk(before, around, 1000);
			assert_true(steps > before + around);
			assert_true(steps <= 3 * (before + around) + 1);
		}
	}
}

static void
staying_is_found_at_once(void **state)
{
	unsigned before;

	(void)state;
	for (before = 0; before < 100; before++)
		assert_int_equal(walk(before, 1, 1000), before + 2);
}

static void
a_straight_walk_is_none(void **state)
{
	(void)state;
	assert_int_equal(walk(100000, 1, 100000), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_cycle_is_found),
	    cmocka_unit_test(staying_is_found_at_once),
	    cmocka_unit_test(a_straight_walk_is_none),
	};

	return cmocka_run_group_tests_name("cycle", tests, NULL, NULL);
}
