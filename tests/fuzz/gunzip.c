/*
 * gunzip against zlib: any bytes, in pieces of any size. What zlib takes, we
 * must take, with the same data; what it refuses, we must not take with other
 * data than it had decoded by then. Our rules for our own members (gunzip.h)
 * and for what follows the last member are stricter, and told apart by words.
 *
 *     clang -g -O1 -fsanitize=fuzzer,address,undefined (flags of the Makefile)
 *         tests/fuzz/gunzip.c common/(the modules).c (the libraries)
 *     gunzip tests/fuzz/corpus/gunzip
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "gzip/gunzip.h"

enum { MOST = 4 << 20 }; /* bytes of output that are compared */

struct result {
	bool whole;
	size_t n;
	const char *why;
	uint8_t *data;
};

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static int
take(void *ctx, const void *bytes, size_t n, struct error *e)
{
	struct result *r = ctx;

	if (n > MOST - r->n)
		return error_set(e, ERROR_FAILED, "too much");
	memcpy(r->data + r->n, bytes, n);
	r->n += n;
	return 0;
}

/* The size of the pieces is taken from the input's last byte. */
static void
by_gunzip(const uint8_t *in, size_t size, struct result *r, struct error *e)
{
	static const size_t pieces[] = {1, 2, 3, 7, 8, 64, 1000, SIZE_MAX};
	size_t piece = pieces[size > 0 ? in[size - 1] % 8 : 0], i, k;
	struct gunzip *g = gunzip_new("fuzz", take, r);
	int rc = 0;

	for (i = 0; rc == 0 && i < size; i += k) {
		k = size - i < piece ? size - i : piece;
		rc = gunzip_feed(g, in + i, k, e);
	}
	if (rc == 0)
		rc = gunzip_finish(g, e);
	r->whole = rc == 0;
	r->why = e->text;
	gunzip_free(g);
}

static bool
all_zeros(const uint8_t *in, size_t n)
{
	while (n > 0 && in[n - 1] == 0)
		n--;
	return n == 0;
}

/* Member after member, then zeros. */
static void
by_zlib(const uint8_t *in, size_t size, struct result *r)
{
	z_stream z = {.next_in = (Bytef *)in, .avail_in = (uInt)size};
	int rc = Z_OK;

	inflateInit2(&z, 31);
	z.next_out = r->data;
	z.avail_out = MOST;
	do {
		rc = inflate(&z, Z_FINISH);
		if (rc != Z_STREAM_END)
			break;
		r->whole = all_zeros(z.next_in, z.avail_in);
	} while (!r->whole && inflateReset(&z) == Z_OK);
	r->n = MOST - z.avail_out;
	r->why = z.msg != NULL ? z.msg : "";
	inflateEnd(&z);
}

static void
differ(const char *what, const struct result *ours, const struct result *theirs)
{
	fprintf(stderr, "%s: ours %d, %zu bytes (%s); zlib's %d, %zu (%s)\n",
	    what, ours->whole, ours->n, ours->whole ? "" : ours->why,
	    theirs->whole, theirs->n, theirs->why);
	abort();
}

/* Errors that are ours alone: zlib knows nothing of an order of members. */
static bool
stricter(const char *why)
{
	return strstr(why, "the stream is cut") != NULL ||
	    strstr(why, "the end marker holds data") != NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t size)
{
	static uint8_t data[2][MOST];
	struct result ours = {.data = data[0]}, theirs = {.data = data[1]};
	struct error e = {0};
	size_t least;

	by_gunzip(in, size, &ours, &e);
	by_zlib(in, size, &theirs);
	least = ours.n < theirs.n ? ours.n : theirs.n;
	if (ours.n >= MOST || theirs.n >= MOST ||
	    strcmp(e.text, "too much") == 0)
		return 0;
	if (memcmp(ours.data, theirs.data, least) != 0)
		differ("the data", &ours, &theirs);
	if (theirs.whole && !ours.whole && !stricter(e.text))
		differ("refused", &ours, &theirs);
	if (theirs.whole && ours.whole && ours.n != theirs.n)
		differ("the length", &ours, &theirs);
	if (ours.whole && !theirs.whole)
		differ("taken", &ours, &theirs);
	return 0;
}
