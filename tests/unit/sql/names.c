/* A set of names holds each once, however many there are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sql/names.h"
#include "base/buffer.h"
static void
a_schema_is_part_of_a_name(void **state)
{
	struct names n = {0};

	(void)state;
	assert_false(names_has(&n, "a", "b"));
	assert_int_equal(names_add(&n, "a", "b"), 0);
	assert_true(names_has(&n, "a", "b"));
	assert_false(names_has(&n, "", "b"));
	assert_false(names_has(&n, "ab", ""));
	assert_false(names_has(&n, "b", "a"));
	names_free(&n);
}

static void
ten_thousand_are_found_again(void **state)
{
	struct names n = {0};
	struct buffer name = {0};
	int i, twice;

	(void)state;
	for (twice = 0; twice < 2; twice++) {
		for (i = 0; i < 10000; i++) {
			buffer_clear(&name);
			buffer_printf(&name, "t%d", i);
			assert_int_equal(names_add(&n, "s", name.data), 0);
		}
	}
	assert_int_equal(n.count, 10000);
	for (i = 0; i < 10000; i++) {
		buffer_clear(&name);
		buffer_printf(&name, "t%d", i);
		assert_true(names_has(&n, "s", name.data));
	}
	assert_false(names_has(&n, "s", "t10000"));
	buffer_free(&name);
	names_free(&n);
	assert_false(names_has(&n, "s", "t1"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_schema_is_part_of_a_name),
	    cmocka_unit_test(ten_thousand_are_found_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
