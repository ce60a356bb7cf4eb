/*
 * calendar: days of the Gregorian calendar, counted from 1970-01-01. Pure.
 */
#ifndef CALENDAR_H
#define CALENDAR_H

#include <stdint.h>

struct calendar_date {
	int year, month, day; /* months and days from 1 */
};

/* The days from 1970-01-01 to a date, which the caller knows to be valid. */
int64_t calendar_days(int year, int month, int day);

/* The date that many days after 1970-01-01; negative: before it. */
struct calendar_date calendar_date(int64_t days);

/* The days of a month, 28 to 31; the month is 1 to 12. */
int calendar_month(int year, int month);

#endif
