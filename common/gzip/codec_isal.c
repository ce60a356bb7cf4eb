#ifdef HAVE_ISAL
#include <isa-l.h>
#include <stdio.h>
#include <stdlib.h>

#include "gzip/codec_backend.h"

/* ---- deflate ---- */

struct deflater {
	struct isal_zstream z;
	uint32_t level, level_size;
	uint8_t level_buf[];
};

static void *
deflater_new(int effort)
{
	static const uint32_t sizes[] = {ISAL_DEF_LVL0_EXTRA_LARGE,
	    ISAL_DEF_LVL1_EXTRA_LARGE, ISAL_DEF_LVL2_EXTRA_LARGE,
	    ISAL_DEF_LVL3_EXTRA_LARGE};
	struct deflater *d = malloc(sizeof *d + sizes[effort]);

	if (d == NULL)
		return NULL;
	d->level = (uint32_t)effort;
	d->level_size = sizes[effort];
	return d;
}

/*
 * Where there is no history yet, ISA-L's level 1 (to 2.32 at least) files the
 * third byte's place under a hash of its own stream's address, so that now and
 * then the same bytes give another, equally valid, stream
 * (igzip_icf_body_h1_gr_bt.asm, .write_first_byte). Its routine for the last
 * bytes of a flush does not: so the first few go by themselves, some 50 bytes
 * dearer.
 */
enum { HISTORY = 8 };

static bool
feed(struct isal_zstream *z, uint32_t size, bool last)
{
	z->avail_in = size;
	z->flush = last ? NO_FLUSH : SYNC_FLUSH;
	z->end_of_stream = last;
	return isal_deflate(z) == COMP_OK && z->avail_in == 0;
}

static size_t
deflate_block(void *cookie, const void *in, size_t size, void *out, size_t room)
{
	struct deflater *d = cookie;
	struct isal_zstream *z = &d->z;
	uint32_t first = size > HISTORY ? HISTORY : 0;

	isal_deflate_init(z);
	z->level = d->level;
	z->level_buf = d->level_buf;
	z->level_buf_size = d->level_size;
	z->next_in = (uint8_t *)in;
	z->next_out = out;
	z->avail_out = (uint32_t)room;
	if ((first != 0 && !feed(z, first, false)) ||
	    !feed(z, (uint32_t)size - first, true) ||
	    z->internal_state.state != ZSTATE_END)
		return 0;
	return z->total_out;
}

/* ---- inflate ---- */

static void *
inflater_new(void)
{
	return malloc(sizeof(struct inflate_state));
}

static bool
inflate_block(void *s, const void *in, size_t size, void *out, size_t room)
{
	struct inflate_state *state = s;

	isal_inflate_init(state);
	state->next_in = (uint8_t *)in;
	state->avail_in = (uint32_t)size;
	state->next_out = out;
	state->avail_out = (uint32_t)room;
	return isal_inflate_stateless(state) == ISAL_DECOMP_OK &&
	    state->block_state == ISAL_BLOCK_FINISH && state->avail_in == 0 &&
	    state->avail_out == 0;
}

static void
stream_start(void *s)
{
	isal_inflate_init(s);
}

/* Takes back the whole bytes that wait in the bit buffer. */
static size_t
take_rest(struct inflate_state *state, uint8_t rest[CODEC_REST])
{
	uint64_t bits = state->read_in;
	int32_t n = state->read_in_length;
	size_t i;

	bits >>= n % 8; /* padding of the last byte */
	for (i = 0; i < (size_t)n / 8 && i < CODEC_REST; i++)
		rest[i] = (uint8_t)(bits >> 8 * i);
	return i;
}

static enum codec_result
stream_step(
    void *s, struct codec_piece *p, uint8_t rest[CODEC_REST], size_t *nrest)
{
	struct inflate_state *state = s;
	int rc;

	*nrest = 0;
	state->next_in = (uint8_t *)p->in;
	state->avail_in = (uint32_t)p->in_size;
	state->next_out = p->out;
	state->avail_out = (uint32_t)p->out_size;
	rc = isal_inflate(state);
	p->in = state->next_in;
	p->in_size = state->avail_in;
	p->out = state->next_out;
	p->out_size = state->avail_out;
	if (rc < 0 || rc == ISAL_NEED_DICT)
		return CODEC_WRONG;
	if (state->block_state != ISAL_BLOCK_FINISH)
		return CODEC_MORE;
	*nrest = take_rest(state, rest);
	return CODEC_END;
}

static uint32_t
crc(uint32_t start, const void *in, size_t size)
{
	return crc32_gzip_refl(start, in, size);
}

static const char *
version(char *buf, size_t size)
{
	/* The library tells its version only at compile time. */
	snprintf(buf, size, "ISA-L %d.%d.%d", ISAL_MAJOR_VERSION,
	    ISAL_MINOR_VERSION, ISAL_PATCH_VERSION);
	return buf;
}

const struct codec_backend codec_isal = {
    .deflater_new = deflater_new,
    .deflater_free = free,
    .deflate = deflate_block,
    .inflater_new = inflater_new,
    .inflater_free = free,
    .inflate = inflate_block,
    .stream_new = inflater_new,
    .stream_free = free,
    .stream_start = stream_start,
    .stream_step = stream_step,
    .crc32 = crc,
    .version = version,
};
#else
/* ISO C wants something here. */
extern const struct codec_backend codec_isal;
#endif
