/*
 * patience: what an answer may take, by the size of the body and what was seen.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "net/patience.h"

enum { PART = 8 << 20, SHARES = PART / PATIENCE_SHARE };

static void
an_unknown_line_has_time_for_each_share(void **state)
{
	struct patience p = {60, 0};

	(void)state;
	assert_int_equal(patience_for(&p, 0), 60000);
	assert_int_equal(patience_for(&p, 1), 120000);
	assert_int_equal(patience_for(&p, PATIENCE_SHARE), 120000);
	assert_int_equal(patience_for(&p, PART), 60000 * (1 + SHARES));
}

static void
a_known_line_has_four_times_what_it_took(void **state)
{
	struct patience p = {60, 0};

	(void)state;
	patience_learn(&p, PART, 1600);
	assert_in_range(patience_for(&p, PART), 60000 + 6400, 60000 + 6500);
	/* But never more than one that is not known. */
	patience_learn(&p, PART, 100000000);
	assert_int_equal(patience_for(&p, PART), 60000 * (1 + SHARES));
}

static void
a_haste_fades_in_and_small_bodies_say_nothing(void **state)
{
	struct patience p = {60, 0};

	(void)state;
	patience_learn(&p, 1000, 5);
	assert_int_equal(p.pace, 0);
	patience_learn(&p, PATIENCE_SHARE, 1000);
	patience_learn(&p, PATIENCE_SHARE, 1);
	assert_int_equal(p.pace, 500);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_unknown_line_has_time_for_each_share),
	    cmocka_unit_test(a_known_line_has_four_times_what_it_took),
	    cmocka_unit_test(a_haste_fades_in_and_small_bodies_say_nothing),
	};

	return cmocka_run_group_tests_name("patience", tests, NULL, NULL);
}
