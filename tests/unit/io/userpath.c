/*
 * userpath: homes and variables in paths.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/userpath.h"

static void
becomes(const char *path, const char *wanted)
{
	char *whole = userpath_expand(path);

	assert_non_null(whole);
	assert_string_equal(whole, wanted);
	free(whole);
}

static void
paths_are_expanded(void **state)
{
	(void)state;
	setenv("HOME", "/h", 1);
	setenv("S3PIPE_X", "x/y", 1);
	unsetenv("S3PIPE_Y");
	becomes("", "");
	becomes("/a/b", "/a/b");
	becomes("~", "/h");
	becomes("~/.aws/config", "/h/.aws/config");
	becomes("a/~", "a/~");
	becomes("~root/x", "/root/x");
	becomes("~s3pipe.nobody/x", "~s3pipe.nobody/x");
	becomes("$S3PIPE_X/z", "x/y/z");
	becomes("a${S3PIPE_X}z", "ax/yz");
	becomes("$HOME/$S3PIPE_Y/$", "/h/$S3PIPE_Y/$");
	becomes("${HOME/${}", "${HOME/${}");
}

/* Without HOME the user database tells. */
static void
homes_are_looked_up(void **state)
{
	const struct passwd *me = getpwuid(getuid());

	(void)state;
	if (me == NULL)
		skip();
	unsetenv("HOME");
	becomes("~", me->pw_dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(paths_are_expanded),
	    cmocka_unit_test(homes_are_looked_up),
	};

	return cmocka_run_group_tests_name("userpath", tests, NULL, NULL);
}
