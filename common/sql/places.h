/*
 * places: where in the dump the rows stood that a session was given in a COPY.
 *
 * Only the last blocks are remembered: the server tells of an error in a row
 * soon after it was given it.
 */
#ifndef PLACES_H
#define PLACES_H

#include <stdint.h>

enum { PLACES_BLOCKS = 64 };

struct places {
	struct {
		uint64_t rows, line; /* rows before it; where it begins */
	} blocks[PLACES_BLOCKS];
	uint64_t count, rows; /* blocks, and ends of lines in them */
};

/* Adds a block that begins at that line of the dump. */
void places_add(struct places *, uint64_t line, uint64_t lines);

/*
 * The line of the dump of the row that the server's context names, as in
 * "COPY t, line 3, column a", which counts the rows that were added; or 0.
 */
uint64_t places_find(const struct places *, const char *context);

#endif
