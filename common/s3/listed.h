/*
 * listed: whether a store shows what was put.
 */
#ifndef LISTED_H
#define LISTED_H

#include <stdint.h>

#include "base/error.h"

struct s3;

/*
 * Looks for the key in a listing, with that size in bytes. Returns 0, or -1 with
 * ERROR_UNLISTED: it is stored, and not seen, or the listing failed.
 */
int listed_check(struct s3 *, const char *key, uint64_t size, struct error *);

#endif
