#include <stdbool.h>
#include <string.h>

#include "retention/keytime.h"

enum {
	DATE_LENGTH = sizeof "YYYY/MM/DD/" - 1,
	TIME_LENGTH = sizeof "_HHMMSS" - 1,
	ERA_YEARS = 400, /* the Gregorian calendar repeats after them */
	ERA_DAYS = 146097,
	EPOCH_DAYS = 719468, /* from 0000-03-01 to 1970-01-01 */
};

/*
 * In both directions years begin in March: a leap day is then the last day of
 * its year, and the months' lengths follow one line, (153 m + 2) / 5.
 */
int64_t
keytime_days(int year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t era = (y >= 0 ? y : y - (ERA_YEARS - 1)) / ERA_YEARS;
	int64_t of_era = y - era * ERA_YEARS;
	int64_t of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;

	return era * ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 +
	    of_year - EPOCH_DAYS;
}

struct keytime_date
keytime_date(int64_t days)
{
	int64_t era, of_era, year, of_year, month;
	struct keytime_date date;

	days += EPOCH_DAYS;
	era = (days >= 0 ? days : days - (ERA_DAYS - 1)) / ERA_DAYS;
	of_era = days - era * ERA_DAYS;
	year =
	    (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	of_year = of_era - (365 * year + year / 4 - year / 100);
	month = (5 * of_year + 2) / 153;
	date.day = (int)(of_year - (153 * month + 2) / 5 + 1);
	date.month = (int)(month < 10 ? month + 3 : month - 9);
	date.year = (int)(year + era * ERA_YEARS + (date.month <= 2));
	return date;
}

/* Reads n digits; returns their value, or -1 where there is another byte. */
static int
digits(const char *p, size_t n)
{
	int value = 0;

	for (; n > 0; n--, p++) {
		if (*p < '0' || *p > '9')
			return -1;
		value = value * 10 + (*p - '0');
	}
	return value;
}

static int
days_in_month(int year, int month)
{
	static const int days[] = {
	    31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap);
}

/* Reads "YYYY/MM/DD/"; returns 0 with the days since 1970, or -1. */
static int
parse_date(const char *p, int64_t *days)
{
	int year = digits(p, 4), month = digits(p + 5, 2);
	int day = digits(p + 8, 2);

	if (p[4] != '/' || p[7] != '/' || p[10] != '/')
		return -1;
	if (year < 1 || month < 1 || month > 12)
		return -1;
	if (day < 1 || day > days_in_month(year, month))
		return -1;
	*days = keytime_days(year, month, day);
	return 0;
}

/* Reads "_HHMMSS"; returns 0 with the seconds since midnight, or -1. */
static int
parse_time(const char *p, int *seconds)
{
	int hour = digits(p + 1, 2), minute = digits(p + 3, 2);
	int second = digits(p + 5, 2);

	if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
	    second > 59)
		return -1;
	*seconds = (hour * 60 + minute) * 60 + second;
	return 0;
}

/*
 * Finds the last "_" and six digits, followed by '.' or the end, in the bytes
 * from `from` on. Returns where it begins, or `from` where there is none: a
 * time right there would leave no name.
 */
static size_t
find_time(const char *key, size_t from, size_t length)
{
	size_t end;

	for (end = length; end > from + TIME_LENGTH; end--) {
		if (end < length && key[end] != '.')
			continue;
		if (key[end - TIME_LENGTH] == '_' &&
		    digits(key + end - TIME_LENGTH + 1, 6) >= 0)
			return end - TIME_LENGTH;
	}
	return from;
}

int
keytime_parse(const char *key, size_t length, struct keytime *k)
{
	size_t base = length, at;
	int64_t days;
	int seconds;

	while (base > 0 && key[base - 1] != '/')
		base--;
	if (base < DATE_LENGTH)
		return -1;
	k->prefix = base - DATE_LENGTH;
	if (k->prefix > 0 && key[k->prefix - 1] != '/')
		return -1;
	if (parse_date(key + k->prefix, &days) != 0)
		return -1;
	at = find_time(key, base, length);
	if (at == base || parse_time(key + at, &seconds) != 0)
		return -1;
	k->name = base;
	k->name_length = at - base;
	k->suffix = at + TIME_LENGTH;
	k->time = days * 86400 + seconds;
	return 0;
}
