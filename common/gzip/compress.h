/*
 * compress: all that a descriptor gives, as gzip members, on several cores.
 */
#ifndef COMPRESS_H
#define COMPRESS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct fdio_output;
struct stop;
struct tail;

#define COMPRESS_BLOCK_MIN ((size_t)64 << 10)
#define COMPRESS_BLOCK ((size_t)1 << 20)
#define COMPRESS_BLOCK_MAX ((size_t)16 << 20)

struct compress {
	int in;
	const char *name; /* of the input, for messages */
	struct fdio_output *out;
	struct stop *stop; /* raised by a failure, too */
	int level; /* of codec.h */
	unsigned jobs;
	size_t block; /* bytes of input in each member */
	struct tail *tail; /* of the input; may be NULL */

	/* What was done so far; zero at first. */
	uint64_t bytes_in, bytes_out, members;
};

/*
 * Reads to the end and writes the members of data, in jobs + 2 buffers for a
 * block and as many for a member. Returns 0 or -1.
 */
int compress_run(struct compress *, struct error *);

/*
 * Writes the end marker: to be called once it is known that the input was
 * whole. Returns 0 or -1.
 */
int compress_end(struct compress *, struct error *);

#endif
