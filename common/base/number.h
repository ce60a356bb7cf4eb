/*
 * number: numbers as people write them in options and settings.
 */
#ifndef NUMBER_H
#define NUMBER_H

#include <stddef.h>
#include <stdint.h>

/*
 * Reads a whole decimal number between min and max. Returns 0, or -1 where
 * the text is anything else (empty, a sign alone, trailing bytes, too large).
 */
int number_parse(const char *, int64_t min, int64_t max, int64_t *);

/*
 * Reads a size in bytes: digits, and K, M, G or T for a power of 1024 (also
 * KiB, KB and so on, in either case). Returns as number_parse does.
 */
int number_size(const char *, uint64_t min, uint64_t max, uint64_t *);

/* Writes a size for people, such as "8.0 MiB", into buf; returns buf. */
char *number_bytes(char *buf, size_t size, uint64_t bytes);

#endif
