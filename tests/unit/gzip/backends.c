/*
 * codec_backend: what one library writes, each of the others reads, whichever
 * of them the levels name in this build.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "gzip/codec_backend.h"

static const struct codec_backend *const backends[] = {
    &codec_zlib,
#ifdef HAVE_LIBDEFLATE
    &codec_libdeflate,
#endif
#ifdef HAVE_ISAL
    &codec_isal,
#endif
};
enum { BACKENDS = sizeof backends / sizeof *backends, MOST = 200000 };

static uint8_t data[MOST], packed[2 * MOST], out[MOST];

static void
fill(size_t n)
{
	static const char words[] = "order 4711\topen\t2026-11-26 09:30:00\n";
	size_t i;

	for (i = 0; i < n; i++)
		data[i] = i % 97 < 20 ? (uint8_t)(i * i >> 7)
				      : (uint8_t)words[i % (sizeof words - 1)];
}

static void
inflate_whole(const struct codec_backend *b, size_t size, size_t n)
{
	void *inflater;

	if (b->inflate == NULL)
		return;
	inflater = b->inflater_new();
	assert_non_null(inflater);
	memset(out, 0xaa, n);
	assert_true(b->inflate(inflater, packed, size, out, n));
	assert_memory_equal(out, data, n);
	assert_false(b->inflate(inflater, packed, size - 1, out, n));
	assert_false(b->inflate(inflater, packed, size, out, n + 1));
	/* A bit of the first byte says what kind of block it is: 3 is none. */
	packed[0] |= 6;
	assert_false(b->inflate(inflater, packed, size, out, n));
	b->inflater_free(inflater);
}

/* Piece by piece, with what comes behind the data given back. */
static void
inflate_pieces(
    const struct codec_backend *b, size_t size, size_t n, size_t piece)
{
	struct codec_piece p = {
	    .in = packed, .out = out, .out_size = n < piece ? n : piece};
	enum codec_result result = CODEC_MORE;
	uint8_t rest[CODEC_REST];
	size_t nrest = 0, given = 0, more;
	void *stream;

	if (b->stream_step == NULL)
		return;
	stream = b->stream_new();
	assert_non_null(stream);
	b->stream_start(stream);
	memset(out, 0xaa, n);
	while (result == CODEC_MORE) {
		if (p.in_size == 0 && given < size) {
			p.in_size = size - given < piece ? size - given : piece;
			given += p.in_size;
		}
		result = b->stream_step(stream, &p, rest, &nrest);
		assert_int_not_equal(result, CODEC_WRONG);
		if (p.out_size == 0) {
			more = n - (size_t)(p.out - out);
			p.out_size = more < piece ? more : piece;
		}
	}
	assert_int_equal(p.out - out, n);
	assert_memory_equal(out, data, n);
	assert_int_equal(given - p.in_size - nrest, size);
	b->stream_free(stream);
}

static void
each_reads_what_each_writes(void **state)
{
	static const size_t sizes[] = {0, 1, 100, 32768, 65536, MOST};
	static const int efforts[] = {1, 6};
	size_t i, j, k, m, size;
	void *deflater;

	(void)state;
	for (i = 0; i < BACKENDS; i++)
		for (k = 0; k < sizeof efforts / sizeof *efforts; k++) {
			/* ISA-L has four. */
			deflater = backends[i]->deflater_new(
			    efforts[k] < 3 ? efforts[k] : 3);
			assert_non_null(deflater);
			for (j = 0; j < sizeof sizes / sizeof *sizes; j++)
				for (m = 0; m < BACKENDS; m++) {
					fill(sizes[j]);
					size = backends[i]->deflate(deflater,
					    data, sizes[j], packed,
					    sizeof packed);
					assert_in_range(size, 1, sizeof packed);
					inflate_pieces(
					    backends[m], size, sizes[j], 1000);
					inflate_pieces(
					    backends[m], size, sizes[j], MOST);
					inflate_whole(
					    backends[m], size, sizes[j]);
				}
			backends[i]->deflater_free(deflater);
		}
}

static void
what_does_not_fit_is_said(void **state)
{
	void *deflater;
	size_t i;

	(void)state;
	fill(MOST);
	for (i = 0; i < BACKENDS; i++) {
		deflater = backends[i]->deflater_new(1);
		assert_non_null(deflater);
		assert_int_equal(
		    backends[i]->deflate(deflater, data, MOST, packed, 10), 0);
		backends[i]->deflater_free(deflater);
	}
}

static void
they_count_alike(void **state)
{
	uint32_t crc, got;
	size_t i;

	(void)state;
	fill(MOST);
	crc = codec_zlib.crc32(0, data, MOST);
	for (i = 0; i < BACKENDS; i++) {
		got = backends[i]->crc32(0, data, 1234);
		got = backends[i]->crc32(got, data + 1234, MOST - 1234);
		assert_int_equal(got, crc);
	}
}

static void
each_names_itself(void **state)
{
	char text[64];
	size_t i;

	(void)state;
	for (i = 0; i < BACKENDS; i++)
		assert_non_null(strpbrk(
		    backends[i]->version(text, sizeof text), "0123456789"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_reads_what_each_writes),
	    cmocka_unit_test(what_does_not_fit_is_said),
	    cmocka_unit_test(they_count_alike),
	    cmocka_unit_test(each_names_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
