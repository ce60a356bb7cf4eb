/*
 * keytime: the time, the database and the place that stand in a backup's key.
 *
 * The form is [prefix/]YYYY/MM/DD/NAME_HHMMSS[.suffix], in UTC (s3pipe(7)).
 */
#ifndef KEYTIME_H
#define KEYTIME_H

#include <stddef.h>
#include <stdint.h>

/* Where the parts of a key stand in it, in bytes, and the time it tells. */
struct keytime {
	int64_t time; /* seconds since 1970-01-01T00:00:00Z */
	size_t prefix; /* length of what is before the date, with its slash */
	size_t name, name_length; /* never empty */
	size_t suffix; /* where ".suffix" begins; the key's length: none */
};

/*
 * Reads a key of the given length, which need not end with a NUL and may hold
 * any bytes. The time is the last '_' and six digits that a '.' or the end
 * follows; the date is the three components right before the last. Returns 0,
 * or -1 where the key is not of that form or its date or time is none: a 13th
 * month, 30 February, hour 24, year 0, and second 60, which no POSIX clock
 * shows (IEEE Std 1003.1, "Seconds Since the Epoch").
 */
int keytime_parse(const char *key, size_t length, struct keytime *);

#endif
