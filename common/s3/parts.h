/*
 * parts: a stream of unknown length, cut into the parts of an upload.
 *
 *     fd -> parts, sized by the schedule -> several uploads at once -> ETags
 *
 * Memory is the parts in flight and one that is being read; see partsize.h.
 */
#ifndef PARTS_H
#define PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "s3/partsize.h"
#include "s3/s3.h"

struct progress;

/* Where the stream comes from and goes to; set by the caller. */
struct parts_plan {
	int fd;
	const char *source; /* the stream's name, for messages */
	const char *key;
	struct partsize size; /* of the parts */
	unsigned jobs; /* parts in flight, at most */
	enum checksum_kind checksum; /* that the stream's is asked for */
	const struct config *config;
	struct stop *stop;
	struct progress *progress; /* told of each part that is up */
};

struct parts;

/* Returns NULL with an error. What the plan points to must outlive it. */
struct parts *parts_open(const struct parts_plan *, struct error *);
void parts_free(struct parts *);

/*
 * Reads the first part, and a byte more where it is full: *only tells whether
 * the stream ends with it, and *bytes and *size give it then.
 */
int parts_read_first(struct parts *, bool *only, const char **bytes,
    size_t *size, struct error *);

/*
 * Instead of parts_send: reads all others too, and gives the SHA-256 of the
 * whole stream; parts_bytes is its length then.
 */
int parts_digest(struct parts *, char out[HASH_HEX], struct error *);

/*
 * Uploads the first part and all others, until the stream ends, each with a
 * checksum of that kind.
 */
int parts_send(
    struct parts *, const char *upload, enum checksum_kind, struct error *);

/* After the end: the checksum of the whole stream. Returns 0 or -1. */
int parts_checksum(struct parts *, struct s3_sum *, struct error *);

/* Whether a part may still have been on its way when the sending failed. */
bool parts_pending(const struct parts *);

/* How many parts there were so far, and how many bytes; what came of them. */
unsigned parts_count(const struct parts *);
uint64_t parts_bytes(const struct parts *);
const struct s3_part *parts_sent(const struct parts *);

#endif
