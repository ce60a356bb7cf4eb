/* Statements are held and given back in their order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sql/held.h"
static void
they_come_back_as_they_were(void **state)
{
	struct held h = {0};
	struct header header = {.type = "SEQUENCE"};
	struct held_statement *s;
	struct error e;

	(void)state;
	assert_null(held_next(&h));
	assert_int_equal(held_add(&h, &header, "one;", 3, 7, &e), 0);
	assert_int_equal(held_add(&h, &header, "two", 3, 8, &e), 0);
	assert_string_equal(h.header.type, "SEQUENCE");
	s = held_next(&h);
	assert_string_equal(s->text, "one");
	assert_int_equal(s->line, 7);
	held_statement_free(s);
	s = held_next(&h);
	assert_string_equal(s->text, "two");
	held_statement_free(s);
	assert_null(held_next(&h));
	assert_int_equal(held_add(&h, &header, "three", 5, 9, &e), 0);
	held_free(&h);
	assert_null(held_next(&h));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(they_come_back_as_they_were),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
