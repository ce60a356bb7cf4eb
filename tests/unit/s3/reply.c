/*
 * reply: the answers of S3, and what is none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "s3/reply.h"

/* What a parse told, as "parent/name=text;" and "name.". */
static int
tell_leaf(void *ctx, const char *parent, const char *name, const char *text,
    struct error *e)
{
	if (strcmp(text, "stop") == 0)
		return error_set(e, ERROR_EXISTS, "told to stop");
	buffer_printf(ctx, "%s/%s=%s;", parent, name, text);
	return 0;
}

static int
tell_end(void *ctx, const char *name, struct error *e)
{
	(void)e;
	buffer_printf(ctx, "%s.", name);
	return 0;
}

static int
parse(const char *xml, struct buffer *told, struct error *e)
{
	struct reply_visitor v = {tell_leaf, tell_end, told};

	buffer_clear(told);
	return reply_parse(xml, strlen(xml), &v, e);
}

static void
leaves_come_with_their_parents(void **state)
{
	struct buffer told = {0};
	struct error e;

	(void)state;
	assert_int_equal(parse("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
			       "<R xmlns=\"http://s3.amazonaws.com/doc/\">\n"
			       " <A x=\"y\">1</A><B/>\n"
			       " <C><A>2</A></C><C>  </C>\n</R>\n",
			     &told, &e),
	    0);
	assert_string_equal(told.data, "R/A=1;R/B=;C/A=2;C.R/C=  ;R.");
	assert_int_equal(
	    parse("<s:R xmlns:s=\"urn:x\"><s:A>1</s:A></s:R>", &told, &e), 0);
	assert_string_equal(told.data, "R/A=1;R.");
	buffer_free(&told);
}

static void
text_comes_decoded_and_whole(void **state)
{
	struct buffer told = {0};
	struct error e;

	(void)state;
	assert_int_equal(
	    parse("<R><A>a&lt;&#233;&#xd;&amp;<![CDATA[<&]]>z</A></R>", &told,
		&e),
	    0);
	assert_string_equal(told.data, "R/A=a<\xc3\xa9\r&<&z;R.");
	buffer_free(&told);
}

static void
what_is_not_well_formed_is_an_error(void **state)
{
	static const char *const bad[] = {"", " ", "x", "<R>", "<R><A></R>",
	    "<R></R><S></S>", "<R></R>x", "<R><A>1</A>", "<R>&nbsp;</R>",
	    "<R>\x01</R>", "<R>\xff</R>", "<html><p>oops<br></html>",
	    "{\"error\":1}"};
	struct buffer told = {0};
	struct error e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		e.text[0] = '\0';
		assert_int_equal(parse(bad[i], &told, &e), -1);
		assert_non_null(strstr(e.text, "XML"));
	}
	buffer_free(&told);
}

static void
a_document_type_is_refused(void **state)
{
	struct buffer told = {0};
	struct error e;

	(void)state;
	assert_int_equal(
	    parse("<!DOCTYPE R [<!ENTITY a \"aaaaaaaaaa\">]><R>&a;</R>", &told,
		&e),
	    -1);
	assert_non_null(strstr(e.text, "document type"));
	assert_int_equal(parse("<!DOCTYPE R SYSTEM \"file:///etc/passwd\">"
			       "<R><A>1</A></R>",
			     &told, &e),
	    -1);
	assert_int_equal(told.size, 0);
	buffer_free(&told);
}

static void
depth_and_length_are_bounded(void **state)
{
	struct buffer xml = {0}, told = {0};
	struct error e;
	int i;

	(void)state;
	assert_int_equal(
	    parse("<a><b><c><d><e><f><g><h>1</h></g></f></e></d></c></b></a>",
		&told, &e),
	    0);
	assert_int_equal(
	    parse("<a><b><c><d><e><f><g><h><i>1</i></h></g></f></e></d></c>"
		  "</b></a>",
		&told, &e),
	    -1);
	assert_non_null(strstr(e.text, "nested"));
	buffer_puts(&xml, "<R><A>");
	for (i = 0; i <= 1 << 20; i++)
		buffer_puts(&xml, "x");
	buffer_puts(&xml, "</A></R>");
	assert_int_equal(parse(xml.data, &told, &e), -1);
	assert_non_null(strstr(e.text, "too long"));
	buffer_free(&xml);
	buffer_free(&told);
}

static void
a_visitor_ends_the_parse_with_its_own_error(void **state)
{
	struct buffer told = {0};
	struct error e;

	(void)state;
	assert_int_equal(
	    parse("<R><A>1</A><A>stop</A><A>2</A></R>", &told, &e), -1);
	assert_int_equal(e.status, ERROR_EXISTS);
	assert_string_equal(told.data, "R/A=1;");
	buffer_free(&told);
}

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

static void
a_field_is_found_below_the_root_only(void **state)
{
	static const char xml[] = "<R><A><U>no</U></A><U>yes</U></R>";
	static const char bad[] = "<Error><Code>X</Code></Error>";
	struct error e;
	char *value = reply_field(xml, strlen(xml), "R", "U", &e);

	(void)state;
	assert_non_null(value);
	assert_string_equal(value, "yes");
	free(value);
	assert_null(reply_field(xml, strlen(xml), "R", "V", &e));
	assert_null(reply_field(xml, strlen(xml), "S", "U", &e));
	assert_null(reply_field(xml, strlen(xml) - 1, "R", "U", &e));
	assert_null(reply_field(bad, strlen(bad), "R", "Code", &e));
	assert_non_null(strstr(e.text, "no <Code> in <R>"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(leaves_come_with_their_parents),
	    cmocka_unit_test(text_comes_decoded_and_whole),
	    cmocka_unit_test(what_is_not_well_formed_is_an_error),
	    cmocka_unit_test(a_document_type_is_refused),
	    cmocka_unit_test(depth_and_length_are_bounded),
	    cmocka_unit_test(a_visitor_ends_the_parse_with_its_own_error),
	    cmocka_unit_test(an_error_tells_code_and_message),
	    cmocka_unit_test(an_error_with_details_is_still_one),
	    cmocka_unit_test(an_error_that_is_not_the_root_is_none),
	    cmocka_unit_test(a_long_message_is_cut),
	    cmocka_unit_test(a_field_is_found_below_the_root_only),
	};

	return cmocka_run_group_tests_name("reply", tests, NULL, NULL);
}
