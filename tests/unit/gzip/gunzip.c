/*
 * gunzip: the order of members, every cut and every flipped bit of a stream,
 * and what it says of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gzip/codec.h"
#include "gzip/gunzip.h"

enum { ROOM = 1 << 16, DATA = 300, FOREIGN_HEADER = 10 };

struct bytes {
	uint8_t data[ROOM];
	size_t n;
};

static int
take(void *ctx, const void *bytes, size_t n, struct error *e)
{
	struct bytes *b = ctx;

	if (n > ROOM - b->n)
		return error_set(e, ERROR_FAILED, "out of room");
	memcpy(b->data + b->n, bytes, n);
	b->n += n;
	return 0;
}

/* Decodes a stream in pieces: 0 or -1, with what came in out. */
static int
decode(const uint8_t *in, size_t n, size_t piece, struct bytes *out,
    struct error *e)
{
	struct gunzip *g = gunzip_new("test", take, out);
	size_t i, k;
	int rc = 0;

	out->n = 0;
	for (i = 0; rc == 0 && i < n; i += k) {
		k = n - i < piece ? n - i : piece;
		rc = gunzip_feed(g, in + i, k, e);
	}
	if (rc == 0)
		rc = gunzip_finish(g, e);
	gunzip_free(g);
	return rc;
}

/* The data of the member with that number: not all of it can be shrunk. */
static void
fill(uint8_t *data, unsigned number)
{
	unsigned i;

	for (i = 0; i < DATA; i++)
		data[i] =
		    (uint8_t)(i < DATA / 2 ? (i * 2654435761U) >> 24
					   : (unsigned)"row\t"[i % 4] + number);
}

static void
add_member(struct bytes *b, enum gzip_kind kind, unsigned number)
{
	static const uint8_t foreign[FOREIGN_HEADER] = {0x1f, 0x8b, 8};
	struct codec_deflater *d = codec_deflater_new(CODEC_DEFAULT);
	uint8_t data[DATA], deflated[DATA + 5];
	size_t size = kind == GZIP_END ? 0 : DATA, n;

	fill(data, number);
	n = codec_deflate(d, data, size, deflated);
	if (kind == GZIP_FOREIGN) {
		memcpy(b->data + b->n, foreign, sizeof foreign);
		b->n += sizeof foreign;
	} else {
		gzip_put_header(b->data + b->n, kind, number, (uint32_t)n);
		b->n += GZIP_HEADER;
	}
	memcpy(b->data + b->n, deflated, n);
	b->n += n;
	gzip_put_trailer(
	    b->data + b->n, codec_crc32(0, data, size), (uint64_t)size);
	b->n += GZIP_TRAILER;
	codec_deflater_free(d);
}

/*
 * Builds a stream as a word: a digit is a data member of that number, A to J
 * an end marker of number 0 to 9, f a foreign member, z zeros, x garbage.
 */
static void
build(struct bytes *b, const char *word)
{
	b->n = 0;
	for (; *word != '\0'; word++) {
		if (isdigit((unsigned char)*word))
			add_member(b, GZIP_DATA, (unsigned)(*word - '0'));
		else if (*word >= 'A' && *word <= 'J')
			add_member(b, GZIP_END, (unsigned)(*word - 'A'));
		else if (*word == 'f')
			add_member(b, GZIP_FOREIGN, 7);
		else
			b->data[b->n++] = *word == 'z' ? 0 : 'x';
	}
}

static const struct {
	const char *word, *error; /* NULL: whole */
} words[] = {
    {"A", NULL},
    {"0B", NULL},
    {"012D", NULL},
    {"012Dzzz", NULL},
    {"0B0B", NULL},
    {"AA0BA", NULL},
    {"f", NULL},
    {"fff", NULL},
    {"fz", NULL},
    {"f0Bf01C", NULL},
    {"", "it is empty"},
    {"z", "not in gzip format"},
    {"x", "not in gzip format"},
    {"0", "the end of the file is where member 1 should be"},
    {"01", "the end of the file is where member 2 should be"},
    {"0zz", "zeros are where member 1 should be"},
    {"0f", "a foreign member is where member 1 should be"},
    {"0fB", "a foreign member is where member 1 should be"},
    {"00B", "member 0 is where member 1 should be"},
    {"02C", "member 2 is where member 1 should be"},
    {"021D", "member 2 is where member 1 should be"},
    {"0C", "member 2 is where member 1 should be"},
    {"0A", "member 0 is where member 1 should be"},
    {"1C", "member 1 is where member 0 should be"},
    {"B", "member 1 is where member 0 should be"},
    {"0BB", "member 1 is where member 0 should be"},
    {"0B0", "the end of the file is where member 1 should be"},
    {"0B1C", "member 1 is where member 0 should be"},
    {"f0", "the end of the file is where member 1 should be"},
    {"0Bx", "neither a gzip member nor zeros"},
    {"fx", "neither a gzip member nor zeros"},
    {"fzzx", "neither a gzip member nor zeros"},
    {"fzf", "neither a gzip member nor zeros"},
};

static void
members_must_follow_each_other(void **state)
{
	static struct bytes in, out;
	struct error e = {0};
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < sizeof words / sizeof *words; i++) {
		build(&in, words[i].word);
		rc = decode(in.data, in.n, ROOM, &out, &e);
		if (rc == 0 && words[i].error == NULL)
			continue;
		if (rc == 0 || words[i].error == NULL ||
		    strstr(e.text, words[i].error) == NULL)
			fail_msg("%s: %s", words[i].word, rc ? e.text : "ok");
	}
}

/* As the parallel decoder does: members that it has decoded are skipped. */
static void
skipped_members_are_judged_alike(void **state)
{
	static struct bytes in;
	struct error e = {0};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof words / sizeof *words; i++) {
		struct gunzip *g = gunzip_new("test", NULL, NULL);
		struct gzip_header h;
		const uint8_t *p, *end;
		int rc = 0;

		build(&in, words[i].word);
		p = in.data;
		end = in.data + in.n;
		while (rc == 0 && p < end) {
			const uint8_t *q = p;

			gzip_header_start(&h);
			if (gzip_header_feed(&h, &q, end) != GZIP_WHOLE ||
			    !h.sized)
				break;
			p = q + h.deflated + GZIP_TRAILER;
			rc = gunzip_skip(
			    g, &h, h.kind == GZIP_END ? 0 : DATA, &e);
		}
		if (rc == 0 && p < end)
			rc = gunzip_feed(g, p, (size_t)(end - p), &e);
		if (rc == 0)
			rc = gunzip_finish(g, &e);
		if ((rc == 0) != (words[i].error == NULL) ||
		    (rc != 0 && strstr(e.text, words[i].error) == NULL))
			fail_msg("%s: %s", words[i].word, rc ? e.text : "ok");
		gunzip_free(g);
	}
}

static void
an_end_marker_holds_no_data(void **state)
{
	static struct bytes in, out;
	struct gunzip *g = gunzip_new("test", NULL, NULL);
	struct gzip_header h = {.kind = GZIP_END, .length = 33};
	struct error e;

	(void)state;
	build(&in, "0");
	in.data[24] = GZIP_END;
	assert_int_equal(decode(in.data, in.n, ROOM, &out, &e), -1);
	assert_non_null(strstr(e.text, "the end marker holds data"));
	assert_int_equal(gunzip_skip(g, &h, 1, &e), -1);
	gunzip_free(g);
}

static void
every_truncation_is_found(void **state)
{
	static struct bytes in, out;
	struct error e;
	char at[48];
	size_t n;

	(void)state;
	build(&in, "012D");
	for (n = 0; n < in.n; n++) {
		assert_int_equal(decode(in.data, n, ROOM, &out, &e), -1);
		snprintf(at, sizeof at, "test: byte %zu: ", n);
		assert_memory_equal(e.text, at, strlen(at));
		assert_int_equal(decode(in.data, n, 1, &out, &e), -1);
	}
	assert_int_equal(decode(in.data, n, 1, &out, &e), 0);
}

/*
 * Where a flip changes nothing that counts: time, flags, system, size hint.
 * (With a length of 0 the hint is lost, and its bytes pass for an empty one.)
 */
static bool
harmless(size_t at, unsigned bit)
{
	return (at == 3 && bit == 0) || (at == 14 && bit == 2) ||
	    (at >= 4 && at < 10) ||
	    (at >= 12 && at < 20 && at != 14 && at != 15);
}

static void
flip_all(struct bytes *in, size_t from, size_t to, const struct bytes *whole,
    size_t header)
{
	static struct bytes out;
	struct error e;
	unsigned bit;
	size_t i;

	for (i = from; i < to; i++) {
		for (bit = 0; bit < 8; bit++) {
			in->data[i] ^= (uint8_t)(1 << bit);
			if (decode(in->data, in->n, ROOM, &out, &e) == 0) {
				/* Nothing but the same data may pass. */
				assert_int_equal(out.n, whole->n);
				assert_memory_equal(
				    out.data, whole->data, out.n);
				if (i < from + header &&
				    !harmless(i - from, bit))
					fail_msg(
					    "byte %zu bit %u of header %zu",
					    i - from, bit, from);
			} else {
				assert_non_null(strstr(e.text, "test: byte "));
				if (i < from + header)
					assert_false(harmless(i - from, bit));
			}
			in->data[i] ^= (uint8_t)(1 << bit);
		}
	}
}

static void
every_flipped_bit_that_counts_is_found(void **state)
{
	static const char *const all[] = {"0", "01", "012", "012D"};
	static struct bytes in, whole;
	struct error e;
	size_t i, from = 0, to;

	(void)state;
	build(&in, "012D");
	assert_int_equal(decode(in.data, in.n, ROOM, &whole, &e), 0);
	assert_int_equal(whole.n, 3 * DATA);
	for (i = 0; i < 4; i++) {
		build(&in, all[i]);
		to = in.n;
		build(&in, "012D");
		flip_all(&in, from, to, &whole, GZIP_HEADER);
		from = to;
	}
}

static void
errors_tell_the_byte(void **state)
{
	static struct bytes in, out;
	struct error e;
	char want[80];

	(void)state;
	build(&in, "0B");
	in.data[in.n - GZIP_TRAILER] ^= 1;
	assert_int_equal(decode(in.data, in.n, 1, &out, &e), -1);
	snprintf(want, sizeof want,
	    "test: byte %zu: the CRC is wrong: the data is damaged",
	    in.n - GZIP_TRAILER);
	assert_string_equal(e.text, want);
	in.data[in.n - GZIP_TRAILER] ^= 1;
	in.data[in.n - 1] ^= 1;
	assert_int_equal(decode(in.data, in.n, ROOM, &out, &e), -1);
	snprintf(want, sizeof want,
	    "test: byte %zu: the length is wrong: the data is damaged",
	    in.n - GZIP_TRAILER / 2);
	assert_string_equal(e.text, want);
	build(&in, "0Bxf");
	assert_int_equal(decode(in.data, in.n, 3, &out, &e), -1);
	build(&in, "0B");
	snprintf(want, sizeof want, "test: byte %zu: neither", in.n);
	assert_memory_equal(e.text, want, strlen(want));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(members_must_follow_each_other),
	    cmocka_unit_test(skipped_members_are_judged_alike),
	    cmocka_unit_test(an_end_marker_holds_no_data),
	    cmocka_unit_test(every_truncation_is_found),
	    cmocka_unit_test(every_flipped_bit_that_counts_is_found),
	    cmocka_unit_test(errors_tell_the_byte),
	};

	return cmocka_run_group_tests_name("gunzip", tests, NULL, NULL);
}
