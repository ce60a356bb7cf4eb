/*
 * http: the headers of an answer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "net/http.h"

static const char lines[] = "HTTP/1.1 200 OK\r\nServer: a\r\n"
			    "ETag:  \"x y\" \t\r\nEmpty:\r\n"
			    "X-ETag: other\r\ncontent-LENGTH: 12\r\n"
			    "Date: Fri, 24 May 2013 00:00:00 GMT\r\n"
			    "ETag: second\r\n\r\n";

static void
headers_are_found_in_any_case(void **state)
{
	struct http_response r = {0};
	char buf[64];

	(void)state;
	assert_false(http_header(&r, "etag", buf, sizeof buf));
	assert_string_equal(buf, "");
	buffer_puts(&r.headers, lines);
	assert_true(http_header(&r, "etag", buf, sizeof buf));
	assert_string_equal(buf, "\"x y\"");
	assert_true(http_header(&r, "Content-Length", buf, sizeof buf));
	assert_string_equal(buf, "12");
	assert_true(http_header(&r, "x-etag", buf, sizeof buf));
	assert_string_equal(buf, "other");
	assert_true(http_header(&r, "empty", buf, sizeof buf));
	assert_string_equal(buf, "");
	assert_false(http_header(&r, "ETa", buf, sizeof buf));
	assert_false(http_header(&r, "tag", buf, sizeof buf));
	assert_false(http_header(&r, "HTTP/1.1 200 OK", buf, sizeof buf));
	http_response_free(&r);
}

static void
a_value_that_is_too_long_is_cut(void **state)
{
	struct http_response r = {0};
	char buf[4] = "zzz";

	(void)state;
	buffer_puts(&r.headers, "a: 12345\n");
	assert_true(http_header(&r, "a", buf, sizeof buf));
	assert_string_equal(buf, "123");
	http_response_free(&r);
}

static void
the_date_is_a_time(void **state)
{
	struct http_response r = {0};
	time_t t = 0;

	(void)state;
	assert_false(http_date(&r, &t));
	buffer_puts(&r.headers, lines);
	assert_true(http_date(&r, &t));
	assert_int_equal(t, 1369353600);
	buffer_clear(&r.headers);
	buffer_puts(&r.headers, "Date: yesterday\r\n");
	assert_false(http_date(&r, &t));
	http_response_free(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(headers_are_found_in_any_case),
	    cmocka_unit_test(a_value_that_is_too_long_is_cut),
	    cmocka_unit_test(the_date_is_a_time),
	};

	return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
