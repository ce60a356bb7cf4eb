/* What the server says becomes one line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sql/answer.h"
static void
line(const char *from, size_t size, const char *wanted)
{
	char to[64];

	answer_line(to, size, from);
	assert_string_equal(to, wanted);
}

static void
newlines_and_tabs_are_blanks(void **state)
{
	(void)state;
	line("a\n\tb\n", 64, "a b");
	line("\n\na", 64, "a");
	line("a \n", 64, "a");
	line("", 64, "");
}

static void
what_is_too_long_is_cut(void **state)
{
	(void)state;
	line("abcdef", 4, "abc");
	line("ab\ncd", 4, "ab");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(newlines_and_tabs_are_blanks),
	    cmocka_unit_test(what_is_too_long_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
