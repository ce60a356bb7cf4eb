#include <string.h>
#include <zlib.h>

#include "gzip/gzip.h"

enum { FHCRC = 2, FEXTRA = 4, FNAME = 8, FCOMMENT = 16, RESERVED = 0xe0 };
enum { MZ_SIZE = 4, BC_SIZE = 2, SP_SIZE = 9, SUBFIELD = 4 };

enum state { FIXED, EXTRA_LENGTH, EXTRA, NAME, COMMENT, CRC, WHOLE };

static void
put_le(uint8_t *out, uint64_t value, int bytes)
{
	int i;

	for (i = 0; i < bytes; i++)
		out[i] = (uint8_t)(value >> 8 * i);
}

static uint64_t
get_le(const uint8_t *in, int bytes)
{
	uint64_t value = 0;

	while (bytes-- > 0)
		value = value << 8 | in[bytes];
	return value;
}

void
gzip_put_header(uint8_t out[GZIP_HEADER], enum gzip_kind kind, uint64_t number,
    uint32_t deflated)
{
	static const uint8_t fixed[] = {
	    0x1f, 0x8b, 8, FEXTRA, 0, 0, 0, 0, 0, 255};

	memcpy(out, fixed, sizeof fixed);
	put_le(out + 10, GZIP_HEADER - 12, 2);
	memcpy(out + 12, "MZ", 2);
	put_le(out + 14, MZ_SIZE, 2);
	put_le(out + 16, deflated, 4);
	memcpy(out + 20, "SP", 2);
	put_le(out + 22, SP_SIZE, 2);
	out[24] = (uint8_t)kind;
	put_le(out + 25, number, 8);
}

void
gzip_put_trailer(uint8_t out[GZIP_TRAILER], uint32_t crc, uint64_t size)
{
	put_le(out, crc, 4);
	put_le(out + 4, size, 4);
}

void
gzip_get_trailer(const uint8_t in[GZIP_TRAILER], uint32_t *crc, uint32_t *size)
{
	*crc = (uint32_t)get_le(in, 4);
	*size = (uint32_t)get_le(in + 4, 4);
}

void
gzip_header_start(struct gzip_header *h)
{
	*h = (struct gzip_header){.state = FIXED};
}

/* The first field from that one on that the flags announce. */
static void
enter(struct gzip_header *h, int state)
{
	h->have = 0;
	if (state <= EXTRA_LENGTH && h->flags & FEXTRA)
		h->state = EXTRA_LENGTH;
	else if (state <= NAME && h->flags & FNAME)
		h->state = NAME;
	else if (state <= COMMENT && h->flags & FCOMMENT)
		h->state = COMMENT;
	else if (state <= CRC && h->flags & FHCRC)
		h->state = CRC;
	else
		h->state = WHOLE;
}

/* Takes what a subfield says, of which there are the first 16 bytes. */
static void
take_subfield(struct gzip_header *h)
{
	const uint8_t *data = h->bytes + SUBFIELD;
	uint64_t size = get_le(h->bytes + 2, 2);

	if (memcmp(h->bytes, "MZ", 2) == 0 && size == MZ_SIZE) {
		h->sized = true;
		h->deflated = get_le(data, 4);
	} else if (memcmp(h->bytes, "BC", 2) == 0 && size == BC_SIZE) {
		h->bgzf = (uint32_t)get_le(data, 2) + 1;
	} else if (memcmp(h->bytes, "SP", 2) == 0 && size == SP_SIZE &&
	    (data[0] == GZIP_DATA || data[0] == GZIP_END)) {
		h->kind = (enum gzip_kind)data[0];
		h->number = get_le(data + 1, 8);
	}
}

static void
take_extra(struct gzip_header *h, uint8_t c)
{
	if (h->have < sizeof h->bytes)
		h->bytes[h->have] = c;
	h->have++;
	h->left--;
	if (h->have == SUBFIELD)
		h->sub_left = (unsigned)get_le(h->bytes + 2, 2);
	else if (h->have > SUBFIELD)
		h->sub_left--;
	/* One that is longer than the field never ends, and is not taken. */
	if (h->have >= SUBFIELD && h->sub_left == 0) {
		take_subfield(h);
		h->have = 0;
	}
	if (h->left == 0)
		enter(h, NAME);
}

static enum gzip_result
refuse(struct gzip_header *h, const char *why)
{
	h->wrong = why;
	return GZIP_WRONG;
}

static enum gzip_result
take_fixed(struct gzip_header *h, uint8_t c)
{
	switch (h->have++) {
	case 0:
	case 1:
		if (c != (h->have == 1 ? 0x1f : 0x8b))
			return refuse(h, "not in gzip format");
		break;
	case 2:
		if (c != 8)
			return refuse(h, "not compressed by deflate");
		break;
	case 3:
		if (c & RESERVED)
			return refuse(h, "a reserved flag is set");
		h->flags = c;
		break;
	case 9: /* after the time, extra flags and system: all ignored */
		enter(h, EXTRA_LENGTH);
		break;
	default:
		break;
	}
	return GZIP_MORE;
}

/* The CRC16 is of all the bytes before it (RFC 1952, 2.3.1, FHCRC). */
static enum gzip_result
take_crc(struct gzip_header *h, uint8_t c)
{
	h->bytes[h->have++] = c;
	if (h->have < 2)
		return GZIP_MORE;
	if (get_le(h->bytes, 2) != (h->crc & 0xffff))
		return refuse(h, "the header's CRC is wrong");
	enter(h, WHOLE);
	return GZIP_MORE;
}

static enum gzip_result
take(struct gzip_header *h, uint8_t c)
{
	switch (h->state) {
	case FIXED:
		return take_fixed(h, c);
	case EXTRA_LENGTH:
		h->bytes[h->have++] = c;
		if (h->have < 2)
			break;
		h->left = (unsigned)get_le(h->bytes, 2);
		h->have = 0;
		h->state = EXTRA;
		if (h->left == 0)
			enter(h, NAME);
		break;
	case EXTRA:
		take_extra(h, c);
		break;
	case NAME:
	case COMMENT:
		if (c == '\0')
			enter(h, h->state + 1);
		break;
	default:
		return take_crc(h, c);
	}
	return GZIP_MORE;
}

/* BGZF counts the whole member, which is known only now. */
static void
finish(struct gzip_header *h)
{
	if (h->sized || h->bgzf < h->length + GZIP_TRAILER)
		return;
	h->sized = true;
	h->deflated = h->bgzf - h->length - GZIP_TRAILER;
}

enum gzip_result
gzip_header_feed(struct gzip_header *h, const uint8_t **p, const uint8_t *end)
{
	const uint8_t *begin = *p;
	enum gzip_result result = GZIP_MORE;

	while (*p < end && h->state < CRC && result == GZIP_MORE) {
		result = take(h, **p);
		*p += result == GZIP_MORE;
	}
	h->crc = (uint32_t)crc32(h->crc, begin, (uInt)(*p - begin));
	while (*p < end && h->state == CRC && result == GZIP_MORE) {
		result = take(h, **p);
		*p += result == GZIP_MORE;
	}
	h->length += (uint64_t)(*p - begin);
	if (result != GZIP_MORE || h->state != WHOLE)
		return result;
	finish(h);
	return GZIP_WHOLE;
}
