/*
 * calendar: every day of the years 1 to 9999 is that of the C library.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <time.h>

#include "base/calendar.h"

static void
every_day_has_its_date(void **state)
{
	int64_t first = -719162, last = 2932896, day; /* years 1 to 9999 */
	struct calendar_date date;
	struct tm tm;
	time_t t;

	(void)state;
	if (sizeof(time_t) < sizeof(int64_t))
		skip(); /* gmtime_r knows no such years */
	for (day = first; day <= last; day++) {
		t = (time_t)(day * 86400);
		if (gmtime_r(&t, &tm) == NULL)
			fail();
		date = calendar_date(day);
		if (date.year != tm.tm_year + 1900 ||
		    date.month != tm.tm_mon + 1 || date.day != tm.tm_mday ||
		    calendar_days(date.year, date.month, date.day) != day)
			fail_msg("day %lld", (long long)day);
	}
}

static void
a_month_ends_where_the_next_begins(void **state)
{
	int year, month;

	(void)state;
	for (year = 1; year < 9999; year++) {
		for (month = 1; month < 12; month++)
			assert_int_equal(calendar_month(year, month),
			    calendar_days(year, month + 1, 1) -
				calendar_days(year, month, 1));
		assert_int_equal(calendar_month(year, 12), 31);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_day_has_its_date),
	    cmocka_unit_test(a_month_ends_where_the_next_begins),
	};

	return cmocka_run_group_tests_name("calendar", tests, NULL, NULL);
}
