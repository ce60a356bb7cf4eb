#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gzip/codec.h"
#include "gzip/codec_backend.h"

enum { STORED_MAX = 65535, STORED_HEADER = 5 };

/* What each level is; the measured sizes and speeds are in gzstream(1). */
static const struct {
	const struct codec_backend *backend;
	int effort;
} levels[CODEC_BEST + 1] = {
#if defined HAVE_ISAL && defined HAVE_LIBDEFLATE
    [1] = {&codec_isal, 1},
    [2] = {&codec_isal, 3},
    [3] = {&codec_libdeflate, 1},
    [4] = {&codec_libdeflate, 3},
    [5] = {&codec_libdeflate, 5},
    [6] = {&codec_libdeflate, 6},
    /* libdeflate's 8 costs twice as much as its 7, and saves 1 %. */
    [7] = {&codec_libdeflate, 7},
    [8] = {&codec_libdeflate, 7},
    [9] = {&codec_libdeflate, 7},
#elif defined HAVE_LIBDEFLATE
    [1] = {&codec_libdeflate, 1},
    [2] = {&codec_libdeflate, 2},
    [3] = {&codec_libdeflate, 3},
    [4] = {&codec_libdeflate, 4},
    [5] = {&codec_libdeflate, 5},
    [6] = {&codec_libdeflate, 6},
    [7] = {&codec_libdeflate, 7},
    [8] = {&codec_libdeflate, 7},
    [9] = {&codec_libdeflate, 7},
#else
#ifdef HAVE_ISAL
    [1] = {&codec_isal, 1},
#else
    [1] = {&codec_zlib, 1},
#endif
    [2] = {&codec_zlib, 2},
    [3] = {&codec_zlib, 3},
    [4] = {&codec_zlib, 4},
    [5] = {&codec_zlib, 5},
    [6] = {&codec_zlib, 6},
    [7] = {&codec_zlib, 7},
    [8] = {&codec_zlib, 8},
    [9] = {&codec_zlib, 9},
#endif
};

/* ISA-L inflates a third faster than libdeflate, which needs it whole. */
#if defined HAVE_ISAL
#define INFLATING codec_isal
#define STREAMING codec_isal
#define CHECKING codec_isal
#elif defined HAVE_LIBDEFLATE
#define INFLATING codec_libdeflate
#define STREAMING codec_zlib
#define CHECKING codec_libdeflate
#else
#define INFLATING codec_zlib
#define STREAMING codec_zlib
#define CHECKING codec_zlib
#endif

struct codec_deflater {
	const struct codec_backend *backend;
	void *state;
};

const char *
codec_versions(char *buf, size_t size)
{
	static const struct codec_backend *const all[] = {
#ifdef HAVE_ISAL
	    &codec_isal,
#endif
#ifdef HAVE_LIBDEFLATE
	    &codec_libdeflate,
#endif
	    &codec_zlib,
	};
	size_t i, n = 0;
	char one[64];

	for (i = 0; i < sizeof all / sizeof *all && n < size; i++)
		n += (size_t)snprintf(buf + n, size - n, "%s%s",
		    i > 0 ? ", " : "", all[i]->version(one, sizeof one));
	return buf;
}

uint32_t
codec_crc32(uint32_t crc, const void *in, size_t size)
{
	return CHECKING.crc32(crc, in, size);
}

struct codec_deflater *
codec_deflater_new(int level)
{
	struct codec_deflater *d = malloc(sizeof *d);

	if (d == NULL)
		return NULL;
	d->backend = levels[level].backend;
	d->state = d->backend->deflater_new(levels[level].effort);
	if (d->state == NULL) {
		free(d);
		return NULL;
	}
	return d;
}

void
codec_deflater_free(struct codec_deflater *d)
{
	if (d != NULL)
		d->backend->deflater_free(d->state);
	free(d);
}

/* The size of a block as stored: RFC 1951, 3.2.4. */
size_t
codec_bound(size_t size)
{
	size_t blocks = size / STORED_MAX + (size % STORED_MAX != 0);

	return size + STORED_HEADER * (blocks > 0 ? blocks : 1);
}

static size_t
store(const uint8_t *in, size_t size, uint8_t *out)
{
	uint8_t *p = out;
	size_t n;

	do {
		n = size < STORED_MAX ? size : STORED_MAX;
		size -= n;
		*p++ = size == 0; /* the final bit; type 0 */
		*p++ = (uint8_t)n;
		*p++ = (uint8_t)(n >> 8);
		*p++ = (uint8_t)~n;
		*p++ = (uint8_t)(~n >> 8);
		memcpy(p, in, n);
		in += n;
		p += n;
	} while (size > 0);
	return (size_t)(p - out);
}

size_t
codec_deflate(
    struct codec_deflater *d, const void *block, size_t size, void *out)
{
	size_t n =
	    d->backend->deflate(d->state, block, size, out, codec_bound(size));

	return n != 0 ? n : store(block, size, out);
}

struct codec_inflater *
codec_inflater_new(void)
{
	return INFLATING.inflater_new();
}

void
codec_inflater_free(struct codec_inflater *i)
{
	INFLATING.inflater_free(i);
}

bool
codec_inflate(struct codec_inflater *i, const void *in, size_t size, void *out,
    size_t room)
{
	return INFLATING.inflate(i, in, size, out, room);
}

struct codec_stream *
codec_stream_new(void)
{
	return STREAMING.stream_new();
}

void
codec_stream_free(struct codec_stream *s)
{
	STREAMING.stream_free(s);
}

void
codec_stream_start(struct codec_stream *s)
{
	STREAMING.stream_start(s);
}

enum codec_result
codec_stream_step(struct codec_stream *s, struct codec_piece *p,
    uint8_t rest[CODEC_REST], size_t *nrest)
{
	return STREAMING.stream_step(s, p, rest, nrest);
}
