/*
 * decompress: the data of any gzip stream that a descriptor gives, on several
 * cores where its members tell their size.
 */
#ifndef DECOMPRESS_H
#define DECOMPRESS_H

#include <stdint.h>

#include "base/error.h"

struct fdio_output;
struct stop;
struct tail;

struct decompress {
	int in;
	const char *name; /* of the input, for messages */
	struct fdio_output *out; /* NULL: only test */
	struct stop *stop; /* raised by a failure, too */
	unsigned jobs;
	struct tail *tail; /* of the data; may be NULL */

	/* What was done so far; zero at first. */
	uint64_t bytes_in, bytes_out;
};

/*
 * Reads to the end and writes what it decodes, as it is decoded. Returns 0
 * only if the stream was whole, as gunzip.h has it; what was before the error
 * may be written by then. Members of more than 16 MiB, and all from the first
 * on whose size is not told, or told wrongly, are decoded one after the other.
 * No buffer grows beyond what has arrived, or 16 MiB.
 */
int decompress_run(struct decompress *, struct error *);

#endif
