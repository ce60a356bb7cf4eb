/*
 * source: only what was whole passes, and stdin is never closed.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "io/source.h"
#include "io/stop.h"

/* A source read to its end: the shell's script, or stdin where that is NULL. */
static int
judged(const char *script, const char *marker, bool stopped, struct error *e)
{
	static char shell[] = "sh", option[] = "-c";
	char *const argv[] = {shell, option, (char *)(uintptr_t)script, NULL};
	struct source s = {0};
	struct stop stop;
	char buf[16];
	int rc;

	assert_int_equal(stop_open(&stop, e), 0);
	assert_int_equal(source_marker(&s, marker, e), 0);
	assert_int_equal(source_open(&s, script ? argv : NULL, &stop, e), 0);
	assert_string_equal(s.name, script ? "sh" : "stdin");
	while (script != NULL && read(s.fd, buf, sizeof buf) > 0)
		;
	if (stopped)
		stop_raise(&stop);
	rc = source_whole(&s, e);
	if (rc != 0)
		source_blame(&s, e);
	source_close(&s);
	stop_close(&stop);
	return rc;
}

static void
a_command_must_succeed(void **state)
{
	struct error e;

	(void)state;
	assert_int_equal(judged("echo all", NULL, false, &e), 0);
	assert_int_equal(judged("echo half; exit 3", NULL, false, &e), -1);
	assert_string_equal(e.text, "sh: exit status 3");
	assert_int_equal(judged("echo half; kill -9 $$", NULL, false, &e), -1);
	assert_non_null(strstr(e.text, "killed by signal 9"));
}

static void
a_stop_is_no_end(void **state)
{
	struct error e;

	(void)state;
	assert_int_equal(judged(NULL, NULL, true, &e), -1);
	assert_string_equal(e.text, "stopped");
	assert_int_equal(judged(NULL, NULL, false, &e), 0);
}

static void
a_marker_is_made_while_it_runs(void **state)
{
	char path[] = "/tmp/s3pipe-unit.XXXXXX", script[64] = "touch ";
	struct error e;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	unlink(path);
	assert_int_equal(judged("echo half", path, false, &e), -1);
	assert_non_null(strstr(e.text, path));
	assert_non_null(strstr(e.text, "No such file"));
	strcat(script, path);
	assert_int_equal(judged(script, path, false, &e), 0);
	/* Its word does not count where the command failed. */
	strcat(script, "; exit 1");
	assert_int_equal(judged(script, path, false, &e), -1);
	assert_string_equal(e.text, "sh: exit status 1");
	unlink(path);
}

static void
a_marker_of_an_earlier_run_is_refused(void **state)
{
	char path[] = "/tmp/s3pipe-unit.XXXXXX";
	struct timespec old[2] = {{0}, {0}};
	struct source s = {0};
	struct error e;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(source_marker(&s, path, &e), 0);
	old[0].tv_sec = old[1].tv_sec = time(NULL) - 61;
	assert_int_equal(futimens(fd, old), 0);
	assert_int_equal(source_marker(&s, path, &e), -1);
	assert_int_equal(e.status, ERROR_USAGE);
	close(fd);
	unlink(path);
}

static void
stdin_stays_open(void **state)
{
	struct source s = {0};
	struct error e;

	(void)state;
	source_close(&s);
	assert_int_not_equal(fcntl(STDIN_FILENO, F_GETFD), -1);
	assert_int_equal(judged(NULL, NULL, false, &e), 0);
	assert_int_not_equal(fcntl(STDIN_FILENO, F_GETFD), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_command_must_succeed),
	    cmocka_unit_test(a_stop_is_no_end),
	    cmocka_unit_test(a_marker_is_made_while_it_runs),
	    cmocka_unit_test(a_marker_of_an_earlier_run_is_refused),
	    cmocka_unit_test(stdin_stays_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
