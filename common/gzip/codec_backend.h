/*
 * codec_backend: one library behind codec. Only the codec*.c know it.
 */
#ifndef CODEC_BACKEND_H
#define CODEC_BACKEND_H

#include "gzip/codec.h"

/*
 * deflate returns the size of the deflate data, or 0 where it needs more than
 * room; inflate is as codec_inflate. A NULL function is one the library does
 * not have, or that is not asked of it.
 */
struct codec_backend {
	void *(*deflater_new)(int effort);
	void (*deflater_free)(void *);
	size_t (*deflate)(
	    void *, const void *in, size_t size, void *out, size_t room);

	void *(*inflater_new)(void);
	void (*inflater_free)(void *);
	bool (*inflate)(
	    void *, const void *in, size_t size, void *out, size_t room);

	void *(*stream_new)(void);
	void (*stream_free)(void *);
	void (*stream_start)(void *);
	enum codec_result (*stream_step)(void *, struct codec_piece *,
	    uint8_t rest[CODEC_REST], size_t *nrest);

	uint32_t (*crc32)(uint32_t, const void *, size_t);
	const char *(*version)(char *buf, size_t size);
};

extern const struct codec_backend codec_zlib;
#ifdef HAVE_LIBDEFLATE
extern const struct codec_backend codec_libdeflate;
#endif
#ifdef HAVE_ISAL
extern const struct codec_backend codec_isal;
#endif

#endif
