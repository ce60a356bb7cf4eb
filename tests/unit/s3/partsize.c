/*
 * partsize: any stream up to 5 TiB fits, in parts that S3 takes, in memory that
 * is promised (docs/design.md, section 9).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>

#include "s3/partsize.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

static const struct partsize usual = {0, PARTSIZE_TOTAL};
static const struct partsize equal = {PARTSIZE_MIN, PARTSIZE_TOTAL};

enum { JOBS = 4, REST_MIB = 14 }; /* REST_MIB: the program without its parts */

/* How a stream of that many bytes is cut. */
struct cut {
	uint64_t parts, memory; /* memory: the most in parts at once */
	bool legal;
};

/*
 * Cuts as s3put does: slots for the parts in flight and one that is read, which
 * are drained and freed where the schedule changes.
 */
static struct cut
cut(uint64_t total, uint64_t fixed, unsigned jobs)
{
	const struct partsize p = {
	    fixed, total > PARTSIZE_TOTAL ? total : PARTSIZE_TOTAL};
	struct cut c = {.legal = true};
	uint64_t size, memory, left = total, since = 0, before = 0;
	unsigned flight;

	while (left > 0 && c.parts < 20000) {
		size = partsize_bytes(&p, (unsigned)++c.parts);
		flight = partsize_flight(&p, (unsigned)c.parts, jobs);
		if (size != before)
			since = 0;
		before = size;
		since += size < left ? size : left;
		memory = (flight + 1) * size;
		if (memory > since)
			memory = since;
		if (memory > c.memory)
			c.memory = memory;
		if (size > PARTSIZE_MAX || (size < PARTSIZE_MIN && left > size))
			c.legal = false;
		left -= size < left ? size : left;
	}
	return c;
}

static void
assert_fits(uint64_t total)
{
	static const struct {
		uint64_t total, memory;
	} promised[] = {
	    {10 * GIB, 64 * MIB},
	    {25 * GIB, 128 * MIB},
	    {90 * GIB, 400 * MIB},
	    {PARTSIZE_TOTAL, 1434 * MIB},
	};
	struct cut c = cut(total, 0, JOBS);
	size_t i = 0;

	assert_true(c.legal);
	assert_true(c.parts <= PARTSIZE_PARTS);
	while (total > promised[i].total)
		i++;
	assert_true(c.memory + REST_MIB * MIB <= promised[i].memory);
}

static void
every_total_up_to_5_tib_fits(void **state)
{
	uint64_t total;

	(void)state;
	for (total = 1; total <= PARTSIZE_TOTAL; total += 9973 * MIB + 12345)
		assert_fits(total);
	for (total = MIB; total <= 100 * GIB; total += 401 * MIB)
		assert_fits(total);
	assert_fits(PARTSIZE_TOTAL - 1);
	assert_fits(PARTSIZE_TOTAL);
}

/* Larger ones fit where the store takes them, in memory of two parts. */
static void
every_total_up_to_50_tb_fits(void **state)
{
	uint64_t total;
	struct cut c;

	(void)state;
	for (total = PARTSIZE_TOTAL + 1; total < PARTSIZE_LARGEST;
	     total += 99991 * MIB + 12345) {
		c = cut(total, 0, JOBS);
		assert_true(c.legal);
		assert_true(c.parts <= PARTSIZE_PARTS);
		assert_true(c.memory <= 2 * PARTSIZE_MAX);
	}
	c = cut(PARTSIZE_LARGEST, 0, JOBS);
	assert_true(c.legal && c.parts <= PARTSIZE_PARTS);
}

/* Where a part begins or ends is where one might be too many or too large. */
static void
totals_at_the_steps_fit(void **state)
{
	uint64_t total = 0;
	unsigned part;

	(void)state;
	for (part = 1; part <= PARTSIZE_PARTS; part++) {
		total += partsize_bytes(&usual, part);
		if (total >= PARTSIZE_TOTAL)
			break;
		if (part % 100 > 2 && part % 100 < 98)
			continue;
		assert_fits(total - 1);
		assert_fits(total);
		assert_fits(total + 1);
	}
	/* The last part there may be is the one that 5 TiB ends in. */
	assert_in_range(part, PARTSIZE_PARTS - 100, PARTSIZE_PARTS);
}

static void
the_promises_hold_at_their_ends(void **state)
{
	static const uint64_t ends[] = {10, 25, 90};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof ends / sizeof *ends; i++) {
		assert_fits(ends[i] * GIB - 1);
		assert_fits(ends[i] * GIB);
		assert_fits(ends[i] * GIB + 1);
	}
}

static void
parts_never_shrink(void **state)
{
	unsigned part;

	(void)state;
	for (part = 2; part <= PARTSIZE_PARTS; part++)
		assert_true(partsize_bytes(&usual, part) >=
		    partsize_bytes(&usual, part - 1));
	assert_int_equal(partsize_bytes(&usual, 1), 8 * MIB);
}

static void
there_is_always_one_in_flight_and_never_more_than_jobs(void **state)
{
	unsigned part, jobs, flight;

	(void)state;
	for (part = 1; part <= PARTSIZE_PARTS; part++) {
		for (jobs = 1; jobs <= 64; jobs *= 2) {
			flight = partsize_flight(&usual, part, jobs);
			assert_in_range(flight, 1, jobs);
			assert_int_equal(
			    partsize_flight(&equal, part, jobs), jobs);
		}
	}
	assert_int_equal(partsize_flight(&usual, 1, 64), 64);
	assert_int_equal(partsize_flight(&usual, PARTSIZE_PARTS, 64), 1);
}

static void
a_fixed_size_is_that_of_all_parts(void **state)
{
	struct cut c = cut(100 * PARTSIZE_MIN, PARTSIZE_MIN, 1);
	unsigned part;

	(void)state;
	for (part = 1; part <= PARTSIZE_PARTS; part++)
		assert_int_equal(partsize_bytes(&equal, part), PARTSIZE_MIN);
	assert_int_equal(c.parts, 100);
	assert_true(c.memory == 2 * PARTSIZE_MIN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_total_up_to_5_tib_fits),
	    cmocka_unit_test(every_total_up_to_50_tb_fits),
	    cmocka_unit_test(totals_at_the_steps_fit),
	    cmocka_unit_test(the_promises_hold_at_their_ends),
	    cmocka_unit_test(parts_never_shrink),
	    cmocka_unit_test(
		there_is_always_one_in_flight_and_never_more_than_jobs),
	    cmocka_unit_test(a_fixed_size_is_that_of_all_parts),
	};

	return cmocka_run_group_tests_name("partsize", tests, NULL, NULL);
}
