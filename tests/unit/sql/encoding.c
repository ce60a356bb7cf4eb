/* Which bytes of a character may look like ASCII. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sql/encoding.h"
static enum encoding
find(const char *name)
{
	return encoding_find(name, strlen(name));
}

static void
a_name_is_known_in_any_spelling(void **state)
{
	(void)state;
	assert_int_equal(find("SJIS"), ENCODING_SJIS);
	assert_int_equal(find("'shift_jis'"), ENCODING_SJIS);
	assert_int_equal(find("Shift_JIS_2004"), ENCODING_SJIS);
	assert_int_equal(find("BIG5"), ENCODING_DOUBLE);
	assert_int_equal(find("gb18030"), ENCODING_GB18030);
	assert_int_equal(find("JOHAB"), ENCODING_JOHAB);
	assert_int_equal(find("UTF8"), ENCODING_SAFE);
	assert_int_equal(find(""), ENCODING_SAFE);
	assert_int_equal(find("a name that is longer than any encoding's is"),
	    ENCODING_SAFE);
}

static void
ascii_is_alone_everywhere(void **state)
{
	int e;

	(void)state;
	for (e = ENCODING_SAFE; e <= ENCODING_GB18030; e++)
		assert_int_equal(encoding_trail((enum encoding)e, 'a'), 0);
}

static void
bytes_follow_a_first_byte(void **state)
{
	(void)state;
	assert_int_equal(encoding_trail(ENCODING_SAFE, 0xe3), 0);
	assert_int_equal(encoding_trail(ENCODING_SJIS, 0x83), 1);
	assert_int_equal(encoding_trail(ENCODING_SJIS, 0xb1), 0);
	assert_int_equal(encoding_trail(ENCODING_SJIS, 0xe0), 1);
	assert_int_equal(encoding_trail(ENCODING_DOUBLE, 0xa4), 1);
	assert_int_equal(encoding_trail(ENCODING_JOHAB, 0x8f), 2);
	assert_int_equal(encoding_trail(ENCODING_JOHAB, 0x90), 1);
}

static void
a_digit_makes_four_bytes_of_gb18030(void **state)
{
	(void)state;
	assert_int_equal(encoding_trail(ENCODING_GB18030, 0x81), 1);
	assert_int_equal(encoding_more(ENCODING_GB18030, '0'), 2);
	assert_int_equal(encoding_more(ENCODING_GB18030, 'a'), 0);
	assert_int_equal(encoding_more(ENCODING_SJIS, '0'), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_name_is_known_in_any_spelling),
	    cmocka_unit_test(ascii_is_alone_everywhere),
	    cmocka_unit_test(bytes_follow_a_first_byte),
	    cmocka_unit_test(a_digit_makes_four_bytes_of_gb18030),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
