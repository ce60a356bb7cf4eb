/*
 * reply: the errors of S3, and what is none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/buffer.h"
#include "s3/reply.h"

static bool
is_error(const char *xml, struct reply_error *r)
{
	return reply_error(xml, strlen(xml), r);
}

static void
an_error_tells_code_and_message(void **state)
{
	struct reply_error r;

	(void)state;
	assert_true(is_error("<?xml version=\"1.0\"?><Error><Code>NoSuchKey"
			     "</Code><Message>It is not there</Message>"
			     "<Region>eu-x</Region><Endpoint>h</Endpoint>"
			     "<RequestId>42</RequestId><Foo>1</Foo></Error>",
	    &r));
	assert_string_equal(r.code, "NoSuchKey");
	assert_string_equal(r.message, "It is not there");
	assert_string_equal(r.request_id, "42");
	assert_string_equal(r.region, "eu-x");
	assert_string_equal(r.endpoint, "h");
}

static void
an_error_with_details_is_still_one(void **state)
{
	struct reply_error r;

	(void)state;
	assert_true(is_error("<Error><Code>InvalidArgument</Code>"
			     "<Details><Reason>x</Reason></Details>"
			     "<RequestId>42</RequestId></Error>",
	    &r));
	assert_string_equal(r.code, "InvalidArgument");
	assert_string_equal(r.request_id, "42");
}

static void
an_error_that_is_not_the_root_is_none(void **state)
{
	static const char *const others[] = {"", "oops", "<Error>", "<Error/>",
	    "<Error></Error>", "<Error><Code></Code></Error>",
	    "<Error><Code>X</Code>", "<R><Code>X</Code></R>",
	    "<DeleteResult><Error><Code>X</Code></Error></DeleteResult>",
	    "<R><Error><Code>X</Code></Error><A><K>k</K></A></R>"};
	struct reply_error r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof others / sizeof *others; i++) {
		assert_false(is_error(others[i], &r));
		assert_string_equal(r.code, "");
	}
}

static void
a_long_message_is_cut(void **state)
{
	struct reply_error r;
	struct buffer xml = {0};
	int i;

	(void)state;
	buffer_puts(&xml, "<Error><Code>X</Code><Message>");
	for (i = 0; i < 5000; i++)
		buffer_puts(&xml, "m");
	buffer_puts(&xml, "</Message></Error>");
	assert_true(is_error(xml.data, &r));
	assert_int_equal(strlen(r.message), sizeof r.message - 1);
	buffer_free(&xml);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_error_tells_code_and_message),
	    cmocka_unit_test(an_error_with_details_is_still_one),
	    cmocka_unit_test(an_error_that_is_not_the_root_is_none),
	    cmocka_unit_test(a_long_message_is_cut),
	};

	return cmocka_run_group_tests_name("reply", tests, NULL, NULL);
}
