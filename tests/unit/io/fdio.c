/*
 * fdio and stop: whole reads and writes, and a stop that reaches those that
 * block.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "io/fdio.h"
#include "io/stop.h"

enum { SOON_MS = 100, LATE_MS = 3000, MIB = 1 << 20 };

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void *
raise_soon(void *stop)
{
	stop_sleep(NULL, SOON_MS);
	stop_raise(stop);
	return NULL;
}

/* A stop that is raised soon, and what waits for it must notice in time. */
struct alarm {
	struct stop stop;
	pthread_t thread;
	int64_t start;
};

static void
set_alarm(struct alarm *a)
{
	struct error e;

	assert_int_equal(stop_open(&a->stop, &e), 0);
	a->start = now_ms();
	assert_int_equal(
	    pthread_create(&a->thread, NULL, raise_soon, &a->stop), 0);
}

static void
end_alarm(struct alarm *a)
{
	int64_t took = now_ms() - a->start;

	pthread_join(a->thread, NULL);
	assert_in_range(took, SOON_MS - 10, LATE_MS);
	stop_close(&a->stop);
}

static void
a_stop_stays_raised_and_readable(void **state)
{
	struct stop s;
	struct error e;
	struct pollfd p = {.events = POLLIN};

	(void)state;
	assert_int_equal(stop_open(&s, &e), 0);
	p.fd = stop_fd(&s);
	assert_false(stop_raised(&s));
	assert_int_equal(poll(&p, 1, 0), 0);
	assert_false(stop_sleep(&s, 1));
	stop_raise(&s);
	stop_raise(&s);
	assert_true(stop_raised(&s));
	assert_int_equal(poll(&p, 1, 0), 1);
	assert_true(stop_sleep(&s, 60000));
	assert_int_equal(fcntl(p.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	stop_close(&s);
}

static void
no_stop_is_never_raised(void **state)
{
	int64_t start = now_ms();

	(void)state;
	assert_false(stop_raised(NULL));
	assert_int_equal(stop_fd(NULL), -1);
	assert_false(stop_sleep(NULL, 50));
	assert_true(now_ms() - start >= 49);
}

static void
a_stop_ends_a_sleep(void **state)
{
	struct alarm a;

	(void)state;
	set_alarm(&a);
	assert_true(stop_sleep(&a.stop, 60000));
	end_alarm(&a);
}

static void
a_stop_ends_a_read_that_blocks(void **state)
{
	struct alarm a;
	struct error e;
	int fds[2];
	char c;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	set_alarm(&a);
	assert_int_equal(fdio_read(fds[0], "in", &c, 1, &a.stop, &e), -1);
	end_alarm(&a);
	assert_string_equal(e.text, "in: stopped");
	close(fds[0]);
	close(fds[1]);
}

static void
a_stop_ends_a_fill_that_has_some(void **state)
{
	struct alarm a;
	struct error e;
	int fds[2];
	char buf[8];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "abc", 3), 3);
	set_alarm(&a);
	assert_int_equal(
	    fdio_fill(fds[0], "in", buf, sizeof buf, &a.stop, &e), -1);
	end_alarm(&a);
	close(fds[0]);
	close(fds[1]);
}

static void
a_stop_ends_a_write_to_a_full_pipe(void **state)
{
	struct fdio_output o;
	struct alarm a;
	struct error e;
	char *buf = calloc(1, 4 * MIB);
	int fds[2];

	(void)state;
	assert_non_null(buf);
	assert_int_equal(pipe(fds), 0);
	fdio_output(&o, fds[1], "out");
	set_alarm(&a);
	assert_int_equal(fdio_write(&o, buf, 4 * MIB, &a.stop, &e), -1);
	end_alarm(&a);
	assert_string_equal(e.text, "out: stopped");
	/* Others that have the pipe must not find it changed. */
	assert_int_equal(fcntl(fds[1], F_GETFL) & O_NONBLOCK, 0);
	assert_int_equal(fdio_finish(&o, &e), 0);
	close(fds[0]);
	free(buf);
}

static void *
write_in_drops(void *arg)
{
	int i, fd = *(int *)arg;

	for (i = 0; i < 10; i++) {
		if (write(fd, &"0123456789"[i], 1) != 1)
			break;
		stop_sleep(NULL, 3);
	}
	close(fd);
	return NULL;
}

static void
a_fill_is_whole_but_at_the_end(void **state)
{
	struct error e;
	pthread_t thread;
	int fds[2];
	char buf[8];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(
	    pthread_create(&thread, NULL, write_in_drops, &fds[1]), 0);
	assert_int_equal(fdio_fill(fds[0], "in", buf, sizeof buf, NULL, &e), 8);
	assert_memory_equal(buf, "01234567", 8);
	assert_int_equal(fdio_fill(fds[0], "in", buf, sizeof buf, NULL, &e), 2);
	assert_memory_equal(buf, "89", 2);
	assert_int_equal(fdio_fill(fds[0], "in", buf, sizeof buf, NULL, &e), 0);
	pthread_join(thread, NULL);
	close(fds[0]);
}

struct sink {
	int fd;
	size_t got;
	bool ordered;
};

static void *
read_slowly(void *arg)
{
	struct sink *s = arg;
	unsigned char buf[5000];
	ssize_t n, i;

	s->ordered = true;
	while ((n = read(s->fd, buf, sizeof buf)) > 0) {
		for (i = 0; i < n; i++, s->got++) {
			if (buf[i] != (unsigned char)(s->got % 251))
				s->ordered = false;
		}
	}
	return NULL;
}

static void
a_write_is_whole_and_in_order(void **state)
{
	unsigned char *buf = malloc(3 * MIB + 1);
	struct fdio_output o;
	struct sink sink = {0};
	struct error e;
	pthread_t thread;
	int fds[2];
	size_t i;

	(void)state;
	assert_non_null(buf);
	for (i = 0; i < 3 * MIB + 1; i++)
		buf[i] = (unsigned char)(i % 251);
	assert_int_equal(pipe(fds), 0);
	sink.fd = fds[0];
	assert_int_equal(pthread_create(&thread, NULL, read_slowly, &sink), 0);
	fdio_output(&o, fds[1], "out");
	assert_int_equal(fdio_write(&o, buf, 0, NULL, &e), 0);
	assert_int_equal(fdio_write(&o, buf, 3 * MIB + 1, NULL, &e), 0);
	assert_int_equal(fdio_finish(&o, &e), 0);
	pthread_join(thread, NULL);
	assert_int_equal(sink.got, 3 * MIB + 1);
	assert_true(sink.ordered);
	close(fds[0]);
	free(buf);
}

static void
a_reader_that_has_gone_is_closed(void **state)
{
	struct fdio_output o;
	struct error e;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	fdio_output(&o, fds[1], "out");
	close(fds[0]);
	assert_int_equal(fdio_write(&o, "x", 1, NULL, &e), -1);
	assert_int_equal(e.status, ERROR_CLOSED);
	assert_int_equal(fdio_finish(&o, &e), 0);
}

static void
a_full_disk_is_an_error(void **state)
{
	struct fdio_output o;
	struct error e;
	int fd = open("/dev/full", O_WRONLY);

	(void)state;
	assert_true(fd >= 0);
	fdio_output(&o, fd, "out");
	assert_int_equal(fdio_write(&o, "x", 1, NULL, &e), -1);
	assert_int_equal(e.status, ERROR_FAILED);
	assert_string_equal(e.text, "write out: No space left on device");
	assert_int_equal(fdio_finish(&o, &e), 0);
	assert_int_equal(fdio_finish(&o, &e), -1);
	assert_memory_equal(e.text, "close out", 9);
}

static void
silence_is_neither_bytes_nor_an_end(void **state)
{
	struct stop s;
	struct error e;
	int fds[2];

	(void)state;
	assert_int_equal(stop_open(&s, &e), 0);
	assert_int_equal(pipe(fds), 0);
	assert_true(fdio_silent(fds[0], 1, &s));
	assert_int_equal(write(fds[1], "x", 1), 1);
	assert_false(fdio_silent(fds[0], 60000, &s));
	close(fds[0]);
	close(fds[1]);
	assert_int_equal(pipe(fds), 0);
	close(fds[1]);
	assert_false(fdio_silent(fds[0], 60000, &s));
	close(fds[0]);
	assert_int_equal(pipe(fds), 0);
	stop_raise(&s);
	assert_false(fdio_silent(fds[0], 60000, &s));
	close(fds[0]);
	close(fds[1]);
	stop_close(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_stop_stays_raised_and_readable),
	    cmocka_unit_test(no_stop_is_never_raised),
	    cmocka_unit_test(a_stop_ends_a_sleep),
	    cmocka_unit_test(a_stop_ends_a_read_that_blocks),
	    cmocka_unit_test(a_stop_ends_a_fill_that_has_some),
	    cmocka_unit_test(a_stop_ends_a_write_to_a_full_pipe),
	    cmocka_unit_test(a_fill_is_whole_but_at_the_end),
	    cmocka_unit_test(a_write_is_whole_and_in_order),
	    cmocka_unit_test(a_reader_that_has_gone_is_closed),
	    cmocka_unit_test(a_full_disk_is_an_error),
	    cmocka_unit_test(silence_is_neither_bytes_nor_an_end),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("fdio", tests, NULL, NULL);
}
