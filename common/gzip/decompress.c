/*
 * The reader gives each slot one whole member, by the size that its header
 * hints at; workers decode them; and the writer tells the judge, gunzip. A
 * slot that is not exactly what it hinted at is no error yet: from it on the
 * writer feeds the raw bytes to gunzip, which alone decides, and the reader,
 * once told, does no more than read.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "gzip/codec.h"
#include "gzip/decompress.h"
#include "gzip/gunzip.h"
#include "gzip/gzip.h"
#include "io/fdio.h"
#include "io/pipeline.h"
#include "io/tail.h"

enum {
	INPUT = 64 << 10, /* read ahead of a header */
	CHUNK = 256 << 10, /* a slot's first size, and all of a raw one's */
	DATA_MAX = 16 << 20, /* of a member that is decoded in parallel */
	SLACK = 64 << 10, /* for what surrounds the data, or stores it */
	EXPANSION = 1032, /* the most that a byte of deflate data can give */
	SERIAL_SLOTS = 4, /* are enough where one byte follows the other */
};

struct slot {
	uint8_t *in, *out;
	size_t in_size, in_room, out_size, out_room;
	struct gzip_header header;
	bool whole; /* in is one member, if its header is right */
	bool decoded; /* out is that member's data */
};

struct run {
	struct decompress *d;
	struct codec_inflater **inflaters; /* one a worker */
	struct gunzip *gunzip;
	unsigned nslots;
	uint8_t *input; /* the reader's: read, but not yet in a slot */
	size_t begin, end;
	bool raw; /* the reader's: slots hold no whole members any more */
	atomic_bool serial; /* set by the writer: all is fed to gunzip */
};

/* Makes room for `size` bytes, and not much more, keeping the first ones. */
static int
grow(uint8_t **buf, size_t *room, size_t size, struct error *e)
{
	size_t more = *room * 2 > size ? *room * 2 : size;
	uint8_t *p;

	if (size <= *room)
		return 0;
	if (more > DATA_MAX + SLACK)
		more = size;
	p = realloc(*buf, more);
	if (p == NULL)
		return error_set(e, ERROR_FAILED, "out of memory");
	*buf = p;
	*room = more;
	return 0;
}

/* ---- read ---- */

/* Adds up to n bytes to the slot as they come: the number, 0 at the end. */
static ssize_t
add(struct run *r, struct slot *s, size_t n, struct error *e)
{
	size_t ahead = r->end - r->begin;
	ssize_t got;

	if (n > CHUNK)
		n = CHUNK;
	if (n > ahead && ahead > 0)
		n = ahead;
	if (grow(&s->in, &s->in_room, s->in_size + n, e) != 0)
		return -1;
	if (ahead > 0) {
		memcpy(s->in + s->in_size, r->input + r->begin, n);
		r->begin += n;
		got = (ssize_t)n;
	} else {
		got = fdio_read(
		    r->d->in, r->d->name, s->in + s->in_size, n, r->d->stop, e);
		if (got > 0)
			r->d->bytes_in += (uint64_t)got;
	}
	if (got > 0)
		s->in_size += (size_t)got;
	return got;
}

/* Reads ahead, if nothing is: returns as fdio_read. */
static ssize_t
look_ahead(struct run *r, struct error *e)
{
	ssize_t n;

	if (r->begin < r->end)
		return 1;
	n = fdio_read(r->d->in, r->d->name, r->input, INPUT, r->d->stop, e);
	if (n > 0) {
		r->d->bytes_in += (uint64_t)n;
		r->begin = 0;
		r->end = (size_t)n;
	}
	return n;
}

/*
 * Reads a header into the slot. Returns 1 where it is whole, 0 where it is
 * wrong, too long or at the end of the file, or -1.
 */
static int
read_header(struct run *r, struct slot *s, struct error *e)
{
	enum gzip_result result = GZIP_MORE;
	const uint8_t *p;
	ssize_t n;

	gzip_header_start(&s->header);
	while (result == GZIP_MORE && s->in_size < SLACK) {
		if ((n = look_ahead(r, e)) <= 0)
			return (int)n;
		p = r->input + r->begin;
		result = gzip_header_feed(&s->header, &p, r->input + r->end);
		n = p - (r->input + r->begin);
		if (n > 0 && add(r, s, (size_t)n, e) < 0)
			return -1;
	}
	return result == GZIP_WHOLE;
}

/*
 * Fills the slot with one member. Returns 1 where it is there, 0 where what
 * is there must be decoded serially, or -1.
 */
static int
read_member(struct run *r, struct slot *s, struct error *e)
{
	uint64_t size;
	ssize_t n;
	int rc = read_header(r, s, e);

	if (rc <= 0)
		return rc;
	size = s->header.length + s->header.deflated + GZIP_TRAILER;
	if (!s->header.sized || size > DATA_MAX + SLACK)
		return 0;
	while (s->in_size < size) {
		if (atomic_load(&r->serial))
			return 0;
		if ((n = add(r, s, (size_t)size - s->in_size, e)) <= 0)
			return (int)n;
	}
	return 1;
}

static int
read_slot(void *ctx, void *slot, struct error *e)
{
	struct run *r = ctx;
	struct slot *s = slot;
	ssize_t n;
	int rc;

	s->in_size = 0;
	s->whole = s->decoded = false;
	if (!r->raw && !atomic_load(&r->serial)) {
		if ((rc = read_member(r, s, e)) < 0)
			return -1;
		s->whole = rc > 0;
		r->raw = !s->whole;
		if (s->in_size > 0)
			return 1;
	}
	n = add(r, s, CHUNK, e);
	return n > 0 ? 1 : (int)n;
}

static unsigned
window(void *ctx)
{
	struct run *r = ctx;

	if (r->nslots > SERIAL_SLOTS && (r->raw || atomic_load(&r->serial)))
		return SERIAL_SLOTS;
	return r->nslots;
}

/* ---- work ---- */

static int
decode_slot(void *ctx, unsigned worker, void *slot, struct error *e)
{
	struct run *r = ctx;
	struct slot *s = slot;
	const struct gzip_header *h = &s->header;
	uint32_t crc, size;

	if (!s->whole || atomic_load(&r->serial))
		return 0;
	gzip_get_trailer(s->in + s->in_size - GZIP_TRAILER, &crc, &size);
	/* The memory is bounded by what has arrived, whatever is claimed. */
	if (size > DATA_MAX || size / EXPANSION > h->deflated)
		return 0;
	if (grow(&s->out, &s->out_room, size, e) != 0)
		return -1;
	s->out_size = size;
	s->decoded = codec_inflate(r->inflaters[worker], s->in + h->length,
			 (size_t)h->deflated, s->out, size) &&
	    codec_crc32(0, s->out, size) == crc;
	return 0;
}

/* ---- write ---- */

static int
take(void *ctx, const void *bytes, size_t n, struct error *e)
{
	struct decompress *d = ctx;

	d->bytes_out += n;
	if (d->tail != NULL)
		tail_add(d->tail, bytes, n);
	return d->out != NULL ? fdio_write(d->out, bytes, n, d->stop, e) : 0;
}

static int
write_slot(void *ctx, void *slot, struct error *e)
{
	struct run *r = ctx;
	struct slot *s = slot;

	if (!s->decoded || atomic_load(&r->serial)) {
		atomic_store(&r->serial, true);
		return gunzip_feed(r->gunzip, s->in, s->in_size, e);
	}
	if (gunzip_skip(r->gunzip, &s->header, s->out_size, e) != 0)
		return -1;
	return take(r->d, s->out, s->out_size, e);
}

static int
make(struct run *r, unsigned jobs, struct error *e)
{
	unsigned i;

	r->input = malloc(INPUT);
	r->gunzip = gunzip_new(r->d->name, take, r->d);
	r->inflaters = calloc(jobs, sizeof *r->inflaters);
	if (r->input == NULL || r->gunzip == NULL || r->inflaters == NULL)
		return error_set(e, ERROR_FAILED, "out of memory");
	for (i = 0; i < jobs; i++)
		if ((r->inflaters[i] = codec_inflater_new()) == NULL)
			return error_set(e, ERROR_FAILED, "out of memory");
	return 0;
}

static void
unmake(struct run *r, unsigned jobs)
{
	unsigned i;

	for (i = 0; r->inflaters != NULL && i < jobs; i++)
		codec_inflater_free(r->inflaters[i]);
	free(r->inflaters);
	gunzip_free(r->gunzip);
	free(r->input);
}

int
decompress_run(struct decompress *d, struct error *e)
{
	/* One is read, one is written, while each worker has one. */
	unsigned nslots = d->jobs + 2, i;
	struct run r = {.d = d, .nslots = nslots};
	struct slot *slots = calloc(nslots, sizeof *slots);
	struct pipeline p = {.read = read_slot,
	    .work = decode_slot,
	    .write = write_slot,
	    .window = window,
	    .ctx = &r,
	    .workers = d->jobs,
	    .slots = slots,
	    .slot_size = sizeof *slots,
	    .nslots = nslots,
	    .stop = d->stop};
	int rc;

	if (slots == NULL)
		return error_set(e, ERROR_FAILED, "out of memory");
	rc = make(&r, d->jobs, e);
	if (rc == 0)
		rc = pipeline_run(&p, e);
	if (rc == 0)
		rc = gunzip_finish(r.gunzip, e);
	unmake(&r, d->jobs);
	for (i = 0; i < nslots; i++) {
		free(slots[i].in);
		free(slots[i].out);
	}
	free(slots);
	return rc;
}
