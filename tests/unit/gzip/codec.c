/*
 * codec: every level over sizes around every boundary, and what is damaged.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "gzip/codec.h"

enum { MOST = 300000 };

enum kind { TEXT, ZEROS, NOISE, KINDS };

static void
fill(uint8_t *p, size_t n, enum kind kind)
{
	static const char words[] =
	    "customer 17\tpaid\t2026-11-22 12:00:00+00\n";
	uint32_t x = 12345;
	size_t i;

	for (i = 0; i < n; i++) {
		x = x * 1664525 + 1013904223;
		p[i] = kind == ZEROS ? 0
		    : kind == NOISE  ? (uint8_t)(x >> 24)
		    : x >> 28 == 0   ? (uint8_t)('0' + (x >> 8) % 10)
				     : (uint8_t)words[i % (sizeof words - 1)];
	}
}

static void
check(struct codec_deflater *d, struct codec_inflater *u, const uint8_t *in,
    size_t n, uint8_t *packed, uint8_t *out)
{
	size_t size = codec_deflate(d, in, n, packed);

	assert_in_range(size, 1, codec_bound(n));
	memset(out, 0xaa, n);
	assert_true(codec_inflate(u, packed, size, out, n));
	assert_memory_equal(out, in, n);
	/* It is just that many bytes, and ends just there. */
	assert_false(codec_inflate(u, packed, size, out, n + 1));
	assert_false(codec_inflate(u, packed, size - 1, out, n));
	packed[size] = 0;
	assert_false(codec_inflate(u, packed, size + 1, out, n));
	if (n > 0)
		assert_false(codec_inflate(u, packed, size, out, n - 1));
}

static void
every_level_gives_back_every_size(void **state)
{
	static const size_t sizes[] = {0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31,
	    32, 33, 255, 256, 257, 258, 259, 4095, 4096, 4097, 32767, 32768,
	    32769, 65534, 65535, 65536, 65537, 131069, 131070, 131071, MOST};
	uint8_t *in = malloc(MOST), *out = malloc(MOST + 1);
	uint8_t *packed = malloc(codec_bound(MOST) + 1);
	struct codec_inflater *u = codec_inflater_new();
	enum kind kind;
	size_t i;
	int level;

	(void)state;
	for (level = CODEC_FASTEST; level <= CODEC_BEST; level++) {
		struct codec_deflater *d = codec_deflater_new(level);

		for (kind = TEXT; kind < KINDS; kind++) {
			fill(in, MOST, kind);
			for (i = 0; i < sizeof sizes / sizeof *sizes; i++)
				check(d, u, in, sizes[i], packed, out);
		}
		codec_deflater_free(d);
	}
	codec_inflater_free(u);
	free(packed);
	free(out);
	free(in);
}

static void
noise_is_stored(void **state)
{
	uint8_t *in = malloc(MOST), *out = malloc(codec_bound(MOST));
	int level;

	(void)state;
	fill(in, MOST, NOISE);
	for (level = CODEC_FASTEST; level <= CODEC_BEST; level++) {
		struct codec_deflater *d = codec_deflater_new(level);

		assert_in_range(
		    codec_deflate(d, in, MOST, out), MOST, codec_bound(MOST));
		codec_deflater_free(d);
	}
	free(out);
	free(in);
}

static void
a_block_does_not_depend_on_those_before_it(void **state)
{
	uint8_t *in = malloc(MOST), *noise = malloc(MOST);
	uint8_t *first = malloc(codec_bound(MOST));
	uint8_t *again = malloc(codec_bound(MOST));
	size_t n, m;
	int level;

	(void)state;
	fill(in, MOST, TEXT);
	fill(noise, MOST, NOISE);
	for (level = CODEC_FASTEST; level <= CODEC_BEST; level++) {
		struct codec_deflater *d = codec_deflater_new(level);

		n = codec_deflate(d, in, MOST, first);
		codec_deflate(d, noise, MOST, again);
		codec_deflate(d, in + 100, 5000, again);
		m = codec_deflate(d, in, MOST, again);
		assert_int_equal(n, m);
		assert_memory_equal(first, again, n);
		codec_deflater_free(d);
	}
	free(again);
	free(first);
	free(noise);
	free(in);
}

/* Inflates in pieces of those sizes; returns what came, the rest in *left. */
static size_t
stream(const uint8_t *in, size_t n, size_t step, size_t room, uint8_t *out,
    size_t *left)
{
	struct codec_stream *s = codec_stream_new();
	struct codec_piece p = {.out = out};
	enum codec_result result = CODEC_MORE;
	uint8_t rest[CODEC_REST];
	size_t nrest = 0, i = 0, k;

	codec_stream_start(s);
	while (result == CODEC_MORE && i < n) {
		k = n - i < step ? n - i : step;
		p.in = in + i;
		p.in_size = k;
		do {
			p.out_size = room;
			result = codec_stream_step(s, &p, rest, &nrest);
			assert_int_not_equal(result, CODEC_WRONG);
		} while (
		    result == CODEC_MORE && (p.in_size > 0 || p.out_size == 0));
		i += k - p.in_size;
	}
	assert_int_equal(result, CODEC_END);
	assert_in_range(nrest, 0, i);
	assert_memory_equal(rest, in + i - nrest, nrest);
	*left = n - i + nrest;
	codec_stream_free(s);
	return (size_t)(p.out - out);
}

static void
streams_end_where_they_end(void **state)
{
	static const size_t steps[] = {1, 2, 7, 8, 9, 100, 4096, MOST};
	static const size_t rooms[] = {1, 300, 65536};
	enum { SIZE = 70000, AFTER = 20 };
	uint8_t *in = malloc(SIZE), *out = malloc(SIZE + 65536);
	uint8_t *packed = malloc(codec_bound(SIZE) + AFTER);
	struct codec_deflater *d = codec_deflater_new(CODEC_DEFAULT);
	enum kind kind;
	size_t n, left, i, j;

	(void)state;
	for (kind = TEXT; kind < KINDS; kind++) {
		fill(in, SIZE, kind);
		n = codec_deflate(d, in, SIZE, packed);
		for (i = 0; i < AFTER; i++)
			packed[n + i] = (uint8_t)(0x81 + i);
		for (i = 0; i < sizeof steps / sizeof *steps; i++) {
			for (j = 0; j < sizeof rooms / sizeof *rooms; j++) {
				assert_int_equal(
				    stream(packed, n + AFTER, steps[i],
					rooms[j], out, &left),
				    SIZE);
				/* The last step may reach past the end. */
				assert_int_equal(left, AFTER);
				assert_memory_equal(out, in, SIZE);
			}
		}
	}
	codec_deflater_free(d);
	free(packed);
	free(out);
	free(in);
}

static void
crcs_are_those_of_zlib_in_any_pieces(void **state)
{
	uint8_t *in = malloc(MOST);
	uint32_t whole, split;
	size_t i;

	(void)state;
	fill(in, MOST, NOISE);
	whole = (uint32_t)crc32(0, in, MOST);
	assert_int_equal(codec_crc32(0, in, MOST), whole);
	for (i = 0; i < 300; i++) {
		split = codec_crc32(0, in, i);
		assert_int_equal(split, (uint32_t)crc32(0, in, (uInt)i));
		assert_int_equal(codec_crc32(split, in + i, MOST - i), whole);
	}
	free(in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_level_gives_back_every_size),
	    cmocka_unit_test(noise_is_stored),
	    cmocka_unit_test(a_block_does_not_depend_on_those_before_it),
	    cmocka_unit_test(streams_end_where_they_end),
	    cmocka_unit_test(crcs_are_those_of_zlib_in_any_pieces),
	};

	return cmocka_run_group_tests_name("codec", tests, NULL, NULL);
}
