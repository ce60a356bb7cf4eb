/*
 * upload: what a source gives, to one object.
 *
 *     a stream that fits in one part -> PutObject
 *     a longer one -> parts, several at once -> their ETags -> Complete
 *
 * Nothing is published before the source says that its input was whole.
 * Whatever fails, the upload is aborted.
 */
#ifndef UPLOAD_H
#define UPLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct config;
struct header_list;
struct progress;
struct source;
struct stop;

/* All that is pointed to is the caller's and outlives the call. */
struct upload_plan {
	const char *key;
	bool no_replace; /* an existing key is ERROR_EXISTS */
	bool same_is_success; /* but not if its object is the same */
	bool listed; /* look for it in a listing, or ERROR_UNLISTED */
	uint64_t part_size; /* bytes; 0: by the schedule of partsize.h */
	unsigned jobs; /* parts in flight, at most */
	const struct header_list *headers; /* of the object */
	char *const *command; /* whose stdout is read; NULL: stdin */
	struct source *source; /* its marker is set, nothing is open */
	const struct config *config;
	struct stop *stop;
	struct progress *progress; /* told of the bytes that are up */
};

struct upload_result {
	uint64_t bytes;
	unsigned parts;
	bool same; /* nothing was put: the object was there */
	bool stored; /* the object is there, though it may not be listed */
};

/*
 * Uploads it and closes the source. Returns 0 with the result once the store
 * has confirmed the object, or -1 with the error and nothing left behind; what
 * could not be removed is named in the error. After ERROR_UNLISTED the object
 * is there, and the result is that of a success.
 */
int
upload_run(const struct upload_plan *, struct upload_result *, struct error *);

#endif
