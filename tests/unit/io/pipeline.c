/*
 * pipeline: order, bounds, windows, and every stage failing at every point.
 * Run under ThreadSanitizer by `make sanitize`.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/fdio.h"
#include "io/pipeline.h"
#include "io/stop.h"

enum { ITEMS = 60, SLOTS = 5 };
enum stage { NONE, READ, WORK, WRITE };

struct slot {
	int in, out;
};

struct job {
	enum stage fail_in;
	int fail_at;
	int nread, nwritten;
	atomic_int filled, most;
	unsigned windows[3]; /* used in turn, for 20 items each; 0: all */
	int block_fd, block_at; /* read waits on the fd at that item, or -1 */
	struct stop stop;
	struct slot slots[SLOTS];
};

static int
fails(struct job *j, enum stage stage, int at, struct error *e)
{
	if (j->fail_in != stage || at != j->fail_at)
		return 0;
	return error_set(e, ERROR_ABSENT, "stage %d at %d", (int)stage, at);
}

static int
read_item(void *ctx, void *slot, struct error *e)
{
	struct job *j = ctx;
	struct slot *s = slot;
	char c;
	int now, most;

	if (j->block_fd >= 0 && j->nread == j->block_at)
		return (int)fdio_read(
		    j->block_fd, "silence", &c, 1, &j->stop, e);
	if (fails(j, READ, j->nread, e))
		return -1;
	if (j->nread == ITEMS)
		return 0;
	now = atomic_fetch_add(&j->filled, 1) + 1;
	most = atomic_load(&j->most);
	if (now > most)
		atomic_store(&j->most, now);
	s->in = j->nread++;
	s->out = -1;
	return 1;
}

static int
work_item(void *ctx, unsigned worker, void *slot, struct error *e)
{
	struct job *j = ctx;
	struct slot *s = slot;

	assert_true(worker < 4);
	if (fails(j, WORK, s->in, e))
		return -1;
	if (s->in % 7 == 0)
		stop_sleep(NULL, 1); /* overtaken by others */
	s->out = s->in * 2;
	return 0;
}

static int
write_item(void *ctx, void *slot, struct error *e)
{
	struct job *j = ctx;
	struct slot *s = slot;

	if (fails(j, WRITE, s->in, e))
		return -1;
	assert_int_equal(s->in, j->nwritten);
	assert_int_equal(s->out, s->in * 2);
	j->nwritten++;
	atomic_fetch_sub(&j->filled, 1);
	return 0;
}

static unsigned
window(void *ctx)
{
	struct job *j = ctx;
	unsigned w = j->windows[j->nread / 20 < 3 ? j->nread / 20 : 2];

	/* A new window comes with all slots drained. */
	return w != 0 ? w : SLOTS;
}

static int
run(struct job *j, unsigned workers, struct error *e)
{
	struct pipeline p = {.read = read_item,
	    .work = work_item,
	    .write = write_item,
	    .window = window,
	    .ctx = j,
	    .workers = workers,
	    .slots = j->slots,
	    .slot_size = sizeof j->slots[0],
	    .nslots = SLOTS,
	    .stop = &j->stop};
	int rc;

	assert_int_equal(stop_open(&j->stop, e), 0);
	rc = pipeline_run(&p, e);
	stop_close(&j->stop);
	return rc;
}

static void
items_come_out_in_order_and_slots_bound_them(void **state)
{
	unsigned workers;

	(void)state;
	for (workers = 1; workers <= 4; workers++) {
		struct job j = {.block_fd = -1};
		struct error e;

		assert_int_equal(run(&j, workers, &e), 0);
		assert_int_equal(j.nwritten, ITEMS);
		assert_true(atomic_load(&j.most) <= SLOTS);
	}
}

static void
a_window_bounds_the_slots_in_use(void **state)
{
	struct job j = {.block_fd = -1, .windows = {2, 2, 2}};
	struct job changing = {.block_fd = -1, .windows = {5, 1, 3}};
	struct error e;

	(void)state;
	assert_int_equal(run(&j, 4, &e), 0);
	assert_int_equal(j.nwritten, ITEMS);
	assert_true(atomic_load(&j.most) <= 2);
	assert_int_equal(run(&changing, 4, &e), 0);
	assert_int_equal(changing.nwritten, ITEMS);
}

static void
each_stage_may_fail_at_each_item(void **state)
{
	enum stage stage;
	unsigned workers;
	int at;

	(void)state;
	for (stage = READ; stage <= WRITE; stage++) {
		for (at = 0; at < ITEMS; at++) {
			for (workers = 1; workers <= 3; workers++) {
				struct job j = {.block_fd = -1,
				    .fail_in = stage,
				    .fail_at = at};
				struct error e;
				char want[32];

				snprintf(want, sizeof want, "stage %d at %d",
				    (int)stage, at);
				assert_int_equal(run(&j, workers, &e), -1);
				assert_string_equal(e.text, want);
				assert_int_equal(e.status, ERROR_ABSENT);
				assert_true(j.nwritten <= at);
			}
		}
	}
}

static void
an_empty_input_is_no_failure(void **state)
{
	struct job j = {.block_fd = -1, .nread = ITEMS};
	struct error e;

	(void)state;
	assert_int_equal(run(&j, 3, &e), 0);
	assert_int_equal(j.nwritten, 0);
}

static void
a_failed_worker_wakes_a_silent_reader(void **state)
{
	struct job j = {.fail_in = WORK, .fail_at = 9, .block_at = 10};
	struct error e;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	j.block_fd = fds[0];
	assert_int_equal(run(&j, 2, &e), -1);
	assert_string_equal(e.text, "stage 2 at 9");
	close(fds[0]);
	close(fds[1]);
}

static void *
raise_soon(void *stop)
{
	stop_sleep(NULL, 50);
	stop_raise(stop);
	return NULL;
}

static void
a_stop_from_outside_ends_a_silent_reader(void **state)
{
	struct job j = {.block_at = 3};
	struct pipeline p = {.read = read_item,
	    .work = work_item,
	    .write = write_item,
	    .ctx = &j,
	    .workers = 2,
	    .slots = j.slots,
	    .slot_size = sizeof j.slots[0],
	    .nslots = SLOTS,
	    .stop = &j.stop};
	struct error e;
	pthread_t thread;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	j.block_fd = fds[0];
	assert_int_equal(stop_open(&j.stop, &e), 0);
	pthread_create(&thread, NULL, raise_soon, &j.stop);
	assert_int_equal(pipeline_run(&p, &e), -1);
	pthread_join(thread, NULL);
	assert_non_null(strstr(e.text, "stopped"));
	stop_close(&j.stop);
	close(fds[0]);
	close(fds[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(items_come_out_in_order_and_slots_bound_them),
	    cmocka_unit_test(a_window_bounds_the_slots_in_use),
	    cmocka_unit_test(each_stage_may_fail_at_each_item),
	    cmocka_unit_test(an_empty_input_is_no_failure),
	    cmocka_unit_test(a_failed_worker_wakes_a_silent_reader),
	    cmocka_unit_test(a_stop_from_outside_ends_a_silent_reader),
	};

	return cmocka_run_group_tests_name("pipeline", tests, NULL, NULL);
}
