#include <stdbool.h>
#include <string.h>

#include "base/calendar.h"
#include "retention/keytime.h"

enum {
	DATE_LENGTH = sizeof "YYYY/MM/DD/" - 1,
	TIME_LENGTH = sizeof "_HHMMSS" - 1,
};

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
	if (day < 1 || day > calendar_month(year, month))
		return -1;
	*days = calendar_days(year, month, day);
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
