/*
 * removal: keys, given or read from stdin, out of the bucket.
 *
 *     keys -> batches of up to 1,000 -> DeleteObjects, several at once
 *          -> the keys that are gone, in order, to stdout
 */
#ifndef REMOVAL_H
#define REMOVAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct config;
struct stop;

/* All that is pointed to is the caller's and outlives the call. */
struct removal_plan {
	char *const *keys; /* ended by NULL; none: those on stdin */
	char terminator; /* of the records on stdin and stdout */
	bool uploads; /* records are lines of `s3ls -u`, to be aborted */
	bool quiet; /* print no keys */
	unsigned jobs; /* requests in flight, at most */
	const struct config *config; /* NULL: a dry run, nothing is sent */
	struct stop *stop;
};

struct removal_result {
	size_t gone, failed;
	bool done; /* all that could be read was dealt with */
};

/* Checks a key, or a line of `s3ls -u`. Returns 0, or -1 with the error. */
int removal_check(const char *record, bool uploads, struct error *);

/*
 * Deletes and prints. Each key that failed is reported on stderr. Returns 0
 * only if all are gone; what is wrong with stdin ends it after the keys that
 * stand before it.
 */
int removal_run(
    const struct removal_plan *, struct removal_result *, struct error *);

#endif
