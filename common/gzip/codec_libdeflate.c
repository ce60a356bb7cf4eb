#ifdef HAVE_LIBDEFLATE
#include <libdeflate.h>
#include <stdio.h>

#include "gzip/codec_backend.h"

static void *
deflater_new(int effort)
{
	return libdeflate_alloc_compressor(effort);
}

static void
deflater_free(void *d)
{
	libdeflate_free_compressor(d);
}

static size_t
deflate_block(void *d, const void *in, size_t size, void *out, size_t room)
{
	return libdeflate_deflate_compress(d, in, size, out, room);
}

static void *
inflater_new(void)
{
	return libdeflate_alloc_decompressor();
}

static void
inflater_free(void *d)
{
	libdeflate_free_decompressor(d);
}

static bool
inflate_block(void *d, const void *in, size_t size, void *out, size_t room)
{
	size_t used, got;

	return libdeflate_deflate_decompress_ex(
		   d, in, size, out, room, &used, &got) == LIBDEFLATE_SUCCESS &&
	    used == size && got == room;
}

static const char *
version(char *buf, size_t size)
{
	/* The library tells its version only at compile time. */
	snprintf(buf, size, "libdeflate %s", LIBDEFLATE_VERSION_STRING);
	return buf;
}

const struct codec_backend codec_libdeflate = {
    .deflater_new = deflater_new,
    .deflater_free = deflater_free,
    .deflate = deflate_block,
    .inflater_new = inflater_new,
    .inflater_free = inflater_free,
    .inflate = inflate_block,
    .crc32 = libdeflate_crc32,
    .version = version,
};
#else
/* ISO C wants something here. */
extern const struct codec_backend codec_libdeflate;
#endif
