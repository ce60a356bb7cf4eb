#include <stdbool.h>
#include <string.h>

#include "base/calendar.h"
#include "text/timestamp.h"

/* Reads n digits between low and high; moves *p behind them. */
static bool
field(const char **p, int n, int low, int high, int *value)
{
	*value = 0;
	while (n-- > 0) {
		if (**p < '0' || **p > '9')
			return false;
		*value = *value * 10 + *(*p)++ - '0';
	}
	return *value >= low && *value <= high;
}

static bool
mark(const char **p, const char *set)
{
	if (**p == '\0' || strchr(set, **p) == NULL)
		return false;
	(*p)++;
	return true;
}

/* "Z", or "+01:00", as seconds to be taken off. */
static bool
offset(const char **p, int *seconds)
{
	int hours, minutes, sign = **p == '-' ? -1 : 1;

	*seconds = 0;
	if (mark(p, "Zz"))
		return **p == '\0';
	if (!mark(p, "+-") || !field(p, 2, 0, 23, &hours) || !mark(p, ":") ||
	    !field(p, 2, 0, 59, &minutes))
		return false;
	*seconds = sign * (hours * 3600 + minutes * 60);
	return **p == '\0';
}

int
timestamp_parse(const char *p, int64_t *when)
{
	int year, month, day, hour, minute, second, shift;

	if (!field(&p, 4, 1, 9999, &year) || !mark(&p, "-") ||
	    !field(&p, 2, 1, 12, &month) || !mark(&p, "-") ||
	    !field(&p, 2, 1, 31, &day) || !mark(&p, "Tt ") ||
	    !field(&p, 2, 0, 23, &hour) || !mark(&p, ":") ||
	    !field(&p, 2, 0, 59, &minute) || !mark(&p, ":") ||
	    !field(&p, 2, 0, 60, &second))
		return -1;
	if (mark(&p, ".,")) {
		if (*p < '0' || *p > '9')
			return -1;
		p += strspn(p, "0123456789");
	}
	if (!offset(&p, &shift))
		return -1;
	*when = calendar_days(year, month, day) * 86400 + hour * 3600 +
	    minute * 60 + second - shift;
	return 0;
}
