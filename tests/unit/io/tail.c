/* Tests of tail: the last bytes, however they come. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "io/tail.h"

enum { STREAM = 3 * TAIL_SIZE };

/* Feeds `total` bytes of a stream in pieces, and looks at what is kept. */
static void
check(size_t total, size_t piece)
{
	static char stream[STREAM];
	struct tail *t = calloc(1, sizeof *t);
	size_t want = total < TAIL_SIZE ? total : TAIL_SIZE, i, n;

	assert_non_null(t);
	for (i = 0; i < STREAM; i++)
		stream[i] = (char)(i * 7 + i / 251);
	for (i = 0; i < total; i += n) {
		n = total - i < piece ? total - i : piece;
		tail_add(t, stream + i, n);
	}
	assert_int_equal(t->size, want);
	assert_memory_equal(t->bytes, stream + total - want, want);
	free(t);
}

static void
keeps_the_last_bytes_whatever_the_pieces(void **state)
{
	static const size_t sizes[] = {0, 1, 2, TAIL_SIZE - 1, TAIL_SIZE,
	    TAIL_SIZE + 1, 2 * TAIL_SIZE, STREAM - 1, STREAM};
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof sizes / sizeof *sizes; i++)
		for (j = 1; j < sizeof sizes / sizeof *sizes; j++)
			check(sizes[i], sizes[j]);
}

static void
says_which_file_cannot_be_written(void **state)
{
	struct tail t = {.bytes = "x", .size = 1};
	struct error e;

	(void)state;
	assert_int_equal(tail_write(&t, "/nowhere/tail", &e), -1);
	assert_non_null(strstr(e.text, "/nowhere/tail"));
	assert_int_equal(tail_write(&t, "/dev/full", &e), -1);
	assert_non_null(strstr(e.text, "/dev/full"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keeps_the_last_bytes_whatever_the_pieces),
	    cmocka_unit_test(says_which_file_cannot_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
