#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/calendar.h"
#include "retention/keytime.h"
#include "retention/policy.h"

enum { HOUR = 3600, DAY = 24 * HOUR, SPAN_DIGITS = 5 };

static bool
has_span(const struct policy_span *s)
{
	return (s->years | s->months | s->days | s->hours) != 0;
}

bool
policy_is_empty(const struct policy *p)
{
	int rule;

	for (rule = 0; rule < POLICY_MIN; rule++) {
		if (p->keep[rule] != 0)
			return false;
	}
	return !has_span(&p->within);
}

int
policy_parse_span(const char *text, struct policy_span *span)
{
	int32_t *field;
	int digits, n;

	memset(span, 0, sizeof *span);
	for (; *text != '\0'; text += digits + 1) {
		for (digits = n = 0; text[digits] >= '0' && text[digits] <= '9';
		     digits++)
			n = digits < SPAN_DIGITS ? 10 * n + text[digits] - '0'
						 : 0;
		switch (text[digits]) {
		case 'y':
			field = &span->years;
			break;
		case 'm':
			field = &span->months;
			break;
		case 'd':
			field = &span->days;
			break;
		case 'h':
			field = &span->hours;
			break;
		default:
			return -1;
		}
		if (n == 0 || *field != 0)
			return -1;
		*field = n;
	}
	return has_span(span) ? 0 : -1;
}

/* Division that rounds down, before 1970 too. */
static int64_t
divide(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/*
 * Where a backup belongs by one rule, or by all: equal times have equal
 * buckets, and later ones greater.
 */
struct buckets {
	int64_t of[POLICY_RULES];
};

static struct buckets
find_buckets(int64_t time, size_t index)
{
	int64_t days = divide(time, DAY);
	struct calendar_date date = calendar_date(days);
	struct buckets b;

	b.of[POLICY_LAST] = -(int64_t)index;
	b.of[POLICY_MIN] = -(int64_t)index;
	b.of[POLICY_HOURLY] = divide(time, HOUR);
	b.of[POLICY_DAILY] = days;
	/* 1970-01-01 was a Thursday: three days after its week's Monday. */
	b.of[POLICY_WEEKLY] = divide(days + 3, 7);
	b.of[POLICY_MONTHLY] = (int64_t)date.year * 12 + date.month;
	b.of[POLICY_YEARLY] = date.year;
	return b;
}

/*
 * The time that a span reaches back to from the newest. Months and years are
 * taken off first, and a day that the month has not runs over into the next,
 * as restic has it by Go's AddDate.
 */
static int64_t
reach(int64_t newest, const struct policy_span *s)
{
	int64_t days = divide(newest, DAY), second = newest - days * DAY;
	struct calendar_date d = calendar_date(days);
	int64_t months =
	    ((int64_t)d.year - s->years) * 12 + d.month - 1 - s->months;
	int year = (int)divide(months, 12);

	days = calendar_days(year, (int)(months - (int64_t)year * 12) + 1, 1) +
	    d.day - 1 - s->days;
	return days * DAY + second - (int64_t)s->hours * HOUR;
}

void
policy_apply(
    const struct policy *p, const int64_t *times, size_t n, unsigned *reasons)
{
	struct policy left = *p;
	struct buckets before = {{0}}, now;
	bool within = has_span(&p->within);
	int64_t since = within && n > 0 ? reach(times[0], &p->within) : 0;
	size_t i;
	int rule;

	for (i = 0; i < n; i++) {
		now = find_buckets(times[i], i);
		reasons[i] =
		    within && times[i] > since ? 1U << POLICY_WITHIN : 0;
		for (rule = 0; rule < POLICY_RULES; rule++) {
			if (left.keep[rule] == 0)
				continue;
			if (i == 0 || now.of[rule] != before.of[rule])
				reasons[i] |= 1U << rule;
			else if (i == n - 1)
				reasons[i] |= 1U << POLICY_OLDEST;
			else
				continue;
			if (left.keep[rule] > 0)
				left.keep[rule]--;
		}
		before = now;
	}
}

/* Appends a formatted word, and ", " before it if it is not the first. */
static void add_word(char text[POLICY_TEXT], size_t *n, const char *, ...)
    __attribute__((format(printf, 3, 4)));

static void
add_word(char text[POLICY_TEXT], size_t *n, const char *fmt, ...)
{
	va_list ap;
	int added;

	if (*n > 0)
		*n += (size_t)snprintf(text + *n, POLICY_TEXT - *n, ", ");
	va_start(ap, fmt);
	added = vsnprintf(text + *n, POLICY_TEXT - *n, fmt, ap);
	va_end(ap);
	if (added > 0)
		*n += (size_t)added;
}

/* A week belongs to the year of its Thursday (ISO 8601, 2.2.10). */
static void
add_week(char text[POLICY_TEXT], size_t *n, int64_t days)
{
	int64_t thursday = divide(days + 3, 7) * 7;
	int year = calendar_date(thursday).year;
	int week = (int)(thursday - calendar_days(year, 1, 1)) / 7 + 1;

	add_word(text, n, "weekly %04d-W%02d", year, week);
}

char *
policy_explain(
    char text[POLICY_TEXT], unsigned reasons, size_t index, int64_t time)
{
	int64_t days = divide(time, DAY);
	struct calendar_date d = calendar_date(days);
	int hour = (int)(time - days * DAY) / HOUR;
	size_t n = 0;

	text[0] = '\0';
	if (reasons & 1U << POLICY_LAST)
		add_word(text, &n, "last #%zu", index + 1);
	if (reasons & 1U << POLICY_HOURLY)
		add_word(text, &n, "hourly %04d-%02d-%02dT%02d", d.year,
		    d.month, d.day, hour);
	if (reasons & 1U << POLICY_DAILY)
		add_word(
		    text, &n, "daily %04d-%02d-%02d", d.year, d.month, d.day);
	if (reasons & 1U << POLICY_WEEKLY)
		add_week(text, &n, days);
	if (reasons & 1U << POLICY_MONTHLY)
		add_word(text, &n, "monthly %04d-%02d", d.year, d.month);
	if (reasons & 1U << POLICY_YEARLY)
		add_word(text, &n, "yearly %04d", d.year);
	if (reasons & 1U << POLICY_MIN)
		add_word(text, &n, "min #%zu", index + 1);
	if (reasons & 1U << POLICY_WITHIN)
		add_word(text, &n, "within");
	if (reasons & 1U << POLICY_OLDEST)
		add_word(text, &n, "oldest");
	return text;
}
