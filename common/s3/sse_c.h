/*
 * sse_c: the key that a store encrypts objects with and does not keep.
 *
 * The rules are those of "Using server-side encryption with customer-provided
 * keys (SSE-C)" in the Amazon S3 User Guide.
 */
#ifndef SSE_C_H
#define SSE_C_H

#include <stdbool.h>
#include <stddef.h>

#include "aws/sigv4.h"
#include "base/error.h"

enum { SSE_C_HEADERS = 3 };

struct sse_c {
	char key[45], md5[25]; /* in base64; empty: no such key */
};

/*
 * Reads the file, which holds the 32 bytes of the key and nothing else. Over
 * plain http it would be seen: that is a usage error. Returns 0 or -1.
 */
int sse_c_load(struct sse_c *, const char *path, bool https, struct error *);

/* Fills in the headers, which point into the key; returns how many: 0 or 3. */
size_t sse_c_headers(const struct sse_c *, struct pair[SSE_C_HEADERS]);

/* Wipes it. */
void sse_c_wipe(struct sse_c *);

#endif
