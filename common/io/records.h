/*
 * records: lines, or NUL-terminated records, from a descriptor.
 */
#ifndef RECORDS_H
#define RECORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct stop;
struct records;

enum { RECORDS_MAX = 65536 }; /* the longest record taken, in bytes */

enum records_result {
	RECORDS_FAILED = -1,
	RECORDS_END = 0,
	RECORDS_ONE = 1,
	/*
	 * The input ended within a record: it may be half a key, which is
	 * another object's name, and must not be taken for one.
	 */
	RECORDS_CUT = 2,
};

/*
 * Reads records that end with the terminator from fd; the name is for
 * messages. Returns NULL when there is no memory. The caller frees it.
 */
struct records *
records_open(int fd, const char *name, char terminator, const struct stop *);
void records_free(struct records *);

/*
 * Gives the next record, without its terminator but with a NUL after it, in
 * *record and its length in *length; it stays valid until the next call. The
 * cut record at the end of an input is given too, as RECORDS_CUT. A record
 * that is too long, or holds a NUL where newline ends it, is an error.
 */
enum records_result records_next(
    struct records *, const char **record, size_t *length, struct error *);

#endif
