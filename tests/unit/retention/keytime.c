/*
 * keytime: which keys tell a time, which one, and which do not; every day of
 * the calendar against gmtime_r(3).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/calendar.h"
#include "retention/keytime.h"

static const struct accepted {
	const char *key, *prefix, *name, *suffix, *time;
} accepted[] = {
    /* the form, with and without what is optional */
    {"2026/11/22/mydb_120000.sql.gz", "", "mydb", ".sql.gz",
	"2026-11-22T12:00:00"},
    {"2026/11/22/mydb_120000", "", "mydb", "", "2026-11-22T12:00:00"},
    {"2026/11/22/mydb_120000.", "", "mydb", ".", "2026-11-22T12:00:00"},
    {"2026/11/22/m_120000.x", "", "m", ".x", "2026-11-22T12:00:00"},
    {"a/2026/11/22/mydb_120000.sql.gz", "a/", "mydb", ".sql.gz",
	"2026-11-22T12:00:00"},
    {"/2026/11/22/mydb_120000", "/", "mydb", "", "2026-11-22T12:00:00"},
    {"a//b/2026/11/22/mydb_120000", "a//b/", "mydb", "", "2026-11-22T12:00:00"},
    /* names that look like times, and times in suffixes */
    {"2026/01/02/my_db_20260101_120000.gz", "", "my_db_20260101", ".gz",
	"2026-01-02T12:00:00"},
    {"2026/01/02/db_111111_120000.gz", "", "db_111111", ".gz",
	"2026-01-02T12:00:00"},
    {"2026/01/02/db_111111.old_120000.gz", "", "db_111111.old", ".gz",
	"2026-01-02T12:00:00"},
    {"2026/01/02/__120000.gz", "", "_", ".gz", "2026-01-02T12:00:00"},
    {"2026/01/02/a_120000.1234567_1.gz", "", "a", ".1234567_1.gz",
	"2026-01-02T12:00:00"},
    {"2026/01/02/a_120000._12345", "", "a", "._12345", "2026-01-02T12:00:00"},
    {"2026/01/02/123456_123456.sql", "", "123456", ".sql",
	"2026-01-02T12:34:56"},
    /* any bytes but the slash */
    {"2026/01/02/d\xc3\xb6 b\t.x_120000.\x01\xff", "", "d\xc3\xb6 b\t.x",
	".\x01\xff", "2026-01-02T12:00:00"},
    {"p\n\xff/2026/01/02/a%2Fb_120000", "p\n\xff/", "a%2Fb", "",
	"2026-01-02T12:00:00"},
    /* digits and other dates before the date */
    {"1/2026/01/02/a_000000", "1/", "a", "", "2026-01-02T00:00:00"},
    {"2025/12/31/2026/01/02/a_000000", "2025/12/31/", "a", "",
	"2026-01-02T00:00:00"},
    {"2026/13/40/2026/01/02/a_000000", "2026/13/40/", "a", "",
	"2026-01-02T00:00:00"},
    /* ends of days, years and the calendar */
    {"2026/12/31/a_235959", "", "a", "", "2026-12-31T23:59:59"},
    {"2024/02/29/a_000000", "", "a", "", "2024-02-29T00:00:00"},
    {"2000/02/29/a_000000", "", "a", "", "2000-02-29T00:00:00"},
    {"1969/12/31/a_235959", "", "a", "", "1969-12-31T23:59:59"},
    {"0001/01/01/a_000000", "", "a", "", "0001-01-01T00:00:00"},
    {"9999/12/31/a_235959", "", "a", "", "9999-12-31T23:59:59"},
};

static const struct rejected {
	const char *why, *key;
} rejected[] = {
    {"nothing", ""},
    {"no date", "mydb_120000.sql.gz"},
    {"a date alone", "2026/11/22/"},
    {"no time", "2026/11/22/mydb.sql.gz"},
    {"no name", "2026/11/22/_120000.sql.gz"},
    {"no underscore", "2026/11/22/120000.sql.gz"},
    {"five digits", "2026/11/22/mydb_12000.sql.gz"},
    {"seven digits", "2026/11/22/mydb_1200000.sql.gz"},
    {"a date for a time", "2026/11/22/mydb_20261122.sql.gz"},
    {"a letter in the time", "2026/11/22/mydb_12000o.sql.gz"},
    {"text behind the time", "2026/11/22/mydb_120000sql.gz"},
    {"an underscore behind the time", "2026/11/22/mydb_120000_.gz"},
    {"a dash behind the time", "2026/11/22/mydb_120000-1.gz"},
    {"a folder behind the time", "2026/11/22/mydb_120000/x"},
    {"a folder in the name", "2026/11/22/my/db_120000"},
    {"a folder in the suffix", "2026/11/22/mydb_120000.a/b"},
    {"a trailing slash", "2026/11/22/mydb_120000.sql.gz/"},
    {"the time of an outer folder", "2026/11/22/mydb_120000/mydb.sql"},
    {"month 0", "2026/00/22/mydb_120000"},
    {"month 13", "2026/13/22/mydb_120000"},
    {"day 0", "2026/11/00/mydb_120000"},
    {"day 32", "2026/12/32/mydb_120000"},
    {"31 November", "2026/11/31/mydb_120000"},
    {"30 February", "2024/02/30/mydb_120000"},
    {"29 February of no leap year", "2026/02/29/mydb_120000"},
    {"29 February of a century", "1900/02/29/mydb_120000"},
    {"hour 24", "2026/11/22/mydb_240000"},
    {"minute 60", "2026/11/22/mydb_126000"},
    {"second 60, a leap second", "2016/12/31/mydb_235960"},
    {"second 61", "2016/12/31/mydb_235961"},
    {"the last time is none, though another is",
	"2026/11/22/a_120000.x_999999"},
    {"year 0", "0000/11/22/mydb_120000"},
    {"a year of three digits", "026/11/22/mydb_120000"},
    {"a year of five digits", "12026/11/22/mydb_120000"},
    {"a year with text before it", "x2026/11/22/mydb_120000"},
    {"a month of one digit", "2026/1/22/mydb_120000"},
    {"a month of three digits", "2026/011/22/mydb_120000"},
    {"a day of one digit", "2026/11/2/mydb_120000"},
    {"a day of three digits", "2026/11/022/mydb_120000"},
    {"a sign", "2026/11/+2/mydb_120000"},
    {"a blank", "2026/11/ 2/mydb_120000"},
    {"dashes", "2026-11-22/mydb_120000"},
    {"an empty component", "2026//11/22/mydb_120000"},
    {"a fourth component", "2026/11/22/01/mydb_120000"},
};

/*
 * Parses a copy that has just the key's bytes, and no NUL behind them: reading
 * beyond is then found by the address sanitizer.
 */
static int
parse(const char *key, struct keytime *k)
{
	size_t n = strlen(key);
	char *copy = malloc(n > 0 ? n : 1);
	int rc;

	assert_non_null(copy);
	memcpy(copy, key, n);
	rc = keytime_parse(copy, n, k);
	free(copy);
	return rc;
}

static void
assert_part(const char *key, size_t from, size_t length, const char *wanted)
{
	char part[64];

	snprintf(part, sizeof part, "%.*s", (int)length, key + from);
	assert_string_equal(part, wanted);
}

static void
keys_that_tell_a_time(void **state)
{
	const struct accepted *a;
	struct keytime k;
	struct tm tm;
	char text[80];
	time_t t;
	size_t i;

	(void)state;
	if (sizeof(time_t) < sizeof(int64_t))
		skip(); /* gmtime_r knows no such years */
	for (i = 0; i < sizeof accepted / sizeof *accepted; i++) {
		a = &accepted[i];
		if (parse(a->key, &k) != 0)
			fail_msg("no time in %s", a->key);
		assert_part(a->key, 0, k.prefix, a->prefix);
		assert_part(a->key, k.name, k.name_length, a->name);
		assert_part(
		    a->key, k.suffix, strlen(a->key) - k.suffix, a->suffix);
		t = (time_t)k.time;
		assert_non_null(gmtime_r(&t, &tm));
		snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d",
		    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
		    tm.tm_min, tm.tm_sec);
		assert_string_equal(text, a->time);
	}
}

static void
keys_that_tell_none(void **state)
{
	struct keytime k;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rejected / sizeof *rejected; i++) {
		if (parse(rejected[i].key, &k) != -1)
			fail_msg("%s: %s", rejected[i].why, rejected[i].key);
	}
}

static void
a_nul_is_a_byte_like_others(void **state)
{
	static const char key[] = "\0/2026/11/22/a\0b_120000.\0_1";
	struct keytime k;

	(void)state;
	assert_int_equal(keytime_parse(key, sizeof key - 1, &k), 0);
	assert_int_equal(k.prefix, 2);
	assert_int_equal(k.name_length, 3);
	assert_int_equal(k.suffix, 23);
}

/* Each byte of a good key left out, and each changed. */
static void
every_part_is_looked_at(void **state)
{
	static const char good[] = "a/2026/11/22/m_121212.x";
	struct keytime k;
	char key[sizeof good];
	size_t i, n = sizeof good - 1;

	(void)state;
	for (i = 0; i < n; i++) {
		memcpy(key, good, i);
		memcpy(key + i, good + i + 1, n - i);
		/* Only the prefix and the suffix may go. */
		assert_int_equal(parse(key, &k), i == 0 || i == n - 1 ? 0 : -1);
		memcpy(key, good, sizeof good);
		key[i] = '~';
		assert_int_equal(parse(key, &k),
		    i == 0 || i == strlen("a/2026/11/22/") || i == n - 1 ? 0
									 : -1);
	}
}

/* Writes the date into "YYYY/MM/DD/..."; snprintf would take seconds. */
static void
set_date(char *key, int year, int month, int day)
{
	int i;

	for (i = 3; i >= 0; i--, year /= 10)
		key[i] = (char)('0' + year % 10);
	key[5] = (char)('0' + month / 10);
	key[6] = (char)('0' + month % 10);
	key[8] = (char)('0' + day / 10);
	key[9] = (char)('0' + day % 10);
}

static void
every_day_of_the_calendar(void **state)
{
	char key[] = "YYYY/MM/DD/a_000000";
	int64_t first = -719162, last = 2932896, day; /* years 1 to 9999 */
	struct calendar_date date;
	struct keytime k;
	struct tm tm;
	time_t t;

	(void)state;
	if (sizeof(time_t) < sizeof(int64_t))
		skip(); /* gmtime_r knows no such years */
	for (day = first; day <= last; day++) {
		t = (time_t)(day * 86400);
		if (gmtime_r(&t, &tm) == NULL)
			fail();
		set_date(key, tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
		date = calendar_date(day);
		if (keytime_parse(key, sizeof key - 1, &k) != 0 ||
		    k.time != day * 86400 || date.year != tm.tm_year + 1900 ||
		    date.month != tm.tm_mon + 1 || date.day != tm.tm_mday)
			fail_msg("%s", key);
	}
	assert_string_equal(key, "9999/12/31/a_000000");
}

/* Of all 100 months and days of a year just its own are dates. */
static void
no_other_days(void **state)
{
	static const int years[] = {1800, 1900, 2000, 2024, 2025, 2100};
	char key[] = "YYYY/MM/DD/a_000000";
	struct keytime k;
	size_t i;
	int month, day, count;

	(void)state;
	for (i = 0; i < sizeof years / sizeof *years; i++) {
		count = 0;
		for (month = 0; month < 100; month++) {
			for (day = 0; day < 100; day++) {
				set_date(key, years[i], month, day);
				count += parse(key, &k) == 0;
			}
		}
		assert_int_equal(
		    count, years[i] == 2000 || years[i] == 2024 ? 366 : 365);
	}
}

static void
no_other_times(void **state)
{
	char key[32];
	struct keytime k;
	int i, count = 0;

	(void)state;
	for (i = 0; i < 1000000; i++) {
		snprintf(key, sizeof key, "2026/11/22/a_%06d", i);
		count += keytime_parse(key, strlen(key), &k) == 0;
	}
	assert_int_equal(count, 86400);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keys_that_tell_a_time),
	    cmocka_unit_test(keys_that_tell_none),
	    cmocka_unit_test(a_nul_is_a_byte_like_others),
	    cmocka_unit_test(every_part_is_looked_at),
	    cmocka_unit_test(every_day_of_the_calendar),
	    cmocka_unit_test(no_other_days),
	    cmocka_unit_test(no_other_times),
	};

	return cmocka_run_group_tests_name("keytime", tests, NULL, NULL);
}
