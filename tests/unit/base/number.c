/*
 * number: which texts are numbers and sizes, and what people are shown.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/number.h"

static void
whole_decimal_numbers_are_read(void **state)
{
	static const struct {
		const char *text;
		int64_t value;
	} good[] = {
	    {"0", 0},
	    {"7", 7},
	    {"-1", -1},
	    {"007", 7},
	    {"9223372036854775807", INT64_MAX},
	    {"-9223372036854775808", INT64_MIN},
	};
	int64_t n;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof good / sizeof *good; i++) {
		assert_int_equal(
		    number_parse(good[i].text, INT64_MIN, INT64_MAX, &n), 0);
		assert_true(n == good[i].value);
	}
}

static void
all_else_is_no_number(void **state)
{
	static const char *const bad[] = {"", "-", "+1", " 1", "1 ", "1\n", "x",
	    "1x", "0x10", "1.5", "1e3", "--1", "-+1", "- 1",
	    "9223372036854775808", "-9223372036854775809",
	    "99999999999999999999999"};
	int64_t n = 42;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(
		    number_parse(bad[i], INT64_MIN, INT64_MAX, &n), -1);
	assert_int_equal(n, 42);
}

static void
both_limits_are_within(void **state)
{
	int64_t n;

	(void)state;
	assert_int_equal(number_parse("1", 1, 64, &n), 0);
	assert_int_equal(number_parse("64", 1, 64, &n), 0);
	assert_int_equal(number_parse("0", 1, 64, &n), -1);
	assert_int_equal(number_parse("65", 1, 64, &n), -1);
	assert_int_equal(number_parse("-1", -1, 64, &n), 0);
	assert_int_equal(number_parse("-2", -1, 64, &n), -1);
}

static void
sizes_have_units_of_1024(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = {
	    {"0", 0},
	    {"1", 1},
	    {"1B", 1},
	    {"1b", 1},
	    {"1k", 1024},
	    {"1K", 1024},
	    {"1KB", 1024},
	    {"1kb", 1024},
	    {"1KiB", 1024},
	    {"5M", 5242880},
	    {"16mib", 16777216},
	    {"5G", 5368709120},
	    {"5T", 5497558138880},
	    {"16777215T", 18446742974197923840u},
	    {"18446744073709551615", UINT64_MAX},
	};
	uint64_t n;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof good / sizeof *good; i++) {
		assert_int_equal(
		    number_size(good[i].text, 0, UINT64_MAX, &n), 0);
		assert_true(n == good[i].bytes);
	}
}

static void
all_else_is_no_size(void **state)
{
	static const char *const bad[] = {"", "M", "-1", "+1", " 1", "1 M",
	    "1P", "1Mi", "1MiBs", "1iB", "1MM", "1.5M", "0x1", "16777216T",
	    "18446744073709551616", "18014398509481984K"};
	uint64_t n = 42;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(number_size(bad[i], 0, UINT64_MAX, &n), -1);
	assert_int_equal(number_size("1", 2, 4, &n), -1);
	assert_int_equal(number_size("5", 2, 4, &n), -1);
	assert_int_equal(n, 42);
	assert_int_equal(number_size("4", 2, 4, &n), 0);
	assert_int_equal(n, 4);
}

static void
people_are_shown_four_digits_at_most(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} shown[] = {
	    {0, "0 B"},
	    {1023, "1023 B"},
	    {1024, "1.0 KiB"},
	    {1536, "1.5 KiB"},
	    {1048524, "1023.9 KiB"},
	    {1048575, "1.0 MiB"},
	    {8388608, "8.0 MiB"},
	    {5368709120, "5.0 GiB"},
	    {5497558138880, "5.0 TiB"},
	    {UINT64_MAX, "16384.0 PiB"},
	};
	char buf[32];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof shown / sizeof *shown; i++)
		assert_string_equal(
		    number_bytes(buf, sizeof buf, shown[i].bytes),
		    shown[i].text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(whole_decimal_numbers_are_read),
	    cmocka_unit_test(all_else_is_no_number),
	    cmocka_unit_test(both_limits_are_within),
	    cmocka_unit_test(sizes_have_units_of_1024),
	    cmocka_unit_test(all_else_is_no_size),
	    cmocka_unit_test(people_are_shown_four_digits_at_most),
	};

	return cmocka_run_group_tests_name("number", tests, NULL, NULL);
}
