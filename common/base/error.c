#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

int
error_set(struct error *e, enum error_status status, const char *fmt, ...)
{
	va_list ap;

	e->status = status;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof e->text, fmt, ap);
	va_end(ap);
	return -1;
}

int
error_errno(struct error *e, const char *fmt, ...)
{
	int saved = errno;
	va_list ap;
	char why[256];
	size_t n;

	e->status = ERROR_FAILED;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof e->text, fmt, ap);
	va_end(ap);
	if (strerror_r(saved, why, sizeof why) != 0)
		snprintf(why, sizeof why, "error %d", saved);
	n = strlen(e->text);
	snprintf(e->text + n, sizeof e->text - n, ": %s", why);
	errno = saved;
	return -1;
}

int
error_prefix(struct error *e, const char *fmt, ...)
{
	char rest[sizeof e->text];
	va_list ap;
	size_t n;

	memcpy(rest, e->text, sizeof rest);
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof e->text, fmt, ap);
	va_end(ap);
	n = strlen(e->text);
	snprintf(e->text + n, sizeof e->text - n, ": %s", rest);
	return -1;
}

int
error_append(struct error *e, const char *fmt, ...)
{
	size_t n = strlen(e->text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e->text + n, sizeof e->text - n, fmt, ap);
	va_end(ap);
	return -1;
}
