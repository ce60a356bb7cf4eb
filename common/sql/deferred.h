/*
 * deferred: the objects of a dump that go to a file instead of the database, as
 * SQL for psql.
 *
 * A subscription there has no slot: into a file beside it, with ".slots" behind
 * its name, goes the statement that gives the slot back.
 */
#ifndef DEFERRED_H
#define DEFERRED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "io/fdio.h"

struct stop;

struct deferred {
	bool open;
	struct fdio_output statements, slots;
	const struct stop *stop;
};

/* Makes both files, empty. Returns 0 or -1. */
int deferred_open(
    struct deferred *, const char *path, const struct stop *, struct error *);

/* Adds a statement, given without its semicolon. */
int
deferred_add(struct deferred *, const char *text, size_t size, struct error *);

/* Adds what follows a COPY, as it is. */
int
deferred_data(struct deferred *, const char *data, size_t size, struct error *);

/* Ends both files. Returns 0, or -1 where not all is written. */
int deferred_close(struct deferred *, struct error *);

#endif
