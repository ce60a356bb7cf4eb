/*
 * command: how a child ends is told, and none is left.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "io/command.h"
#include "io/fdio.h"
#include "io/stop.h"

static void
start(struct command *c, const char *script)
{
	static char shell[] = "sh", option[] = "-c";
	char *const argv[] = {shell, option, (char *)(uintptr_t)script, NULL};
	struct error e;

	assert_int_equal(command_start(c, argv, &e), 0);
}

static void
ends_with(const char *script, int rc, const char *words)
{
	struct command c = {0};
	struct error e = {0};
	char rest[64];

	start(&c, script);
	assert_true(fdio_fill(c.fd, "sh", rest, sizeof rest, NULL, &e) >= 0);
	assert_int_equal(command_wait(&c, NULL, &e), rc);
	assert_string_equal(e.text, words);
	command_end(&c);
	assert_int_equal(c.fd, -1);
}

static void
output_is_read_and_success_told(void **state)
{
	struct command c = {0};
	struct error e;
	char buf[16];

	(void)state;
	start(&c, "echo out; echo err");
	assert_int_equal(fdio_fill(c.fd, c.name, buf, sizeof buf, NULL, &e), 8);
	assert_memory_equal(buf, "out\nerr\n", 8);
	assert_int_equal(command_wait(&c, NULL, &e), 0);
	command_end(&c);
	command_end(&c);
}

static void
statuses_and_signals_are_told(void **state)
{
	(void)state;
	ends_with("exit 0", 0, "");
	ends_with("exit 1", -1, "sh: exit status 1");
	ends_with("exit 255", -1, "sh: exit status 255");
	ends_with("kill -9 $$", -1, "sh: killed by signal 9 (Killed)");
	ends_with("kill -15 $$", -1, "sh: killed by signal 15 (Terminated)");
	ends_with("exec >&-; sleep 0.2; exit 3", -1, "sh: exit status 3");
}

static void
what_cannot_be_started_is_told_apart(void **state)
{
	char name[] = "no-such-program-here", data[] = "/etc/passwd";
	char *const absent[] = {name, NULL}, *const none[] = {data, NULL};
	struct command c = {0};
	struct error e;

	(void)state;
	assert_int_equal(command_start(&c, absent, &e), -1);
	assert_string_equal(e.text,
	    "no-such-program-here: command not found: "
	    "No such file or directory");
	assert_int_equal(c.pid, 0);
	assert_int_equal(c.fd, -1);
	command_end(&c);
	assert_int_equal(command_start(&c, none, &e), -1);
	assert_string_equal(
	    e.text, "/etc/passwd: cannot be run: Permission denied");
	command_end(&c);
}

static void
a_stop_ends_the_wait_and_not_the_child(void **state)
{
	struct command c = {0};
	struct stop s;
	struct error e;
	pid_t pid;

	(void)state;
	assert_int_equal(stop_open(&s, &e), 0);
	start(&c, "exec >&-; sleep 60");
	pid = c.pid;
	stop_raise(&s);
	assert_int_equal(command_wait(&c, &s, &e), -1);
	assert_string_equal(e.text, "sh: stopped");
	assert_int_equal(kill(pid, 0), 0);
	command_end(&c);
	assert_int_equal(c.pid, 0);
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(errno, ESRCH);
	stop_close(&s);
}

/* Whoever lives on holds the pipe open. */
static void
all_of_the_group_is_ended(void **state)
{
	struct command c = {0};
	struct error e;
	char ready[8], rest;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	start(&c, "trap '' TERM; sleep 60 & echo ready; trap - TERM; wait");
	close(fds[1]);
	assert_int_equal(
	    fdio_read(c.fd, c.name, ready, sizeof ready, NULL, &e), 6);
	assert_true(fdio_silent(fds[0], 0, NULL));
	command_end(&c);
	/* In a terminal's foreground the group is the terminal's to end. */
	if (c.group) {
		assert_false(fdio_silent(fds[0], 5000, NULL));
		assert_int_equal(read(fds[0], &rest, 1), 0);
	}
	close(fds[0]);
}

/* The child fails while a grandchild holds the pipe, and ends with it. */
static void
a_watch_raises_the_stop_when_it_fails(void **state)
{
	struct command c = {0};
	struct stop stop;
	struct error e;
	char buf[16];

	(void)state;
	assert_int_equal(stop_open(&stop, &e), 0);
	start(&c, "sleep 60 & exit 3");
	assert_int_equal(command_watch(&c, &stop, &e), 0);
	assert_int_equal(
	    fdio_fill(c.fd, c.name, buf, sizeof buf, &stop, &e), -1);
	assert_true(command_died(&c));
	assert_int_equal(command_wait(&c, NULL, &e), -1);
	assert_string_equal(e.text, "sh: exit status 3");
	/* Nobody holds the pipe any more. */
	if (c.group)
		assert_int_equal(
		    fdio_fill(c.fd, c.name, buf, sizeof buf, NULL, &e), 0);
	command_end(&c);
	stop_close(&stop);
}

static void
a_watch_leaves_success_alone(void **state)
{
	struct command c = {0};
	struct stop stop;
	struct error e;
	char buf[16];

	(void)state;
	assert_int_equal(stop_open(&stop, &e), 0);
	start(&c, "(sleep 0.3; echo late) & echo early");
	assert_int_equal(command_watch(&c, &stop, &e), 0);
	assert_int_equal(
	    fdio_fill(c.fd, c.name, buf, sizeof buf, &stop, &e), 11);
	assert_false(command_died(&c));
	assert_int_equal(command_wait(&c, &stop, &e), 0);
	/* One that lives on is ended, and its watcher with it. */
	start(&c, "sleep 60");
	assert_int_equal(command_watch(&c, &stop, &e), 0);
	command_end(&c);
	stop_close(&stop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(output_is_read_and_success_told),
	    cmocka_unit_test(statuses_and_signals_are_told),
	    cmocka_unit_test(what_cannot_be_started_is_told_apart),
	    cmocka_unit_test(a_stop_ends_the_wait_and_not_the_child),
	    cmocka_unit_test(all_of_the_group_is_ended),
	    cmocka_unit_test(a_watch_raises_the_stop_when_it_fails),
	    cmocka_unit_test(a_watch_leaves_success_alone),
	};

	return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
