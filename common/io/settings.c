#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/number.h"
#include "io/fdio.h"
#include "io/settings.h"

enum { SECRET_MAX = 65536 };

/* Compose sets what is left out to nothing: empty is unset. */
static const char *
get(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && *value != '\0' ? value : NULL;
}

const char *
settings_first(const char *const *names)
{
	const char *value = NULL;

	for (; *names != NULL && value == NULL; names++)
		value = get(*names);
	return value;
}

int
settings_number(const char *name, long min, long max, long fallback,
    long *value, struct error *e)
{
	const char *text = get(name);
	int64_t n = fallback;

	if (text != NULL && number_parse(text, min, max, &n) != 0)
		return error_set(e, ERROR_USAGE,
		    "%s: not a number from %ld to %ld: %s", name, min, max,
		    text);
	*value = (long)n;
	return 0;
}

int
settings_size(const char *name, uint64_t min, uint64_t max, uint64_t *size,
    struct error *e)
{
	const char *text = get(name);
	char low[32], high[32];

	*size = 0;
	if (text == NULL || number_size(text, min, max, size) == 0)
		return 0;
	return error_set(e, ERROR_USAGE, "%s: not a size from %s to %s: %s",
	    name, number_bytes(low, sizeof low, min),
	    number_bytes(high, sizeof high, max), text);
}

char *
settings_file(const char *path, struct error *e)
{
	char buf[SECRET_MAX];
	char *value = NULL;
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		error_errno(e, "%s", path);
		return NULL;
	}
	n = fdio_fill(fd, path, buf, sizeof buf, NULL, e);
	close(fd);
	if (n == SECRET_MAX)
		error_set(e, ERROR_FAILED, "%s: too long for a secret", path);
	else if (n >= 0) {
		while (n > 0 && (buf[n - 1] == '\n' || buf[n - 1] == '\r'))
			n--;
		value = n > 0 ? strndup(buf, (size_t)n) : NULL;
		if (n == 0)
			error_set(e, ERROR_FAILED, "%s: is empty", path);
		else if (value == NULL)
			error_set(e, ERROR_FAILED, "out of memory");
	}
	explicit_bzero(buf, sizeof buf);
	return value;
}

void
settings_wipe(char *s)
{
	if (s == NULL)
		return;
	explicit_bzero(s, strlen(s));
	free(s);
}

int
settings_secret(const char *name, char **value, struct error *e)
{
	const char *text = get(name), *path;
	char file[128];

	*value = NULL;
	snprintf(file, sizeof file, "%s_FILE", name);
	path = get(file);
	if (text != NULL && path != NULL)
		return error_set(
		    e, ERROR_USAGE, "both %s and %s are set", name, file);
	if (path != NULL) {
		*value = settings_file(path, e);
		return *value != NULL ? 0 : error_prefix(e, "%s", file);
	}
	if (text == NULL)
		return 0;
	*value = strdup(text);
	return *value != NULL ? 0 : error_set(e, ERROR_FAILED, "out of memory");
}
