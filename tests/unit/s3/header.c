/*
 * header: which headers a user may add to an object.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "s3/header.h"

static void
lines_and_metadata_are_taken(void **state)
{
	struct header_list l = {0};
	struct error e;

	(void)state;
	assert_int_equal(header_add_line(&l, "A:b", &e), 0);
	assert_int_equal(header_add_line(&l, "x-c:  d: e", &e), 0);
	assert_int_equal(header_add_metadata(&l, "by=a=b", &e), 0);
	assert_int_equal(header_add_line(&l, "Empty:", &e), 0);
	assert_int_equal(l.n, 4);
	assert_string_equal(l.pairs[0].name, "A");
	assert_string_equal(l.pairs[0].value, "b");
	assert_string_equal(l.pairs[1].value, "d: e");
	assert_string_equal(l.pairs[2].name, "x-amz-meta-by");
	assert_string_equal(l.pairs[2].value, "a=b");
	assert_string_equal(l.pairs[3].value, "");
	header_free(&l);
	assert_int_equal(l.n, 0);
}

static void
the_last_of_a_name_holds(void **state)
{
	struct header_list l = {0};
	struct error e;

	(void)state;
	assert_int_equal(header_add(&l, "Content-Type", "a/b", &e), 0);
	assert_int_equal(header_add_line(&l, "content-type: c/d", &e), 0);
	assert_int_equal(l.n, 1);
	assert_string_equal(l.pairs[0].value, "c/d");
	header_free(&l);
}

static void
what_is_ours_is_refused_in_any_case(void **state)
{
	static const char *const ours[] = {"Authorization", "authorization",
	    "HOST", "Connection", "Content-Length", "Content-MD5", "Expect",
	    "If-Match", "If-None-Match", "Range", "Transfer-Encoding",
	    "x-amz-content-sha256", "X-Amz-Copy-Source", "X-Amz-Date",
	    "X-Amz-Security-Token", "x-amz-meta-S3PIPE-id",
	    "x-amz-server-side-encryption-customer-key",
	    "X-Amz-Server-Side-Encryption-Customer-Algorithm"};
	struct header_list l = {0};
	struct error e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof ours / sizeof *ours; i++) {
		assert_int_equal(header_add(&l, ours[i], "x", &e), -1);
		assert_int_equal(e.status, ERROR_USAGE);
		assert_non_null(strstr(e.text, ours[i]));
	}
	assert_int_equal(header_add_metadata(&l, "s3pipe-id=x", &e), -1);
	assert_int_equal(l.n, 0);
	assert_int_equal(
	    header_add(&l, "x-amz-server-side-encryption", "AES256", &e), 0);
	assert_int_equal(header_add(&l, "Range-X", "1", &e), 0);
	header_free(&l);
}

static void
what_is_no_header_is_refused(void **state)
{
	static const char *const bad[] = {"", ":", ": x", "x", "a b: c",
	    "a : b", "\xc3\xa9: x", "a(b): c", "a: b\r\nc: d", "a: b\nc",
	    "a: \x01", "a: \x7f", "a: x\ty"};
	char line[400];
	struct header_list l = {0};
	struct error e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(header_add_line(&l, bad[i], &e), -1);
		assert_int_equal(e.status, ERROR_USAGE);
		assert_memory_equal(e.text, "-H: ", 4);
	}
	assert_int_equal(header_add_metadata(&l, "=x", &e), -1);
	assert_memory_equal(e.text, "-m: ", 4);
	assert_int_equal(header_add_metadata(&l, "x", &e), -1);
	memset(line, 'n', sizeof line);
	memcpy(line + sizeof line - 3, ":x", 3);
	assert_int_equal(header_add_line(&l, line, &e), -1);
	assert_int_equal(l.n, 0);
}

static void
there_are_so_many_and_no_more(void **state)
{
	struct header_list l = {0};
	struct error e;
	char name[16];
	int i;

	(void)state;
	for (i = 0; i < HEADER_MAX; i++) {
		snprintf(name, sizeof name, "n%d", i);
		assert_int_equal(header_add(&l, name, "x", &e), 0);
	}
	assert_int_equal(header_add(&l, "other", "x", &e), -1);
	assert_int_equal(header_add(&l, "N7", "y", &e), 0);
	assert_int_equal(l.n, HEADER_MAX);
	assert_string_equal(l.pairs[7].value, "y");
	header_free(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_and_metadata_are_taken),
	    cmocka_unit_test(the_last_of_a_name_holds),
	    cmocka_unit_test(what_is_ours_is_refused_in_any_case),
	    cmocka_unit_test(what_is_no_header_is_refused),
	    cmocka_unit_test(there_are_so_many_and_no_more),
	};

	return cmocka_run_group_tests_name("header", tests, NULL, NULL);
}
