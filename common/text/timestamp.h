/*
 * timestamp: a date and time as JSON and XML answers write it. Pure.
 */
#ifndef TIMESTAMP_H
#define TIMESTAMP_H

#include <stdint.h>

/*
 * Reads "2026-11-22T12:00:00Z", with a fraction or an offset such as +01:00 if
 * there is one (RFC 3339, 5.6), as seconds since 1970-01-01T00:00:00Z. Returns
 * 0, or -1 where the text is none.
 */
int timestamp_parse(const char *, int64_t *);

#endif
