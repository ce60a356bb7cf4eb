/*
 * tail: the last bytes of a stream that goes by, for whoever must know how it
 * ended.
 */
#ifndef TAIL_H
#define TAIL_H

#include <stddef.h>

#include "base/error.h"

enum { TAIL_SIZE = 8192 };

struct tail { /* zero at first */
	char bytes[TAIL_SIZE];
	size_t size;
};

/* Takes note of the next bytes of the stream. */
void tail_add(struct tail *, const void *, size_t);

/*
 * Writes the last bytes, TAIL_SIZE or all there were, to the file of that
 * name, which is made or overwritten. Returns 0 or -1.
 */
int tail_write(const struct tail *, const char *name, struct error *);

#endif
