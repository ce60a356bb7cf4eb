#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gzip/codec.h"
#include "gzip/gunzip.h"

enum { OUTPUT = 256 << 10 };

/* START: no member yet. HEADER: between two, or within a header. */
enum state { START, HEADER, BODY, TRAILER, PADDING };

struct gunzip {
	const char *name;
	int (*take)(void *, const void *, size_t, struct error *);
	void *ctx;
	enum state state;
	uint64_t offset; /* of the next byte in the stream */
	bool within; /* a stream of ours, whose end marker is yet to come */
	uint64_t next; /* the number its next member must have */
	struct gzip_header header;
	struct codec_stream *stream;
	uint32_t crc;
	uint64_t member_size;
	unsigned have; /* of the trailer */
	uint8_t trailer[GZIP_TRAILER];
	uint8_t out[OUTPUT];
};

struct gunzip *
gunzip_new(const char *name,
    int (*take)(void *ctx, const void *, size_t, struct error *), void *ctx)
{
	struct gunzip *g = malloc(sizeof *g);

	if (g == NULL)
		return NULL;
	g->stream = codec_stream_new();
	if (g->stream == NULL) {
		free(g);
		return NULL;
	}
	g->name = name;
	g->take = take;
	g->ctx = ctx;
	g->state = START;
	g->offset = g->next = 0;
	g->within = false;
	gzip_header_start(&g->header);
	return g;
}

void
gunzip_free(struct gunzip *g)
{
	if (g != NULL)
		codec_stream_free(g->stream);
	free(g);
}

/* Sets the error, with the offset of the byte that it is about. */
static int __attribute__((format(printf, 4, 5))) wrong(const struct gunzip *g,
    uint64_t offset, struct error *e, const char *fmt, ...)
{
	char why[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	return error_set(
	    e, ERROR_FAILED, "%s: byte %" PRIu64 ": %s", g->name, offset, why);
}

static int
cut(const struct gunzip *g, uint64_t offset, const char *what, struct error *e)
{
	return wrong(g, offset, e,
	    "the stream is cut: %s where member %" PRIu64 " should be", what,
	    g->next);
}

/* Judges the place of a member whose header begins at the offset. */
static int
place(struct gunzip *g, const struct gzip_header *h, uint64_t offset,
    struct error *e)
{
	char what[48];

	if (h->kind == GZIP_FOREIGN) {
		if (g->within)
			return cut(g, offset, "a foreign member is", e);
		return 0;
	}
	if (!g->within)
		g->next = 0;
	if (h->number != g->next) {
		snprintf(what, sizeof what, "member %" PRIu64 " is", h->number);
		return cut(g, offset, what, e);
	}
	g->within = h->kind == GZIP_DATA;
	g->next++;
	return 0;
}

/* A member has ended at the offset: makes ready for what follows. */
static int
close_member(struct gunzip *g, const struct gzip_header *h, uint64_t size,
    struct error *e)
{
	if (h->kind == GZIP_END && size > 0)
		return wrong(g, g->offset, e, "the end marker holds data");
	g->state = HEADER;
	gzip_header_start(&g->header);
	return 0;
}

int
gunzip_skip(struct gunzip *g, const struct gzip_header *h, uint64_t size,
    struct error *e)
{
	if (place(g, h, g->offset, e) != 0)
		return -1;
	g->offset += h->length + h->deflated + GZIP_TRAILER;
	return close_member(g, h, size, e);
}

/* ---- the states, each takes what is its own from *p on ---- */

static int
feed_header(
    struct gunzip *g, const uint8_t **p, const uint8_t *end, struct error *e)
{
	const uint8_t *begin = *p;
	enum gzip_result result;

	if (g->state == HEADER && g->header.length == 0 && **p == 0) {
		g->state = PADDING;
		return 0;
	}
	result = gzip_header_feed(&g->header, p, end);
	g->offset += (uint64_t)(*p - begin);
	if (result == GZIP_MORE)
		return 0;
	if (result == GZIP_WRONG && g->header.length < 2 && g->state == HEADER)
		return wrong(g, g->offset, e,
		    "neither a gzip member nor zeros after the last member");
	if (result == GZIP_WRONG)
		return wrong(g, g->offset, e, "%s", g->header.wrong);
	if (place(g, &g->header, g->offset - g->header.length, e) != 0)
		return -1;
	codec_stream_start(g->stream);
	g->crc = 0;
	g->member_size = 0;
	g->have = 0;
	g->state = BODY;
	return 0;
}

static int
give(struct gunzip *g, size_t size, struct error *e)
{
	if (size == 0)
		return 0;
	g->crc = codec_crc32(g->crc, g->out, size);
	g->member_size += size;
	return g->take != NULL ? g->take(g->ctx, g->out, size, e) : 0;
}

static int
feed_trailer(
    struct gunzip *g, const uint8_t **p, const uint8_t *end, struct error *e)
{
	uint32_t crc, size;

	while (*p < end && g->have < GZIP_TRAILER) {
		g->trailer[g->have++] = *(*p)++;
		g->offset++;
	}
	if (g->have < GZIP_TRAILER)
		return 0;
	gzip_get_trailer(g->trailer, &crc, &size);
	if (crc != g->crc)
		return wrong(g, g->offset - GZIP_TRAILER, e,
		    "the CRC is wrong: the data is damaged");
	if (size != (uint32_t)g->member_size)
		return wrong(g, g->offset - GZIP_TRAILER / 2, e,
		    "the length is wrong: the data is damaged");
	return close_member(g, &g->header, g->member_size, e);
}

static int
feed_body(
    struct gunzip *g, const uint8_t **p, const uint8_t *end, struct error *e)
{
	struct codec_piece piece = {.in = *p, .in_size = (size_t)(end - *p)};
	uint8_t rest[CODEC_REST];
	const uint8_t *r = rest;
	enum codec_result result;
	size_t nrest;

	do {
		piece.out = g->out;
		piece.out_size = sizeof g->out;
		result = codec_stream_step(g->stream, &piece, rest, &nrest);
		if (give(g, sizeof g->out - piece.out_size, e) != 0)
			return -1;
	} while (
	    result == CODEC_MORE && (piece.in_size > 0 || piece.out_size == 0));
	g->offset += (uint64_t)(piece.in - *p) - nrest;
	*p = piece.in;
	if (result == CODEC_WRONG)
		return wrong(g, g->offset, e,
		    "the compressed data is damaged (at or before this byte)");
	if (result == CODEC_MORE)
		return 0;
	g->state = TRAILER;
	/* The rest is no longer than the trailer, which begins with it. */
	return feed_trailer(g, &r, rest + nrest, e);
}

static int
feed_padding(
    struct gunzip *g, const uint8_t **p, const uint8_t *end, struct error *e)
{
	if (g->within)
		return cut(g, g->offset, "zeros are", e);
	while (*p < end && **p == 0) {
		(*p)++;
		g->offset++;
	}
	if (*p < end)
		return wrong(g, g->offset, e,
		    "neither a gzip member nor zeros after the last member");
	return 0;
}

int
gunzip_feed(struct gunzip *g, const void *in, size_t size, struct error *e)
{
	const uint8_t *p = in, *end = p + size;
	int rc = 0;

	while (rc == 0 && p < end) {
		switch (g->state) {
		case START:
		case HEADER:
			rc = feed_header(g, &p, end, e);
			break;
		case BODY:
			rc = feed_body(g, &p, end, e);
			break;
		case TRAILER:
			rc = feed_trailer(g, &p, end, e);
			break;
		case PADDING:
			rc = feed_padding(g, &p, end, e);
			break;
		}
	}
	return rc;
}

int
gunzip_finish(struct gunzip *g, struct error *e)
{
	bool between = g->state == PADDING ||
	    (g->state == HEADER && g->header.length == 0);

	if (g->state == START && g->header.length == 0)
		return wrong(g, 0, e, "unexpected end of file: it is empty");
	if (!between)
		return wrong(g, g->offset, e,
		    "unexpected end of file within a gzip member");
	if (g->within)
		return cut(g, g->offset, "the end of the file is", e);
	return 0;
}
