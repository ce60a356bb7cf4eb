/*
 * codec's inflaters against zlib's: any bytes as deflate data, at once and in
 * pieces. What zlib takes, each must take, with the same data and the same
 * end. What zlib refuses they may take only for its stricter rules on codes
 * (an incomplete code harms nobody: a CRC stands behind the data).
 *
 * Random bytes are seldom deflate data for long. So an input that begins with
 * the word "make" is a recipe: how zlib is to deflate the rest of it, and which
 * bits are flipped then.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "gzip/codec.h"

enum { MOST = 1 << 20 };

struct result {
	bool whole;
	size_t n, used;
	const char *why;
	uint8_t *data;
};

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
by_zlib(const uint8_t *in, size_t size, struct result *r)
{
	z_stream z = {.next_in = (Bytef *)in, .avail_in = (uInt)size};

	inflateInit2(&z, -15);
	z.next_out = r->data;
	z.avail_out = MOST;
	r->whole = inflate(&z, Z_FINISH) == Z_STREAM_END;
	r->n = MOST - z.avail_out;
	r->used = size - z.avail_in;
	r->why = z.msg != NULL ? z.msg : "";
	inflateEnd(&z);
}

static void
by_stream(const uint8_t *in, size_t size, struct result *r)
{
	static const size_t pieces[] = {1, 2, 3, 7, 8, 64, 1000, SIZE_MAX};
	size_t piece = pieces[size > 0 ? in[size - 1] % 8 : 0], nrest = 0;
	size_t i = 0, k = 0;
	struct codec_stream *s = codec_stream_new();
	struct codec_piece p = {.out = r->data, .out_size = MOST};
	enum codec_result result = CODEC_MORE;
	uint8_t rest[CODEC_REST];

	codec_stream_start(s);
	while (result == CODEC_MORE && i < size && p.out_size > 0) {
		k = size - i < piece ? size - i : piece;
		p.in = in + i;
		p.in_size = k;
		result = codec_stream_step(s, &p, rest, &nrest);
		i += k - p.in_size;
	}
	r->whole = result == CODEC_END;
	r->n = MOST - p.out_size;
	r->used = i - nrest;
	codec_stream_free(s);
}

static void
differ(const char *what, const struct result *ours, const struct result *theirs)
{
	fprintf(stderr, "%s: ours %d, %zu of %zu; zlib's %d, %zu of %zu (%s)\n",
	    what, ours->whole, ours->n, ours->used, theirs->whole, theirs->n,
	    theirs->used, theirs->why);
	abort();
}

/* The deflate data that a recipe makes, in a static buffer; 0 if none. */
static size_t
make(const uint8_t *in, size_t size, const uint8_t **made)
{
	static const int strategies[] = {
	    Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED};
	static uint8_t out[1 << 18];
	z_stream z = {.next_out = out, .avail_out = sizeof out};
	size_t flips, i, n, at, again;

	if (size < 12 || memcmp(in, "make", 4) != 0)
		return 0;
	if (deflateInit2(&z, in[4] % 10, Z_DEFLATED, -9 - in[5] % 7,
		1 + in[6] % 9, strategies[in[7] % 5]) != Z_OK)
		return 0;
	flips = in[8] % 4;
	/* The same again and again: long distances, several blocks. */
	again = 1 + in[9] % 64u;
	for (i = 0; i < again; i++) {
		z.next_in = (Bytef *)in + 10;
		z.avail_in = (uInt)size - 10;
		deflate(&z, in[9] & 64 ? Z_FULL_FLUSH : Z_NO_FLUSH);
	}
	deflate(&z, Z_FINISH);
	n = sizeof out - z.avail_out;
	deflateEnd(&z);
	for (i = 0; i < flips; i++) {
		at = (in[10 + i % 2] * 257u + in[size - 1 - i]) % (n * 8);
		out[at / 8] ^= (uint8_t)(1 << at % 8);
	}
	*made = out;
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *given, size_t given_size)
{
	static uint8_t data[3][MOST];
	const uint8_t *in = given;
	size_t made = make(given, given_size, &in);
	size_t size = made > 0 ? made : given_size;
	struct result ours = {.data = data[0]}, theirs = {.data = data[1]};
	struct codec_inflater *whole = codec_inflater_new();
	bool lax;

	by_stream(in, size, &ours);
	by_zlib(in, size, &theirs);
	lax = strstr(theirs.why, "set") != NULL ||
	    strstr(theirs.why, "missing end-of-block") != NULL ||
	    strstr(theirs.why, "too many length") != NULL;
	if (memcmp(ours.data, theirs.data,
		ours.n < theirs.n ? ours.n : theirs.n) != 0)
		differ("the data", &ours, &theirs);
	if (theirs.whole &&
	    (!ours.whole || ours.n != theirs.n || ours.used != theirs.used))
		differ("refused", &ours, &theirs);
	if (ours.whole && !theirs.whole && theirs.n < MOST && !lax)
		differ("taken", &ours, &theirs);
	if (theirs.whole &&
	    (!codec_inflate(whole, in, theirs.used, data[2], theirs.n) ||
		memcmp(data[2], theirs.data, theirs.n) != 0))
		differ("not whole", &ours, &theirs);
	codec_inflater_free(whole);
	return 0;
}
