/*
 * shellwords: words as a shell reads them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "text/shellwords.h"

static void
lines_are_split(void **state)
{
	static const struct {
		const char *line, *words;
		int n;
	} cases[] = {
	    {"", "", 0},
	    {"  ", "", 0},
	    {"profile x", "profile|x|", 2},
	    {" profile\t x ", "profile|x|", 2},
	    {"profile \"my own\"", "profile|my own|", 2},
	    {"profile 'my \"own\"'", "profile|my \"own\"|", 2},
	    {"profile my\\ own", "profile|my own|", 2},
	    {"a'b'\"c\"d ''", "abcd||", 2},
	    {"\"a\\\"b\\\\c\\d\"", "a\"b\\c\\d|", 1},
	    {"'a\\'", "a\\|", 1},
	    {"'a", NULL, -1},
	    {"\"a", NULL, -1},
	    {"a\\", NULL, -1},
	};
	struct buffer b;
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		memset(&b, 0, sizeof b);
		buffer_puts(&b, "");
		assert_int_equal(
		    shellwords_split(cases[i].line, &b), cases[i].n);
		for (j = 0; j < b.size; j++) {
			if (b.data[j] == '\0')
				b.data[j] = '|';
		}
		if (cases[i].words != NULL)
			assert_string_equal(b.data, cases[i].words);
		buffer_free(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_are_split),
	};

	return cmocka_run_group_tests_name("shellwords", tests, NULL, NULL);
}
