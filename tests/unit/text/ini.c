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
	reads("[other]\na=1\n[want]\na=2\n[other 2]\na=3\n[want 2]\na=4",
	    "a=2;a=4;");
	reads("[want]\r\na = 1\r\n", "a=1;");
	reads("[ want ]\nb\t= 2 \n", "b=2;");
	reads("[want]\na=\nb=c=d\n", "a=;b=c=d;");
	reads("[want]\n\n   \na=1\n\n", "a=1;");
	reads("[want]\nRegion: x:y\n", "region=x:y;");
	reads("[want]\n  a = 1\n  b = 2\n", "a=1;b=2;");
}

static void
comments_are_passed_over(void **state)
{
	(void)state;
	reads("# x\n; y\n[want] # z\na=1 # one\n  # in between\nb=2\n#d=4\n",
	    "a=1 # one;b=2;");
}

static void
comments_behind_values_are_cut(void **state)
{
	static const char *const cases[][2] = {{"1 # one", "1"},
	    {"2\t; two", "2"}, {"3#3", "3#3"}, {"", ""}, {"a #b #c", "a"}};
	char text[32];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		strcpy(text, cases[i][0]);
		ini_cut_comment(text);
		assert_string_equal(text, cases[i][1]);
	}
}

static void
values_go_on_where_lines_are_indented(void **state)
{
	(void)state;
	reads("[want]\ns3 =\n  a = 1\n\n\t[b]\nc=2\n", "s3=\na = 1\n[b];c=2;");
	reads("[want]\n p = one\n   two\n q = 1", "p=one\ntwo;q=1;");
	/* Nothing goes on behind a section's head. */
	reads("[want]\n a=1\n[other]\nb=2\n [want 2]\n", "a=1;");
}

static void
nested_settings_are_told_apart(void **state)
{
	struct buffer b = {0};
	struct error e;

	(void)state;
	buffer_puts(&b, "");
	assert_int_equal(ini_nested("plain = no", note, &b, &e), 0);
	assert_int_equal(ini_nested("\na = 1\nb=c = d", note, &b, &e), 0);
	assert_string_equal(b.data, "a=1;b=c = d;");
	assert_int_equal(ini_nested("\na", note, &b, &e), -1);
	assert_string_equal(e.text, "no setting");
	buffer_free(&b);
}

static void
other_lines_are_refused(void **state)
{
	(void)state;
	refuses("[want]\nnonsense\n", 16, "line 2: no setting");
	refuses("=1", 2, "line 1: no setting");
	refuses("a=1", 3, "line 1: a setting before the first section");
	refuses("[", 1, "line 1: no section");
	refuses("[]", 2, "line 1: no section");
	refuses("[a] b", 5, "line 1: no section");
	refuses("[want]\na=\0b\n", 12, "line 2: a NUL");
	refuses("[want]\n\nrefuse=secret\n \nb=1", 27, "line 3: refused");
	refuses("[want]\na=1\nb=2\nA=3", 18,
	    "line 4: a setting that stands there twice");
	refuses("[want]\n[x]\n[want]\n", 18,
	    "line 3: a section that stands there twice");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(wanted_settings_are_given),
	    cmocka_unit_test(comments_are_passed_over),
	    cmocka_unit_test(comments_behind_values_are_cut),
	    cmocka_unit_test(values_go_on_where_lines_are_indented),
	    cmocka_unit_test(nested_settings_are_told_apart),
	    cmocka_unit_test(other_lines_are_refused),
	};

	return cmocka_run_group_tests_name("ini", tests, NULL, NULL);
}
