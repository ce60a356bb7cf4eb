/*
 * crc: against published check values, and in pieces.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "aws/crc.h"

static unsigned char bytes[100000];

static void
fill(void)
{
	uint32_t state = 1;
	size_t i;

	for (i = 0; i < sizeof bytes; i++) {
		state = state * 1103515245 + 12345;
		bytes[i] = (unsigned char)(state >> 16);
	}
}

/* Of "123456789", by the catalogue of parametrised CRC algorithms. */
static void
check_values_are_right(void **state)
{
	static const uint64_t values[CRC_KINDS] = {UINT64_C(0xcbf43926),
	    UINT64_C(0xe3069283), UINT64_C(0xae8b14860a799888)};
	unsigned k;

	(void)state;
	for (k = 0; k < CRC_KINDS; k++) {
		assert_true(crc_add(k, 0, "123456789", 9) == values[k]);
		assert_true(crc_add(k, 0, "", 0) == 0);
	}
}

static void
zlib_agrees(void **state)
{
	size_t n;

	(void)state;
	fill();
	for (n = 0; n < 70; n++)
		assert_true(crc_add(CRC_32, 0, bytes + n, n) ==
		    crc32(0, bytes + n, (unsigned)n));
	assert_true(crc_add(CRC_32, 0, bytes, sizeof bytes) ==
	    crc32(0, bytes, sizeof bytes));
}

static void
pieces_make_the_whole(void **state)
{
	static const size_t cuts[] = {
	    0, 1, 7, 8, 16, 17, 4096, 65537, 99999, sizeof bytes};
	uint64_t whole, first;
	unsigned k;
	size_t i;

	(void)state;
	fill();
	for (k = 0; k < CRC_KINDS; k++) {
		whole = crc_add(k, 0, bytes, sizeof bytes);
		for (i = 0; i < sizeof cuts / sizeof *cuts; i++) {
			first = crc_add(k, 0, bytes, cuts[i]);
			assert_true(crc_add(k, first, bytes + cuts[i],
					sizeof bytes - cuts[i]) == whole);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(check_values_are_right),
	    cmocka_unit_test(zlib_agrees),
	    cmocka_unit_test(pieces_make_the_whole),
	};

	return cmocka_run_group_tests_name("crc", tests, NULL, NULL);
}
