#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "gzip/codec_backend.h"

enum { RAW = -15, MEMORY = 9 };

static void *
deflater_new(int effort)
{
	z_stream *z = calloc(1, sizeof *z);

	if (z != NULL &&
	    deflateInit2(
		z, effort, Z_DEFLATED, RAW, MEMORY, Z_DEFAULT_STRATEGY) == Z_OK)
		return z;
	free(z);
	return NULL;
}

static void
deflater_free(void *d)
{
	if (d != NULL)
		deflateEnd(d);
	free(d);
}

static size_t
deflate_block(void *d, const void *in, size_t size, void *out, size_t room)
{
	z_stream *z = d;

	deflateReset(z);
	z->next_in = (Bytef *)in;
	z->avail_in = (uInt)size;
	z->next_out = out;
	z->avail_out = (uInt)room;
	if (deflate(z, Z_FINISH) != Z_STREAM_END)
		return 0;
	return room - z->avail_out;
}

static void *
inflater_new(void)
{
	z_stream *z = calloc(1, sizeof *z);

	if (z != NULL && inflateInit2(z, RAW) == Z_OK)
		return z;
	free(z);
	return NULL;
}

static void
inflater_free(void *d)
{
	if (d != NULL)
		inflateEnd(d);
	free(d);
}

static bool
inflate_block(void *d, const void *in, size_t size, void *out, size_t room)
{
	z_stream *z = d;

	inflateReset(z);
	z->next_in = (Bytef *)in;
	z->avail_in = (uInt)size;
	z->next_out = out;
	z->avail_out = (uInt)room;
	return inflate(z, Z_FINISH) == Z_STREAM_END && z->avail_in == 0 &&
	    z->avail_out == 0;
}

static void
stream_start(void *s)
{
	inflateReset(s);
}

static enum codec_result
stream_step(
    void *s, struct codec_piece *p, uint8_t rest[CODEC_REST], size_t *nrest)
{
	z_stream *z = s;
	int rc;

	(void)rest; /* zlib gives back what it does not use */
	*nrest = 0;
	z->next_in = (Bytef *)p->in;
	z->avail_in = (uInt)p->in_size;
	z->next_out = p->out;
	z->avail_out = (uInt)p->out_size;
	rc = inflate(z, Z_NO_FLUSH);
	p->in = z->next_in;
	p->in_size = z->avail_in;
	p->out = z->next_out;
	p->out_size = z->avail_out;
	if (rc == Z_STREAM_END)
		return CODEC_END;
	/* Z_BUF_ERROR: no input, or no room, was given. */
	return rc == Z_OK || rc == Z_BUF_ERROR ? CODEC_MORE : CODEC_WRONG;
}

static uint32_t
crc(uint32_t start, const void *in, size_t size)
{
	return (uint32_t)crc32_z(start, in, size);
}

static const char *
version(char *buf, size_t size)
{
	snprintf(buf, size, "zlib %s", zlibVersion());
	return buf;
}

const struct codec_backend codec_zlib = {
    .deflater_new = deflater_new,
    .deflater_free = deflater_free,
    .deflate = deflate_block,
    .inflater_new = inflater_new,
    .inflater_free = inflater_free,
    .inflate = inflate_block,
    .stream_new = inflater_new,
    .stream_free = inflater_free,
    .stream_start = stream_start,
    .stream_step = stream_step,
    .crc32 = crc,
    .version = version,
};
