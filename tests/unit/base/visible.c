/*
 * visible: what a terminal is shown of any bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buffer.h"
#include "base/report.h"
#include "base/visible.h"

static const struct {
	const char *text, *shown;
} cases[] = {
    {"", ""},
    {"plain \xc3\xa9 \xe2\x98\x83 \xf0\x9f\x98\x80", NULL},
    {"a\tb\\x1b", NULL},
    {"\x1b[2J\x7f\n\r", "\\x1b[2J\\x7f\\x0a\\x0d"},
    {"\xc2\x9b"
     "2J\xc2\x80\xc2\xa0",
	"\\xc2\\x9b2J\\xc2\\x80\xc2\xa0"},
    {"\x9b\xff\xe2\x98", "\\x9b\\xff\\xe2\\x98"},
    {"\xc0\x9b", "\\xc0\\x9b"},
};

static const char *
shown(size_t i)
{
	return cases[i].shown != NULL ? cases[i].shown : cases[i].text;
}

static void
nothing_steers_a_terminal(void **state)
{
	struct buffer b = {0};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		buffer_clear(&b);
		buffer_puts(&b, "");
		visible_add(&b, cases[i].text, true);
		assert_string_equal(b.data != NULL ? b.data : "", shown(i));
	}
	buffer_free(&b);
}

static void
elsewhere_bytes_are_themselves(void **state)
{
	struct buffer b = {0};
	size_t i;

	(void)state;
	for (i = 1; i < sizeof cases / sizeof *cases; i++) {
		buffer_clear(&b);
		visible_add(&b, cases[i].text, false);
		assert_string_equal(b.data, cases[i].text);
	}
	buffer_free(&b);
}

static void
a_report_is_visible_and_fits(void **state)
{
	char line[64];
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		n = report_line(line, sizeof line, "%s", cases[i].text);
		assert_true(n < sizeof line);
		line[n - 1] = '\0';
		assert_string_equal(line + sizeof "s3pipe: " - 1, shown(i));
	}
	for (i = 10; i < 40; i++) {
		n = report_line(
		    line, i, "\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b");
		assert_true(n <= i);
		assert_int_equal(line[n - 1], '\n');
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_steers_a_terminal),
	    cmocka_unit_test(elsewhere_bytes_are_themselves),
	    cmocka_unit_test(a_report_is_visible_and_fits),
	};

	return cmocka_run_group_tests_name("visible", tests, NULL, NULL);
}
