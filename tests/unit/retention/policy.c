/*
 * policy: the examples of restic's documentation and the edges of the calendar.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/calendar.h"
#include "retention/keytime.h"
#include "retention/policy.h"

enum { DAY = 86400 };

static int64_t
at(int year, int month, int day, int hour, int minute, int second)
{
	return calendar_days(year, month, day) * DAY + hour * 3600 +
	    minute * 60 + second;
}

static unsigned
bit(enum policy_rule rule)
{
	return 1U << rule;
}

static void
assert_explained(
    unsigned reasons, size_t index, int64_t time, const char *wanted)
{
	char text[POLICY_TEXT];

	assert_string_equal(policy_explain(text, reasons, index, time), wanted);
}

static void
spans_are_read(void **state)
{
	static const char *const bad[] = {"", "1", "y", "0d", "1w", "1d1d",
	    "1d 2h", "-1d", "123456d", "1.5d"};
	struct policy_span s;
	size_t i;

	(void)state;
	assert_int_equal(policy_parse_span("2y5m7d3h", &s), 0);
	assert_true(
	    s.years == 2 && s.months == 5 && s.days == 7 && s.hours == 3);
	assert_int_equal(policy_parse_span("3h2y", &s), 0);
	assert_true(s.years == 2 && s.months == 0 && s.hours == 3);
	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(policy_parse_span(bad[i], &s), -1);
}

/* What is exactly as old as the span is not within it, as in restic. */
static void
a_span_reaches_back_from_the_newest(void **state)
{
	static const struct {
		const char *span;
		int64_t newest, since;
	} cases[] = {
	    {"1h", 1000000, 1000000 - 3600},
	    {"1m", 1774958400 /* 2026-03-31T12 */, 1772539200 /* 03-03T12 */},
	    {"1y", 1709208000 /* 2024-02-29T12 */, 1677672000 /* 03-01T12 */},
	    {"1y13m", 1774958400, 1709380800 + 0 /* 2024-03-02T12 */},
	};
	struct policy p = {0};
	int64_t times[3];
	unsigned reasons[3];
	size_t i;

	(void)state;
	assert_true(policy_is_empty(&p));
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(
		    policy_parse_span(cases[i].span, &p.within), 0);
		assert_false(policy_is_empty(&p));
		times[0] = cases[i].newest;
		times[1] = cases[i].since + 1;
		times[2] = cases[i].since;
		policy_apply(&p, times, 3, reasons);
		assert_int_equal(reasons[0], bit(POLICY_WITHIN));
		assert_int_equal(reasons[1], bit(POLICY_WITHIN));
		assert_int_equal(reasons[2], 0);
	}
	assert_explained(bit(POLICY_WITHIN), 1, times[1], "within");
}

/* One backup every Sunday for 12 weeks (restic, doc/060_forget.rst). */
static void
restics_twelve_sundays(void **state)
{
	struct policy p = {.keep[POLICY_DAILY] = 4};
	int64_t times[12];
	unsigned reasons[12];
	size_t i;

	(void)state;
	for (i = 0; i < 12; i++)
		times[i] = at(2019, 11, 17, 11, 0, 0) - (int64_t)i * 7 * DAY;
	policy_apply(&p, times, 12, reasons);
	for (i = 0; i < 12; i++)
		assert_int_equal(reasons[i], i < 4 ? bit(POLICY_DAILY) : 0);
	assert_explained(reasons[3], 3, times[3], "daily 2019-10-27");
	/* With more count than Sundays the last count keeps the oldest. */
	p.keep[POLICY_DAILY] = 13;
	policy_apply(&p, times, 12, reasons);
	for (i = 0; i < 12; i++)
		assert_int_equal(reasons[i], bit(POLICY_DAILY));
}

/*
 * One backup every day for 100 years, 7 daily, 5 weekly, 12 monthly, 75 yearly
 * (the same page): "7 daily and 4 last-day-of-the-week ones, additionally 12 or
 * 11 last-day-of-the-month, and finally 75 or 74 last-day-of-the-year".
 */
static void
restics_hundred_years(void **state)
{
	struct policy p = {.keep = {0, 0, 7, 5, 12, 75, 0}};
	enum { N = 36500 };
	static int64_t times[N];
	static unsigned reasons[N];
	struct calendar_date d;
	size_t i, daily = 0, weekly = 0, monthly = 0, yearly = 0;

	(void)state;
	/* A Wednesday, so that none of the newest days is the last of many. */
	for (i = 0; i < N; i++)
		times[i] = at(2026, 7, 15, 3, 0, 0) - (int64_t)i * DAY;
	policy_apply(&p, times, N, reasons);
	for (i = 0; i < N; i++) {
		d = calendar_date(times[i] / DAY - (times[i] < 0));
		daily += (reasons[i] & bit(POLICY_DAILY)) != 0;
		weekly += reasons[i] == bit(POLICY_WEEKLY);
		monthly += reasons[i] == bit(POLICY_MONTHLY);
		yearly += reasons[i] == bit(POLICY_YEARLY);
		if (reasons[i] & bit(POLICY_YEARLY) && i > 0)
			assert_true(d.month == 12 && d.day == 31);
	}
	assert_int_equal(daily, 7);
	/* The week of the newest, and that of the Sunday three days back. */
	assert_int_equal(weekly, 3);
	/* July's is the newest; December's is the year's too. */
	assert_int_equal(monthly, 10);
	assert_int_equal(yearly, 73);
}

static void
counts_of_none_and_of_all(void **state)
{
	struct policy p = {.keep[POLICY_LAST] = -1};
	int64_t times[] = {50 * DAY + 2, 50 * DAY + 1, 9 * DAY, 2, 1, 0};
	unsigned reasons[6];
	size_t i;

	(void)state;
	policy_apply(&p, times, 6, reasons);
	for (i = 0; i < 6; i++)
		assert_int_equal(reasons[i], bit(POLICY_LAST));
	assert_false(policy_is_empty(&p));
	p = (struct policy){.keep[POLICY_DAILY] = -1};
	policy_apply(&p, times, 6, reasons);
	assert_int_equal(reasons[0], bit(POLICY_DAILY));
	assert_int_equal(reasons[1], 0);
	assert_int_equal(reasons[3], bit(POLICY_DAILY));
	assert_int_equal(reasons[4], 0);
	assert_int_equal(reasons[5], bit(POLICY_OLDEST));
	p = (struct policy){.keep = {0}};
	policy_apply(&p, times, 6, reasons);
	for (i = 0; i < 6; i++)
		assert_int_equal(reasons[i], 0);
	assert_true(policy_is_empty(&p));
	p.keep[POLICY_MIN] = 2;
	policy_apply(&p, times, 6, reasons);
	for (i = 0; i < 6; i++)
		assert_int_equal(reasons[i], i < 2 ? bit(POLICY_MIN) : 0);
	assert_true(policy_is_empty(&p));
	policy_apply(&p, times, 0, reasons);
}

static void
the_oldest_while_there_is_count(void **state)
{
	struct policy p = {.keep[POLICY_YEARLY] = 2};
	int64_t times[] = {at(2026, 5, 1, 0, 0, 0), at(2026, 4, 1, 0, 0, 0),
	    at(2025, 4, 1, 0, 0, 0), at(2025, 3, 1, 0, 0, 0)};
	unsigned reasons[4];

	(void)state;
	policy_apply(&p, times, 4, reasons);
	assert_int_equal(reasons[3], 0);
	p.keep[POLICY_YEARLY] = 3;
	policy_apply(&p, times, 4, reasons);
	assert_int_equal(reasons[1], 0);
	assert_int_equal(reasons[3], bit(POLICY_OLDEST));
}

/* The first and the last second of each bucket, and the seconds around. */
static void
where_buckets_end(void **state)
{
	static const struct {
		enum policy_rule rule;
		int64_t first; /* of a bucket */
	} edges[] = {
	    {POLICY_HOURLY, 1234 * (int64_t)3600},
	    {POLICY_HOURLY, -1234 * (int64_t)3600},
	    {POLICY_DAILY, 20000 * (int64_t)DAY},
	    {POLICY_DAILY, -20000 * (int64_t)DAY},
	    {POLICY_WEEKLY, 4 * (int64_t)DAY}, /* Monday, 1970-01-05 */
	    {POLICY_WEEKLY, -3 * (int64_t)DAY},
	    {POLICY_WEEKLY, -10 * (int64_t)DAY},
	};
	struct policy p;
	unsigned reasons[4];
	int64_t times[4];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof edges / sizeof *edges; i++) {
		times[0] = edges[i].first + 1;
		times[1] = edges[i].first;
		times[2] = edges[i].first - 1;
		times[3] = edges[i].first - 2;
		p = (struct policy){.keep = {0}};
		p.keep[edges[i].rule] = 2;
		policy_apply(&p, times, 4, reasons);
		assert_int_equal(reasons[0], bit(edges[i].rule));
		assert_int_equal(reasons[1], 0);
		assert_int_equal(reasons[2], bit(edges[i].rule));
		assert_int_equal(reasons[3], 0);
	}
}

static void
weeks_over_year_ends(void **state)
{
	static const struct {
		int year, month, day;
		const char *week;
	} days[] = {
	    {2021, 1, 3, "weekly 2020-W53"},
	    {2020, 12, 28, "weekly 2020-W53"},
	    {2020, 12, 27, "weekly 2020-W52"},
	    {2021, 1, 4, "weekly 2021-W01"},
	    {2024, 12, 30, "weekly 2025-W01"},
	    {2025, 1, 5, "weekly 2025-W01"},
	    {2024, 12, 29, "weekly 2024-W52"},
	    {2027, 1, 1, "weekly 2026-W53"},
	    {2000, 1, 2, "weekly 1999-W52"},
	    {2000, 1, 3, "weekly 2000-W01"},
	};
	struct policy p = {.keep[POLICY_WEEKLY] = 2};
	int64_t times[] = {at(2025, 1, 1, 0, 0, 0), at(2024, 12, 31, 0, 0, 0),
	    at(2024, 12, 29, 0, 0, 0), at(2024, 12, 28, 0, 0, 0)};
	unsigned reasons[4];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof days / sizeof *days; i++)
		assert_explained(bit(POLICY_WEEKLY), 0,
		    at(days[i].year, days[i].month, days[i].day, 12, 0, 0),
		    days[i].week);
	policy_apply(&p, times, 4, reasons);
	assert_int_equal(reasons[0], bit(POLICY_WEEKLY));
	assert_int_equal(reasons[1], 0);
	assert_int_equal(reasons[2], bit(POLICY_WEEKLY));
	assert_int_equal(reasons[3], 0);
}

static void
reasons_in_words(void **state)
{
	(void)state;
	assert_explained(0, 0, 0, "");
	assert_explained(bit(POLICY_REASONS) - 1, 1,
	    at(2026, 11, 22, 9, 59, 59),
	    "last #2, hourly 2026-11-22T09, daily 2026-11-22, "
	    "weekly 2026-W47, monthly 2026-11, yearly 2026, min #2, within, "
	    "oldest");
	assert_explained(bit(POLICY_HOURLY), 0, at(1969, 12, 31, 23, 0, 0),
	    "hourly 1969-12-31T23");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(spans_are_read),
	    cmocka_unit_test(a_span_reaches_back_from_the_newest),
	    cmocka_unit_test(restics_twelve_sundays),
	    cmocka_unit_test(restics_hundred_years),
	    cmocka_unit_test(counts_of_none_and_of_all),
	    cmocka_unit_test(the_oldest_while_there_is_count),
	    cmocka_unit_test(where_buckets_end),
	    cmocka_unit_test(weeks_over_year_ends),
	    cmocka_unit_test(reasons_in_words),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
