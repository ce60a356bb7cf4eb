/*
 * ini: the settings of the sections that are wanted, and no others.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/buffer.h"
#include "text/ini.h"

static int
wanted(void *ctx, const char *section)
{
	(void)ctx;
	return strncmp(section, "want", 4) == 0;
}

static int
note(void *ctx, const char *name, const char *value, struct error *e)
{
	if (strcmp(name, "refuse") == 0)
		return error_set(e, ERROR_FAILED, "refused");
	buffer_printf(ctx, "%s=%s;", name, value);
	return 0;
}

static void
reads(const char *text, const char *settings)
{
	struct buffer b = {0};
	struct ini_visitor v = {wanted, note, &b};
	struct error e;

	buffer_puts(&b, "");
	assert_int_equal(ini_parse(text, strlen(text), &v, &e), 0);
	assert_string_equal(b.data, settings);
	buffer_free(&b);
}

static void
refuses(const char *text, size_t size, const char *words)
{
	struct buffer b = {0};
	struct ini_visitor v = {wanted, note, &b};
	struct error e;

	assert_int_equal(ini_parse(text, size, &v, &e), -1);
	assert_string_equal(e.text, words);
	buffer_free(&b);
}

static void
wanted_settings_are_given(void **state)
{
	(void)state;
	reads("", "");
	reads("a=1\n[want]\na=2\n[other]\na=3\n[want 2]\na=4", "a=2;a=4;");
	reads("[want]\r\na = 1\r\n", "a=1;");
	reads("[ want ]\n a=inner\nb\t= 2 \n", "b=2;");
	reads("[want]\na=\nb=c=d\n", "a=;b=c=d;");
	reads("[want]\n\n   \na=1\n\n", "a=1;");
}

static void
comments_are_passed_over(void **state)
{
	(void)state;
	reads("# x\n; y\n[want] # z\na=1 # one\nb=2 ; two\nc=3#3\n#d=4\n",
	    "a=1;b=2;c=3#3;");
}

static void
inner_settings_are_passed_over(void **state)
{
	(void)state;
	reads("[want]\ns3 =\n  a = 1\n\tb\n  no setting at all\nc=2\n",
	    "s3=;c=2;");
}

static void
other_lines_are_refused(void **state)
{
	(void)state;
	refuses("[want]\nnonsense\n", 16, "line 2: no setting");
	refuses("=1", 2, "line 1: no setting");
	refuses("[", 1, "line 1: no section");
	refuses("[]", 2, "line 1: no section");
	refuses("[a] b", 5, "line 1: no section");
	refuses("[want]\na=\0b\n", 12, "line 2: a NUL");
	refuses("[want]\n\nrefuse=secret\n", 22, "line 3: refused");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(wanted_settings_are_given),
	    cmocka_unit_test(comments_are_passed_over),
	    cmocka_unit_test(inner_settings_are_passed_over),
	    cmocka_unit_test(other_lines_are_refused),
	};

	return cmocka_run_group_tests_name("ini", tests, NULL, NULL);
}
