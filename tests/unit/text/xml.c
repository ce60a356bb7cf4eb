/*
 * xml and json: which text each can carry, and how; XML answers as elements.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/utf8.h"
#include "text/json.h"
#include "text/xml.h"

static void
markup_and_line_ends_are_escaped(void **state)
{
	struct buffer b = {0};

	(void)state;
	xml_escape(&b, "a<b>&\"'\t\r\n\xc3\xa9]]>");
	assert_string_equal(
	    b.data, "a&lt;b&gt;&amp;&quot;&apos;&#9;&#13;&#10;\xc3\xa9]]&gt;");
	buffer_free(&b);
}

static void
utf8_is_that_of_rfc_3629(void **state)
{
	static const char *const good[] = {"", "a", "\x7f", "\x01", "\xc2\x80",
	    "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
	    "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"};
	static const char *const bad[] = {"\x80", "\xbf", "\xc0\x80",
	    "\xc1\xbf", "\xc2", "\xc2x", "\xe0\x80\x80", "\xe0\x9f\xbf",
	    "\xed\xa0\x80", "\xed\xbf\xbf", "\xe2\x82", "\xf0\x80\x80\x80",
	    "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
	    "\xf0\x90\x80", "\xff", "\xfe", "ok\xff"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(utf8_valid(good[i]));
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_false(utf8_valid(bad[i]));
		assert_false(xml_carries(bad[i]));
	}
}

static void
xml_carries_what_its_rule_2_2_names(void **state)
{
	char c[2] = {0};
	int i;

	(void)state;
	for (i = 1; i < 0x80; i++) {
		c[0] = (char)i;
		assert_int_equal(xml_carries(c),
		    i >= 0x20 || i == '\t' || i == '\n' || i == '\r');
	}
	assert_true(xml_carries("\xef\xbf\xbd \xf0\x9f\x98\x80"));
	assert_false(xml_carries("\xef\xbf\xbe"));
	assert_false(xml_carries("\xef\xbf\xbf"));
	assert_false(xml_carries("long enough\x02"));
}

static void
json_strings_lose_nothing(void **state)
{
	static const struct {
		const char *text, *json;
	} strings[] = {
	    {"", "\"\""},
	    {"a/b c", "\"a/b c\""},
	    {"q\"b\\", "\"q\\\"b\\\\\""},
	    {"\t\n\x01\x1f\x7f", "\"\\u0009\\u000a\\u0001\\u001f\\u007f\""},
	    {"\xc3\xa9\xf0\x9f\x98\x80", "\"\xc3\xa9\xf0\x9f\x98\x80\""},
	    {"\xff\xc3", "\"\\udcff\\udcc3\""},
	    {"\xed\xa0\x80", "\"\\udced\\udca0\\udc80\""},
	    {"\xe2\x82x", "\"\\udce2\\udc82x\""},
	};
	struct buffer b = {0};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof strings / sizeof *strings; i++) {
		buffer_clear(&b);
		json_string(&b, strings[i].text);
		assert_string_equal(b.data, strings[i].json);
	}
	buffer_free(&b);
}

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
	struct xml_visitor v = {tell_leaf, tell_end, told};

	buffer_clear(told);
	return xml_parse(xml, strlen(xml), &v, e);
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

static void
a_field_is_found_below_the_root_only(void **state)
{
	static const char xml[] = "<R><A><U>no</U></A><U>yes</U></R>";
	static const char bad[] = "<Error><Code>X</Code></Error>";
	struct error e;
	char *value = xml_field(xml, strlen(xml), "R", "U", &e);

	(void)state;
	assert_non_null(value);
	assert_string_equal(value, "yes");
	free(value);
	assert_null(xml_field(xml, strlen(xml), "R", "V", &e));
	assert_null(xml_field(xml, strlen(xml), "S", "U", &e));
	assert_null(xml_field(xml, strlen(xml) - 1, "R", "U", &e));
	assert_null(xml_field(bad, strlen(bad), "R", "Code", &e));
	assert_non_null(strstr(e.text, "no <Code> in <R>"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(markup_and_line_ends_are_escaped),
	    cmocka_unit_test(utf8_is_that_of_rfc_3629),
	    cmocka_unit_test(xml_carries_what_its_rule_2_2_names),
	    cmocka_unit_test(json_strings_lose_nothing),
	    cmocka_unit_test(leaves_come_with_their_parents),
	    cmocka_unit_test(text_comes_decoded_and_whole),
	    cmocka_unit_test(what_is_not_well_formed_is_an_error),
	    cmocka_unit_test(a_document_type_is_refused),
	    cmocka_unit_test(depth_and_length_are_bounded),
	    cmocka_unit_test(a_visitor_ends_the_parse_with_its_own_error),
	    cmocka_unit_test(a_field_is_found_below_the_root_only),
	};

	return cmocka_run_group_tests_name("xml", tests, NULL, NULL);
}
