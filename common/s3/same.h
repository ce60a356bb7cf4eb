/*
 * same: whether an object holds what a stream held.
 */
#ifndef SAME_H
#define SAME_H

#include <stdint.h>

#include "s3/s3.h"

/*
 * Compares the object with a stream of that size and SHA-256: by the digest in
 * the object's metadata, or by fetching it. Returns 1 where it is the same, 0
 * where it is other, -1 with the error.
 */
int same_object(struct s3 *, const char *key, uint64_t size,
    const char sha256[HASH_HEX], struct error *);

#endif
