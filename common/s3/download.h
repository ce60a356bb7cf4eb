/*
 * download: one object to a descriptor.
 *
 *     the first range (which tells size and ETag)
 *     -> further ranges, several at once, under that ETag -> bytes, in order
 *
 * Memory is jobs + 1 ranges.
 */
#ifndef DOWNLOAD_H
#define DOWNLOAD_H

#include <stdint.h>

#include "base/error.h"
#include "s3/s3.h"

struct config;
struct progress;
struct stop;

/* All that is pointed to is the caller's and outlives the call. */
struct download_plan {
	const char *key;
	uint64_t range; /* bytes of one request */
	unsigned jobs; /* requests in flight, at most */
	int fd; /* where the bytes go */
	const char *name; /* of that, for messages: "stdout" */
	const struct config *config;
	struct stop *stop;
	struct progress *progress; /* told of the bytes that are written */
};

struct download_result {
	uint64_t size; /* of the object, all of it written */
	char etag[S3_ETAG];
};

/*
 * Fetches the object and writes it, in order. Returns 0 with the result once
 * every byte is written and flushed; -1 with the error, of which parts of the
 * object may have been written.
 */
int download_run(
    const struct download_plan *, struct download_result *, struct error *);

#endif
