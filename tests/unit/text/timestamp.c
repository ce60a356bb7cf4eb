/*
 * timestamp: RFC 3339, and nothing that only looks like it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "text/timestamp.h"

static void
is(const char *text, int64_t wanted)
{
	int64_t when;

	assert_int_equal(timestamp_parse(text, &when), 0);
	assert_int_equal(when, wanted);
}

static void
times_are_read(void **state)
{
	(void)state;
	is("1970-01-01T00:00:00Z", 0);
	is("2000-02-29T23:59:59Z", 951868799);
	is("2026-11-23T07:28:45Z", 1795418925);
	is("2026-11-23T07:28:45.123456Z", 1795418925);
	is("2026-11-23T08:28:45+01:00", 1795418925);
	is("2026-11-22T21:58:45.5-09:30", 1795418925);
	is("2026-11-23t07:28:45z", 1795418925);
}

static void
other_texts_are_refused(void **state)
{
	static const char *const others[] = {"", "now", "2026-11-23",
	    "2026-11-23T07:28:45", "2026-11-23T07:28Z", "2026-13-01T00:00:00Z",
	    "2026-00-01T00:00:00Z", "2026-01-32T00:00:00Z",
	    "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
	    "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00Zx",
	    "2026-01-01T00:00:00+0100", "2026-01-01T00:00:00+24:00",
	    "26-01-01T00:00:00Z", "0000-01-01T00:00:00Z",
	    "+026-01-01T00:00:00Z"};
	int64_t when;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof others / sizeof *others; i++)
		assert_int_equal(timestamp_parse(others[i], &when), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(times_are_read),
	    cmocka_unit_test(other_texts_are_refused),
	};

	return cmocka_run_group_tests_name("timestamp", tests, NULL, NULL);
}
