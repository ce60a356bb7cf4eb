#include <stdlib.h>

#include "gzip/codec.h"
#include "gzip/compress.h"
#include "gzip/gzip.h"
#include "io/fdio.h"
#include "io/pipeline.h"
#include "io/tail.h"

struct slot {
	uint8_t *block, *member;
	size_t block_size, member_size;
	uint64_t number;
};

struct run {
	struct compress *c;
	struct codec_deflater **deflaters; /* one a worker */
	uint64_t read; /* members */
};

static int
read_block(void *ctx, void *slot, struct error *e)
{
	struct run *r = ctx;
	struct slot *s = slot;
	ssize_t n;

	n = fdio_fill(
	    r->c->in, r->c->name, s->block, r->c->block, r->c->stop, e);
	if (n <= 0)
		return (int)n;
	s->block_size = (size_t)n;
	s->number = r->read++;
	return 1;
}

/* Writes a member around the block; returns its size. */
static size_t
make_member(struct codec_deflater *d, enum gzip_kind kind, uint64_t number,
    const uint8_t *block, size_t size, uint8_t *member)
{
	size_t n = codec_deflate(d, block, size, member + GZIP_HEADER);

	gzip_put_header(member, kind, number, (uint32_t)n);
	gzip_put_trailer(
	    member + GZIP_HEADER + n, codec_crc32(0, block, size), size);
	return GZIP_HEADER + n + GZIP_TRAILER;
}

static int
compress_block(void *ctx, unsigned worker, void *slot, struct error *e)
{
	struct run *r = ctx;
	struct slot *s = slot;

	(void)e;
	s->member_size = make_member(r->deflaters[worker], GZIP_DATA, s->number,
	    s->block, s->block_size, s->member);
	return 0;
}

static int
write_bytes(struct compress *c, const void *bytes, size_t n, struct error *e)
{
	c->bytes_out += n;
	return fdio_write(c->out, bytes, n, c->stop, e);
}

static int
write_member(void *ctx, void *slot, struct error *e)
{
	struct run *r = ctx;
	struct slot *s = slot;

	r->c->members++;
	r->c->bytes_in += s->block_size;
	if (r->c->tail != NULL)
		tail_add(r->c->tail, s->block, s->block_size);
	return write_bytes(r->c, s->member, s->member_size, e);
}

static int
make_slots(struct slot *slots, unsigned n, size_t block)
{
	size_t member = GZIP_HEADER + codec_bound(block) + GZIP_TRAILER;
	unsigned i;

	for (i = 0; i < n; i++) {
		slots[i].block = malloc(block);
		slots[i].member = malloc(member);
		if (slots[i].block == NULL || slots[i].member == NULL)
			return -1;
	}
	return 0;
}

static int
make_deflaters(struct codec_deflater **deflaters, unsigned n, int level)
{
	unsigned i;

	for (i = 0; i < n; i++)
		if ((deflaters[i] = codec_deflater_new(level)) == NULL)
			return -1;
	return 0;
}

int
compress_run(struct compress *c, struct error *e)
{
	struct run r = {.c = c};
	/* One is read, one is written, while each worker has one. */
	unsigned nslots = c->jobs + 2, i;
	struct slot *slots = calloc(nslots, sizeof *slots);
	struct pipeline p = {.read = read_block,
	    .work = compress_block,
	    .write = write_member,
	    .ctx = &r,
	    .workers = c->jobs,
	    .slots = slots,
	    .slot_size = sizeof *slots,
	    .nslots = nslots,
	    .stop = c->stop};
	int rc;

	r.deflaters = calloc(c->jobs, sizeof *r.deflaters);
	if (slots == NULL || r.deflaters == NULL ||
	    make_slots(slots, nslots, c->block) != 0 ||
	    make_deflaters(r.deflaters, c->jobs, c->level) != 0)
		rc = error_set(e, ERROR_FAILED, "out of memory");
	else
		rc = pipeline_run(&p, e);
	for (i = 0; r.deflaters != NULL && i < c->jobs; i++)
		codec_deflater_free(r.deflaters[i]);
	for (i = 0; slots != NULL && i < nslots; i++) {
		free(slots[i].block);
		free(slots[i].member);
	}
	free(r.deflaters);
	free(slots);
	return rc;
}

int
compress_end(struct compress *c, struct error *e)
{
	/* A final block of fixed codes that holds but its end: RFC 1951. */
	static const uint8_t empty[] = {0x03, 0x00};
	uint8_t marker[GZIP_HEADER + sizeof empty + GZIP_TRAILER];

	gzip_put_header(marker, GZIP_END, c->members, sizeof empty);
	marker[GZIP_HEADER] = empty[0];
	marker[GZIP_HEADER + 1] = empty[1];
	gzip_put_trailer(marker + GZIP_HEADER + sizeof empty, 0, 0);
	return write_bytes(c, marker, sizeof marker, e);
}
