/*
 * apply: a plain dump, as pg_dump writes it, into a database by several
 * sessions.
 */
#ifndef APPLY_H
#define APPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "sql/selection.h"

struct stop;

struct apply {
	int fd; /* the dump */
	const char *name; /* of it, for messages */
	const struct stop *stop;
	const char *database; /* NULL: libpq's default */
	unsigned jobs; /* sessions */
	bool list; /* only list the objects, connect to nothing */
	bool verbose;
	bool single; /* all of it in one transaction; jobs is 1 then */
	struct selection *selection;
	const char *search_path; /* instead of the empty one, or NULL */
	const char *deferred; /* the file of what is deferred, or NULL */

	/* The results; the caller frees the buffers. */
	struct buffer *text; /* the list, or the rows of each table */
	struct buffer *facts; /* what the data were, or NULL */
	uint64_t statements, rows;
};

/*
 * Reads the dump to its end and applies it. Returns 0 only where the end that
 * pg_dump writes was seen, and all is committed. The first error ends all, and
 * leaves no session behind.
 */
int apply_run(struct apply *, struct error *);

#endif
