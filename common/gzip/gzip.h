/*
 * gzip: the headers and trailers of gzip members (RFC 1952). Pure.
 *
 * A member of ours carries two subfields in its extra field (RFC 1952,
 * 2.3.1.1), so that others read it as any gzip member:
 *
 *     'M' 'Z'  4  the size of the deflate data, LE32: MiGz's convention
 *                 (github.com/linkedin/migz), to find the next member by
 *     'S' 'P'  9  a byte: 1 data, 2 the end of the stream; then the member's
 *                 number in its stream, LE64, from 0
 *
 * The size in a foreign header may also be BGZF's ('B' 'C', SAM/BAM format
 * specification, 4.1).
 */
#ifndef GZIP_H
#define GZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	GZIP_HEADER = 10 + 2 + 4 + 4 + 4 + 9, /* the bytes of one of ours */
	GZIP_TRAILER = 8,
};

enum gzip_kind {
	GZIP_FOREIGN = 0, /* without our subfield, or not as we know it */
	GZIP_DATA = 1,
	GZIP_END = 2, /* the empty member that ends a stream of ours */
};

/*
 * Writes the header of a member of ours. The time is zero and the system
 * unknown, so that the same input gives the same bytes anywhere.
 */
void gzip_put_header(uint8_t out[GZIP_HEADER], enum gzip_kind, uint64_t number,
    uint32_t deflated);

/* Writes the CRC-32 and the size (modulo 2^32) of the member's data. */
void gzip_put_trailer(uint8_t out[GZIP_TRAILER], uint32_t crc, uint64_t size);
void
gzip_get_trailer(const uint8_t in[GZIP_TRAILER], uint32_t *crc, uint32_t *size);

/*
 * A header, parsed byte by byte in constant memory, whatever the length of
 * its fields. The first fields are what it says, once it is whole.
 */
struct gzip_header {
	uint64_t length; /* in bytes, so far or in all */
	bool sized; /* it tells the size of its deflate data: a hint */
	uint64_t deflated;
	enum gzip_kind kind;
	uint64_t number;

	const char *wrong; /* why gzip_header_feed refused it */

	/* The parser's own. */
	int state;
	unsigned flags, have, left, sub_left;
	uint32_t crc, bgzf;
	uint8_t bytes[16];
};

enum gzip_result { GZIP_WRONG = -1, GZIP_MORE = 0, GZIP_WHOLE = 1 };

/* Makes it ready for the first byte of a header. */
void gzip_header_start(struct gzip_header *);

/*
 * Takes bytes from *p up to end and moves *p past those that belong to the
 * header (to the one that is wrong, where it is). All optional fields are
 * passed over, a header CRC is verified, reserved flags are refused (RFC 1952,
 * 2.3.1.2). Extra fields that are no list of subfields are passed over.
 */
enum gzip_result
gzip_header_feed(struct gzip_header *, const uint8_t **p, const uint8_t *end);

#endif
