/*
 * gzip: headers of every shape, whole, in pieces, and damaged.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "gzip/gzip.h"

enum { TEXT = 1, HCRC = 2, EXTRA = 4, NAME = 8, COMMENT = 16 };

struct bytes {
	uint8_t data[70000];
	size_t n;
};

static void
add(struct bytes *b, const void *data, size_t n)
{
	memcpy(b->data + b->n, data, n);
	b->n += n;
	b->data[b->n] = '?'; /* what follows */
}

/* A header with the fields that the flags ask for. */
static void
make(struct bytes *b, unsigned flags, const void *extra, size_t nextra)
{
	uint8_t fixed[] = {0x1f, 0x8b, 8, (uint8_t)flags, 1, 2, 3, 4, 2, 3};
	uint8_t length[] = {(uint8_t)nextra, (uint8_t)(nextra >> 8)};
	uint8_t crc[2];
	uint32_t c;

	b->n = 0;
	add(b, fixed, sizeof fixed);
	if (flags & EXTRA) {
		add(b, length, 2);
		add(b, extra, nextra);
	}
	if (flags & NAME)
		add(b, "a name\xff", 8);
	if (flags & COMMENT)
		add(b, "", 1);
	c = (uint32_t)crc32(0, b->data, (uInt)b->n);
	crc[0] = (uint8_t)c;
	crc[1] = (uint8_t)(c >> 8);
	if (flags & HCRC)
		add(b, crc, 2);
}

/* Parses in pieces of that size; a byte follows that is no header's. */
static enum gzip_result
parse(struct gzip_header *h, const struct bytes *b, size_t piece)
{
	enum gzip_result result = GZIP_MORE;
	const uint8_t *p = b->data, *end = b->data + b->n + 1, *stop;

	gzip_header_start(h);
	while (result == GZIP_MORE && p < end) {
		stop = (size_t)(end - p) > piece ? p + piece : end;
		result = gzip_header_feed(h, &p, stop);
	}
	if (result == GZIP_WHOLE) {
		assert_int_equal(p - b->data, b->n);
		assert_int_equal(h->length, b->n);
	}
	return result;
}

static void
our_headers_are_read_back(void **state)
{
	static const uint64_t numbers[] = {0, 1, 255, 1 << 20, UINT64_MAX};
	struct gzip_header h;
	struct bytes b;
	size_t i, piece;

	(void)state;
	for (i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		gzip_put_header(b.data, i % 2 ? GZIP_END : GZIP_DATA,
		    numbers[i], 0x12345678);
		b.n = GZIP_HEADER;
		for (piece = 1; piece <= b.n + 1; piece++) {
			assert_int_equal(parse(&h, &b, piece), GZIP_WHOLE);
			assert_int_equal(h.kind, i % 2 ? GZIP_END : GZIP_DATA);
			assert_true(h.number == numbers[i]);
			assert_true(h.sized);
			assert_int_equal(h.deflated, 0x12345678);
		}
	}
}

static void
every_optional_field_may_be_there(void **state)
{
	struct gzip_header h;
	struct bytes b;
	unsigned flags;
	size_t piece;

	(void)state;
	for (flags = 0; flags < 32; flags++) {
		make(&b, flags, "Ab\x03\x00xyz", 7);
		for (piece = 1; piece <= b.n + 1; piece++) {
			assert_int_equal(parse(&h, &b, piece), GZIP_WHOLE);
			assert_int_equal(h.kind, GZIP_FOREIGN);
			assert_false(h.sized);
		}
	}
}

static void
a_header_crc_is_verified(void **state)
{
	struct gzip_header h;
	struct bytes b;
	size_t i;

	(void)state;
	make(&b, 31, "Ab\x03\x00xyz", 7);
	for (i = 4; i < b.n; i++) {
		b.data[i] ^= 0x40;
		assert_int_not_equal(parse(&h, &b, b.n), GZIP_WHOLE);
		b.data[i] ^= 0x40;
	}
	assert_int_equal(parse(&h, &b, b.n), GZIP_WHOLE);
	b.data[b.n - 1] ^= 1;
	assert_int_equal(parse(&h, &b, b.n), GZIP_WRONG);
	assert_non_null(strstr(h.wrong, "CRC"));
}

static void
what_is_no_header_is_refused(void **state)
{
	static const struct {
		size_t at;
		uint8_t byte;
	} bad[] = {
	    {0, 0x1e}, {1, 0x8c}, {2, 7}, {3, 0x20}, {3, 0x40}, {3, 0x80}};
	struct gzip_header h;
	struct bytes b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		make(&b, 0, NULL, 0);
		b.data[bad[i].at] = bad[i].byte;
		assert_int_equal(parse(&h, &b, 100), GZIP_WRONG);
		assert_int_equal(h.length, bad[i].at);
	}
}

static void
sizes_are_found_among_other_subfields(void **state)
{
	static const char mixed[] = "XX\x00\x00"
				    "YY\x14\x00"
				    "01234567890123456789"
				    "BC\x02\x00\xff\x00"
				    "ZZ\x01\x00.";
	struct gzip_header h;
	struct bytes b;
	size_t piece;

	(void)state;
	make(&b, EXTRA | NAME, mixed, sizeof mixed - 1);
	for (piece = 1; piece <= b.n; piece++) {
		assert_int_equal(parse(&h, &b, piece), GZIP_WHOLE);
		assert_true(h.sized);
		/* BGZF counts the whole member, less one. */
		assert_int_equal(h.deflated, 256 - b.n - GZIP_TRAILER);
	}
}

static void
a_bgzf_size_smaller_than_its_header_is_none(void **state)
{
	struct gzip_header h;
	struct bytes b;

	(void)state;
	make(&b, EXTRA, "BC\x02\x00\x05\x00", 6);
	assert_int_equal(parse(&h, &b, 100), GZIP_WHOLE);
	assert_false(h.sized);
}

static void
subfields_of_another_shape_say_nothing(void **state)
{
	static const struct {
		const char *extra;
		size_t n;
	} odd[] = {
	    {"MZ\x03\x00"
	     "123",
		7},
	    {"MZ\x04\x00"
	     "123",
		7}, /* longer than the field */
	    {"MZ\xff\xff"
	     "1234",
		8},
	    {"MZ", 2},
	    {"SP\x08\x00"
	     "\x01"
	     "1234567",
		12},
	    {"SP\x09\x00"
	     "\x00"
	     "12345678",
		13}, /* of no known kind */
	    {"SP\x09\x00"
	     "\x03"
	     "12345678",
		13},
	    {"BC\x03\x00"
	     "123",
		7},
	    {"", 0},
	};
	struct gzip_header h;
	struct bytes b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof odd / sizeof *odd; i++) {
		make(&b, EXTRA, odd[i].extra, odd[i].n);
		assert_int_equal(parse(&h, &b, 100), GZIP_WHOLE);
		assert_false(h.sized);
		assert_int_equal(h.kind, GZIP_FOREIGN);
	}
}

static void
the_longest_extra_field_is_read(void **state)
{
	static uint8_t extra[65535];
	struct gzip_header h;
	struct bytes b;

	(void)state;
	memcpy(extra, "AA\xf3\xff", 4); /* 65523 bytes; then one of ours */
	memcpy(extra + 65527, "MZ\x04\x00\x01\x00\x00\x00", 8);
	make(&b, EXTRA | HCRC, extra, sizeof extra);
	assert_int_equal(parse(&h, &b, 4096), GZIP_WHOLE);
	assert_true(h.sized);
	assert_int_equal(h.deflated, 1);
}

static void
trailers_are_read_back(void **state)
{
	uint8_t t[GZIP_TRAILER];
	uint32_t crc, size;

	(void)state;
	gzip_put_trailer(t, 0xcafe1234, UINT64_C(0x500000007));
	gzip_get_trailer(t, &crc, &size);
	assert_int_equal(crc, 0xcafe1234);
	assert_int_equal(size, 7); /* modulo 2^32 */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(our_headers_are_read_back),
	    cmocka_unit_test(every_optional_field_may_be_there),
	    cmocka_unit_test(a_header_crc_is_verified),
	    cmocka_unit_test(what_is_no_header_is_refused),
	    cmocka_unit_test(sizes_are_found_among_other_subfields),
	    cmocka_unit_test(a_bgzf_size_smaller_than_its_header_is_none),
	    cmocka_unit_test(subfields_of_another_shape_say_nothing),
	    cmocka_unit_test(the_longest_extra_field_is_read),
	    cmocka_unit_test(trailers_are_read_back),
	};

	return cmocka_run_group_tests_name("gzip", tests, NULL, NULL);
}
