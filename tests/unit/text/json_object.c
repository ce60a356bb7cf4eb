/*
 * json_object: whole objects only, their plain members exactly.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "text/json_object.h"

/* Notes each member as "name=value;". */
static int
note(void *ctx, const char *name, const char *value, struct error *e)
{
	struct buffer *b = ctx;

	if (strcmp(name, "refuse") == 0)
		return error_set(e, ERROR_USAGE, "refused");
	buffer_printf(b, "%s=%s;", name, value);
	return 0;
}

static void
reads(const char *text, const char *members)
{
	struct buffer b = {0};
	struct error e;

	buffer_puts(&b, "");
	assert_int_equal(json_object(text, strlen(text), note, &b, &e), 0);
	assert_string_equal(b.data, members);
	buffer_free(&b);
}

static void
refuses(const char *text, size_t size)
{
	struct buffer b = {0};
	struct error e;

	assert_int_equal(json_object(text, size, note, &b, &e), -1);
	assert_string_equal(e.text, "the JSON is broken");
	buffer_free(&b);
}

static void
plain_members_are_given(void **state)
{
	(void)state;
	reads("{}", "");
	reads(" {\n\t\"a\" : \"b\" }\r\n", "a=b;");
	reads("{\"a\":\"\",\"n\":-1.5e+3,\"t\":true,\"f\":false,\"z\":0}",
	    "a=;n=-1.5e+3;t=true;f=false;z=0;");
	reads("{\"a\":null,\"b\":[1,\"x\",{\"c\":2},[]],\"d\":{\"e\":\"f\"},"
	      "\"g\":\"h\"}",
	    "g=h;");
	reads("{\"a\":\"1\",\"a\":\"2\"}", "a=1;a=2;");
}

static void
escapes_are_undone(void **state)
{
	(void)state;
	reads("{\"\\u0061\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}",
	    "a=\"\\/\b\f\n\r\t;");
	reads("{\"a\":\"\\u00e9\\u2603\\ud83d\\ude00\"}",
	    "a=\xc3\xa9\xe2\x98\x83\xf0\x9f\x98\x80;");
	reads("{\"a\":\"\xc3\xa9\"}", "a=\xc3\xa9;");
}

static void
what_is_no_object_is_refused(void **state)
{
	static const char *const broken[] = {"", "null", "[]", "\"a\"", "{",
	    "}", "{}{}", "{} x", "{\"a\"}", "{\"a\":}", "{\"a\":1,}",
	    "{,\"a\":1}", "{a:1}", "{\"a\":1 \"b\":2}", "{\"a\":01}",
	    "{\"a\":1.}", "{\"a\":.5}", "{\"a\":1e}", "{\"a\":+1}", "{\"a\":-}",
	    "{\"a\":tru}", "{\"a\":nullx}", "{\"a\":\"b}", "{\"a\":\"\n\"}",
	    "{\"a\":\"\\x\"}", "{\"a\":\"\\u12\"}", "{\"a\":\"\\u0000\"}",
	    "{\"a\":\"\\ud800\"}", "{\"a\":\"\\ud800\\u0041\"}",
	    "{\"a\":\"\\udc00\"}", "{\"a\":[1,]}", "{\"a\":[1}",
	    "{\"a\":{\"b\":[}}", "{\"a\":\"\\"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof broken / sizeof *broken; i++)
		refuses(broken[i], strlen(broken[i]));
	refuses("{\"a\":\"b\0c\"}", 11);
	refuses("{\"a\":1}\0", 8);
	refuses("{\"a\":\0}", 7);
}

/* A text that is cut anywhere is broken, and is not read past its end. */
static void
every_cut_is_refused(void **state)
{
	static const char text[] =
	    "{\"a\":\"\\u00e9\\ud83d\\ude00\",\"b\":[true,-1.5e3],\"c\":null}";
	char copy[sizeof text];
	size_t n;

	(void)state;
	for (n = 0; n < sizeof text - 1; n++) {
		memset(copy, '"', sizeof copy);
		memcpy(copy, text, n);
		refuses(copy, n);
	}
}

static void
depth_is_limited(void **state)
{
	char text[4096] = "{\"a\":";
	size_t i;

	(void)state;
	for (i = 0; i < 2000; i++)
		strcat(text, "[");
	refuses(text, strlen(text));
	reads("{\"a\":[[[[[[[[[[[[]]]]]]]]]]]]}", "");
}

static void
a_member_can_end_it(void **state)
{
	static const char text[] = "{\"refuse\":1";
	struct buffer b = {0};
	struct error e;

	(void)state;
	assert_int_equal(json_object(text, strlen(text), note, &b, &e), -1);
	assert_int_equal(e.status, ERROR_USAGE);
	assert_string_equal(e.text, "refused");
	buffer_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(plain_members_are_given),
	    cmocka_unit_test(escapes_are_undone),
	    cmocka_unit_test(what_is_no_object_is_refused),
	    cmocka_unit_test(every_cut_is_refused),
	    cmocka_unit_test(depth_is_limited),
	    cmocka_unit_test(a_member_can_end_it),
	};

	return cmocka_run_group_tests_name("json_object", tests, NULL, NULL);
}
