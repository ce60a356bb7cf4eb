/*
 * throttle: no faster than it says, for all together.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>

#include "base/clock.h"
#include "io/stop.h"
#include "net/throttle.h"

static void *
take_some(void *throttle)
{
	int i;

	for (i = 0; i < 10; i++)
		throttle_take(throttle, 10000, NULL);
	return NULL;
}

static void
workers_share_it(void **state)
{
	struct throttle *r = throttle_open(1000000);
	pthread_t threads[4];
	int64_t start = clock_ms(), took;
	int i;

	(void)state;
	for (i = 0; i < 4; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, take_some, r), 0);
	for (i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	took = clock_ms() - start;
	/* 400 ms of bytes, less the moment that is saved up. */
	assert_in_range(took, 250, 2000);
	throttle_free(r);
}

static void
a_stop_ends_the_wait(void **state)
{
	struct throttle *r = throttle_open(1);
	int64_t start = clock_ms();
	struct stop stop;
	struct error e;

	(void)state;
	assert_int_equal(stop_open(&stop, &e), 0);
	stop_raise(&stop);
	throttle_take(r, UINT64_C(1) << 60, &stop);
	assert_in_range(clock_ms() - start, 0, 1000);
	stop_close(&stop);
	throttle_free(r);
}

static void
no_rate_is_none(void **state)
{
	int64_t start = clock_ms();

	(void)state;
	throttle_take(NULL, UINT64_C(1) << 60, NULL);
	assert_in_range(clock_ms() - start, 0, 1000);
	throttle_free(NULL);
}

static void
pieces_fit_the_rate(void **state)
{
	struct throttle *r;

	(void)state;
	assert_int_equal(throttle_piece(NULL), 256 << 10);
	r = throttle_open(1000);
	assert_int_equal(throttle_piece(r), 16 << 10);
	throttle_free(r);
	r = throttle_open(UINT64_C(1) << 20);
	assert_int_equal(throttle_piece(r), 64 << 10);
	throttle_free(r);
	r = throttle_open(UINT64_C(1) << 40);
	assert_int_equal(throttle_piece(r), 256 << 10);
	throttle_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(workers_share_it),
	    cmocka_unit_test(a_stop_ends_the_wait),
	    cmocka_unit_test(no_rate_is_none),
	    cmocka_unit_test(pieces_fit_the_rate),
	};

	return cmocka_run_group_tests_name("throttle", tests, NULL, NULL);
}
