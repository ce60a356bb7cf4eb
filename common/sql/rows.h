/*
 * rows: the data of one COPY, dealt out to the sessions in blocks of whole
 * lines.
 *
 * A row that is longer than a block goes to one session in pieces, so that
 * memory does not grow with it. No byte is looked at twice.
 */
#ifndef ROWS_H
#define ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "sql/session.h"

struct crew;
struct deferred;
struct input;

struct rows {
	struct crew *crew;
	struct input *in;
	bool discard; /* read over them: the sessions are not concerned */
	struct deferred *deferred; /* where they go then, or NULL */
	bool whole; /* for one session: a line may not be a row */
	const char *sql; /* the COPY */
	const char *table; /* as it is written there */
	size_t table_size;
	const struct task *task;
	uint64_t
	    line; /* that follows the COPY; after it, that follows the data */
	uint64_t count; /* rows, as the server counted them */
	uint64_t lines; /* of data */
};

/*
 * Takes the data from the input, which stands behind the COPY's semicolon, up
 * to and with the line "\.". Returns when all sessions have confirmed theirs:
 * 0, or -1.
 */
int rows_copy(struct rows *, struct error *);

#endif
