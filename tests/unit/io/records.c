/*
 * records: what is a record, what is half of one, and what is none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/records.h"
#include "io/stop.h"

/* Bytes that a thread writes into a pipe, piece by piece, and their reader. */
struct source {
	const char *bytes;
	size_t size, piece;
	int fds[2];
	pthread_t writer;
	struct records *records;
};

static void *
write_pieces(void *arg)
{
	struct source *s = arg;
	size_t at, n;

	for (at = 0; at < s->size; at += n) {
		n = s->size - at < s->piece ? s->size - at : s->piece;
		if (write(s->fds[1], s->bytes + at, n) != (ssize_t)n)
			break;
		if (s->piece < 16)
			stop_sleep(NULL, 1);
	}
	close(s->fds[1]);
	return NULL;
}

static void
open_source(struct source *s, const char *bytes, size_t size, char terminator)
{
	s->bytes = bytes;
	s->size = size;
	assert_int_equal(pipe(s->fds), 0);
	s->records = records_open(s->fds[0], "pipe", terminator, NULL);
	assert_non_null(s->records);
	assert_int_equal(pthread_create(&s->writer, NULL, write_pieces, s), 0);
}

static void
close_source(struct source *s)
{
	char rest[4096];

	while (read(s->fds[0], rest, sizeof rest) > 0)
		;
	pthread_join(s->writer, NULL);
	close(s->fds[0]);
	records_free(s->records);
}

static void
expect(struct source *s, enum records_result result, const char *text)
{
	const char *record;
	size_t length;
	struct error e;

	assert_int_equal(
	    records_next(s->records, &record, &length, &e), result);
	if (text == NULL)
		return;
	assert_string_equal(record, text);
	assert_int_equal(length, strlen(text));
}

static void
lines_come_whole_whatever_the_pieces(void **state)
{
	static const char text[] = "one\n\nthree  \n \nlast one\n";
	struct source s;
	size_t piece;

	(void)state;
	for (piece = 1; piece < sizeof text; piece++) {
		s.piece = piece;
		open_source(&s, text, sizeof text - 1, '\n');
		expect(&s, RECORDS_ONE, "one");
		expect(&s, RECORDS_ONE, "");
		expect(&s, RECORDS_ONE, "three  ");
		expect(&s, RECORDS_ONE, " ");
		expect(&s, RECORDS_ONE, "last one");
		expect(&s, RECORDS_END, NULL);
		expect(&s, RECORDS_END, NULL);
		close_source(&s);
	}
}

static void
a_last_line_without_its_end_is_cut(void **state)
{
	struct source s = {.piece = 100};

	(void)state;
	open_source(&s, "a\nhalf", 6, '\n');
	expect(&s, RECORDS_ONE, "a");
	expect(&s, RECORDS_CUT, "half");
	expect(&s, RECORDS_END, NULL);
	close_source(&s);
}

static void
nothing_is_no_record(void **state)
{
	struct source s = {.piece = 100};

	(void)state;
	open_source(&s, "", 0, '\n');
	expect(&s, RECORDS_END, NULL);
	close_source(&s);
}

static void
a_nul_ends_a_record_that_may_hold_newlines(void **state)
{
	struct source s = {.piece = 2};

	(void)state;
	open_source(&s, "a\nb\0\0c\n", 7, '\0');
	expect(&s, RECORDS_ONE, "a\nb");
	expect(&s, RECORDS_ONE, "");
	expect(&s, RECORDS_CUT, "c\n");
	expect(&s, RECORDS_END, NULL);
	close_source(&s);
}

static void
a_nul_in_a_line_is_an_error(void **state)
{
	struct source s = {.piece = 100};

	(void)state;
	open_source(&s, "ok\na\0b\n", 7, '\n');
	expect(&s, RECORDS_ONE, "ok");
	expect(&s, RECORDS_FAILED, NULL);
	close_source(&s);
	open_source(&s, "cut\0", 4, '\n');
	expect(&s, RECORDS_FAILED, NULL);
	close_source(&s);
}

static void
the_longest_record_is_taken_and_no_longer_one(void **state)
{
	char *text = malloc(3 * RECORDS_MAX);
	const char *record;
	size_t length;
	struct error e;
	struct source s;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', 3 * RECORDS_MAX);
	for (s.piece = 1000; s.piece < 200000; s.piece *= 13) {
		text[RECORDS_MAX] = '\n';
		open_source(&s, text, 2 * RECORDS_MAX + 1, '\n');
		assert_int_equal(
		    records_next(s.records, &record, &length, &e), RECORDS_ONE);
		assert_int_equal(length, RECORDS_MAX);
		assert_int_equal(
		    records_next(s.records, &record, &length, &e), RECORDS_CUT);
		assert_int_equal(length, RECORDS_MAX);
		close_source(&s);

		text[RECORDS_MAX] = 'x';
		text[RECORDS_MAX + 1] = '\n';
		open_source(&s, text, RECORDS_MAX + 2, '\n');
		expect(&s, RECORDS_FAILED, NULL);
		close_source(&s);
		open_source(&s, text, RECORDS_MAX + 1, '\n');
		expect(&s, RECORDS_FAILED, NULL);
		close_source(&s);
		text[RECORDS_MAX + 1] = 'x';
	}
	free(text);
}

static void
thousands_of_records_keep_their_order(void **state)
{
	enum { LINES = 60000, WIDTH = 6 };
	char *text = malloc(LINES * WIDTH), want[WIDTH];
	struct source s = {.piece = 4099};
	int i;

	(void)state;
	assert_non_null(text);
	for (i = 0; i < LINES; i++) {
		text[i * WIDTH + WIDTH - 1] = '\n';
		memcpy(text + i * WIDTH, "00000", WIDTH - 1);
		text[i * WIDTH] = (char)('0' + i / 10000);
		text[i * WIDTH + 1] = (char)('0' + i / 1000 % 10);
		text[i * WIDTH + 2] = (char)('0' + i / 100 % 10);
		text[i * WIDTH + 3] = (char)('0' + i / 10 % 10);
		text[i * WIDTH + 4] = (char)('0' + i % 10);
	}
	open_source(&s, text, LINES * WIDTH, '\n');
	for (i = 0; i < LINES; i++) {
		memcpy(want, text + i * WIDTH, WIDTH);
		want[WIDTH - 1] = '\0';
		expect(&s, RECORDS_ONE, want);
	}
	expect(&s, RECORDS_END, NULL);
	close_source(&s);
	free(text);
}

static void
what_cannot_be_read_is_no_end(void **state)
{
	const char *record;
	size_t length;
	struct error e;
	int fd = open("/dev/null", O_WRONLY);
	struct records *r = records_open(fd, "nothing", '\n', NULL);

	(void)state;
	assert_non_null(r);
	assert_int_equal(records_next(r, &record, &length, &e), RECORDS_FAILED);
	assert_non_null(strstr(e.text, "nothing"));
	records_free(r);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_come_whole_whatever_the_pieces),
	    cmocka_unit_test(a_last_line_without_its_end_is_cut),
	    cmocka_unit_test(nothing_is_no_record),
	    cmocka_unit_test(a_nul_ends_a_record_that_may_hold_newlines),
	    cmocka_unit_test(a_nul_in_a_line_is_an_error),
	    cmocka_unit_test(the_longest_record_is_taken_and_no_longer_one),
	    cmocka_unit_test(thousands_of_records_keep_their_order),
	    cmocka_unit_test(what_cannot_be_read_is_no_end),
	};

	return cmocka_run_group_tests_name("records", tests, NULL, NULL);
}
