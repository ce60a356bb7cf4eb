#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "base/options.h"
#include "base/utf8.h"

enum { KEY_MAX = 1024 };

/* Whether it was a long option that getopt_long has refused. */
static bool
is_long(int result, char *const argv[])
{
	const char *next = argv[optind];

	if (strncmp(argv[optind - 1], "--", 2) != 0)
		return false;
	/* Letters that stand together are gone past only after the last. */
	return result == ':' || optopt == 0 || next == NULL || next[0] != '-' ||
	    strchr(next, optopt) == NULL;
}

int
options_refused(int result, char *const argv[], struct error *e)
{
	const char *option = argv[optind - 1];

	if (!is_long(result, argv))
		return error_set(e, ERROR_USAGE, "-%c: %s", optopt,
		    result == ':' ? "an argument is missing"
				  : "unknown option");
	if (result == ':' || optopt == 0)
		return error_set(e, ERROR_USAGE, "%s: %s", option,
		    result == ':' ? "an argument is missing"
				  : "no such option");
	return error_set(e, ERROR_USAGE, "%.*s: takes no argument",
	    (int)strcspn(option, "="), option);
}

int
options_tell(int option, const char *usage, const char *program,
    const char *built_in, struct error *e)
{
	if (option == 'h')
		fputs(usage, stdout);
	else
		printf("%s (s3pipe) %s%s%s\n", program, S3PIPE_VERSION,
		    *built_in != '\0' ? ", " : "", built_in);
	/* Where it was written by line, only the stream knows that it failed. */
	return fflush(stdout) == 0 && !ferror(stdout)
	    ? 1
	    : error_errno(e, "write stdout");
}

int
options_jobs(const char *text, unsigned *jobs, struct error *e)
{
	int64_t n;

	if (number_parse(text, 1, OPTIONS_JOBS_MAX, &n) != 0)
		return error_set(e, ERROR_USAGE,
		    "-j: not a number from 1 to %d: %s", OPTIONS_JOBS_MAX,
		    text);
	*jobs = (unsigned)n;
	return 0;
}

int
options_size(char option, const char *text, uint64_t min, uint64_t max,
    uint64_t *size, struct error *e)
{
	char low[32], high[32];

	if (number_size(text, min, max, size) != 0)
		return error_set(e, ERROR_USAGE,
		    "-%c: not a size from %s to %s: %s", option,
		    number_bytes(low, sizeof low, min),
		    number_bytes(high, sizeof high, max), text);
	return 0;
}

int
options_key(const char *key, struct error *e)
{
	if (*key == '\0')
		return error_set(e, ERROR_USAGE, "the key is empty");
	if (strlen(key) > KEY_MAX)
		return error_set(e, ERROR_USAGE,
		    "the key is longer than %d bytes: %.64s...", KEY_MAX, key);
	if (!utf8_valid(key))
		return error_set(
		    e, ERROR_USAGE, "the key is not UTF-8: %s", key);
	return 0;
}
