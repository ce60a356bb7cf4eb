/*
 * keytime: any bytes as a key. A key that has a time, written again from its
 * parts, is the same key; and its date is one of the calendar.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/calendar.h"
#include "retention/keytime.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t size)
{
	const char *key = (const char *)in;
	struct keytime t;
	struct calendar_date d;
	char date[32], hour[16];
	int64_t day, second;

	if (keytime_parse(key, size, &t) != 0)
		return 0;
	day = t.time >= 0 ? t.time / 86400 : -((86399 - t.time) / 86400);
	second = t.time - day * 86400;
	d = calendar_date(day);
	if (calendar_days(d.year, d.month, d.day) != day)
		abort();
	snprintf(date, sizeof date, "%04d/%02d/%02d/", d.year, d.month, d.day);
	snprintf(hour, sizeof hour, "_%02d%02d%02d", (int)(second / 3600),
	    (int)(second / 60 % 60), (int)(second % 60));
	if (t.name_length == 0 || t.prefix + 11 != t.name ||
	    t.name + t.name_length + 7 != t.suffix || t.suffix > size ||
	    memcmp(key + t.prefix, date, 11) != 0 ||
	    memcmp(key + t.suffix - 7, hour, 7) != 0 ||
	    memchr(key + t.name, '/', size - t.name) != NULL)
		abort();
	return 0;
}
