/*
 * held: the statements of one object, kept until it is known whether they are
 * wanted.
 */
#ifndef HELD_H
#define HELD_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "sql/header.h"

struct held_statement {
	struct held_statement *next;
	uint64_t line;
	size_t size;
	char text[]; /* with a NUL behind it */
};

struct held {
	struct header header; /* of the object */
	struct held_statement *first;
};

/* Adds a statement of the object, copied. Returns 0, or -1 without memory. */
int held_add(struct held *, const struct header *, const char *text,
    size_t size, uint64_t line, struct error *);

/* Takes the first statement, which is the caller's then; NULL: there is none. */
struct held_statement *held_next(struct held *);
void held_statement_free(struct held_statement *);

void held_free(struct held *);

#endif
