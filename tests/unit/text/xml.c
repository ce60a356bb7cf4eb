/*
 * xml and json: which text each can carry, and how.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(markup_and_line_ends_are_escaped),
	    cmocka_unit_test(utf8_is_that_of_rfc_3629),
	    cmocka_unit_test(xml_carries_what_its_rule_2_2_names),
	    cmocka_unit_test(json_strings_lose_nothing),
	};

	return cmocka_run_group_tests_name("xml", tests, NULL, NULL);
}
