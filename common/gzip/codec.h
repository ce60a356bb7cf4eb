/*
 * codec: deflate and inflate (RFC 1951) by the fastest of the libraries that
 * are built in: zlib always, libdeflate and ISA-L where they are.
 */
#ifndef CODEC_H
#define CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CODEC_FASTEST = 1, CODEC_DEFAULT = 5, CODEC_BEST = 9 };

/* The libraries and their versions, as "ISA-L 2.30.0, zlib 1.2.13". */
const char *codec_versions(char *buf, size_t size);

/* Goes on with a CRC-32 (RFC 1952, 8); the first one given is 0. */
uint32_t codec_crc32(uint32_t crc, const void *, size_t);

/*
 * Compresses blocks, each by itself. The level decides library and effort by a
 * fixed table, so that the same block gives the same bytes, whichever deflater
 * it meets, on the same kind of processor. Serves one thread at a time.
 * Returns NULL when there is no memory.
 */
struct codec_deflater;
struct codec_deflater *codec_deflater_new(int level);
void codec_deflater_free(struct codec_deflater *);

/* The room that codec_deflate needs for a block of that size. */
size_t codec_bound(size_t size);

/*
 * Writes the block as whole deflate data and returns its size: no more than
 * codec_bound(size), as what does not shrink is stored. Blocks are of less
 * than 4 GiB.
 */
size_t codec_deflate(
    struct codec_deflater *, const void *block, size_t size, void *out);

/*
 * Inflates deflate data that is whole and in one piece to exactly `room` bytes.
 * Returns whether it is just that, from the first byte to the last. Serves one
 * thread at a time.
 */
struct codec_inflater;
struct codec_inflater *codec_inflater_new(void);
void codec_inflater_free(struct codec_inflater *);
bool codec_inflate(struct codec_inflater *, const void *in, size_t size,
    void *out, size_t room);

/* Inflates deflate data piece by piece, in constant memory. */
struct codec_stream;
struct codec_stream *codec_stream_new(void);
void codec_stream_free(struct codec_stream *);

/* Makes it ready for the first byte of new deflate data. */
void codec_stream_start(struct codec_stream *);

enum codec_result {
	CODEC_WRONG = -1, /* the data is no deflate data */
	CODEC_MORE = 0, /* all input was taken, or the output is full */
	CODEC_END = 1, /* the data has ended, all of its output is there */
};

struct codec_piece {
	const uint8_t *in;
	size_t in_size;
	uint8_t *out;
	size_t out_size;
};

enum { CODEC_REST = 8 };

/*
 * Inflates what it can, and moves the piece's beginnings past what was used.
 * At the end up to CODEC_REST bytes may have been used that do not belong to
 * the data any more: they are written to rest, their number to *nrest, and
 * come before what is left of the input.
 */
enum codec_result codec_stream_step(struct codec_stream *, struct codec_piece *,
    uint8_t rest[CODEC_REST], size_t *nrest);

#endif
