#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

int
number_parse(const char *s, int64_t min, int64_t max, int64_t *value)
{
	long long n;
	char *end;

	/* strtoll alone would take leading blanks and a plus. */
	if (!is_digit(*s) && !(*s == '-' && is_digit(s[1])))
		return -1;
	errno = 0;
	n = strtoll(s, &end, 10);
	if (errno != 0 || *end != '\0' || n < min || n > max)
		return -1;
	*value = n;
	return 0;
}

/* The power of two that a size's suffix stands for, or -1. */
static int
suffix_shift(const char *s)
{
	static const char units[] = "kmgt";
	const char *unit;

	if (*s == '\0' || strcasecmp(s, "b") == 0)
		return 0;
	unit = strchr(units, *s | 0x20);
	if (unit == NULL)
		return -1;
	s++;
	if (*s != '\0' && strcasecmp(s, "b") != 0 && strcasecmp(s, "ib") != 0)
		return -1;
	return 10 * (int)(unit - units + 1);
}

int
number_size(const char *s, uint64_t min, uint64_t max, uint64_t *value)
{
	unsigned long long n;
	char *end;
	int shift;

	if (!is_digit(*s))
		return -1;
	errno = 0;
	n = strtoull(s, &end, 10);
	shift = suffix_shift(end);
	if (errno != 0 || shift < 0 || n > UINT64_MAX >> shift)
		return -1;
	n <<= shift;
	if (n < min || n > max)
		return -1;
	*value = n;
	return 0;
}

char *
number_bytes(char *buf, size_t size, uint64_t bytes)
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB"};
	double n = (double)bytes / 1024;
	size_t u = 0;

	if (bytes < 1024) {
		snprintf(buf, size, "%" PRIu64 " B", bytes);
		return buf;
	}
	while (n >= 1023.95 && u + 1 < sizeof units / sizeof *units) {
		n /= 1024;
		u++;
	}
	snprintf(buf, size, "%.1f %s", n, units[u]);
	return buf;
}
