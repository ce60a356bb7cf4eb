/*
 * tally: what the program writes in the end: the rows of each table, as they
 * were counted, or the objects of a dump.
 */
#ifndef TALLY_H
#define TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "sql/header.h"

struct tally {
	struct buffer *text; /* where it is written; the caller's */
	struct buffer *facts; /* what the data were; the caller's, or NULL */
	uint64_t rows; /* of all tables */
	char *table; /* that rows are inserted to, one by one; or NULL */
	uint64_t inserted;
	uint64_t objects; /* large ones that were made */
};

/* Lines of a COPY that say nothing about its rows. */
#define TALLY_UNKNOWN UINT64_MAX

/* Adds a line for an object: type, schema, name, owner. */
void tally_object(struct tally *, const struct header *);

/*
 * Adds a line for a table, named as the dump does, that has got its rows; so
 * many were in the dump.
 */
void tally_rows(struct tally *, const char *table, size_t size, uint64_t rows,
    uint64_t lines);

/*
 * Adds the arguments of a call of setval to the facts, or a large object. Where
 * strings are not standard ones, backslashes escape in them; in the facts they
 * do not.
 */
void
tally_setval(struct tally *, const char *arguments, size_t size, bool standard);
void tally_large_object(struct tally *);

/* Adds to the facts what is known in the end only. */
void tally_end(struct tally *);

/*
 * Counts rows that a statement has inserted; those of one table are one line,
 * which is added when another table's come, or by tally_end_inserts(). Returns
 * 0, or -1 without memory.
 */
int tally_insert(
    struct tally *, const char *table, size_t size, uint64_t, struct error *);
void tally_end_inserts(struct tally *);

void tally_free(struct tally *);

#endif
