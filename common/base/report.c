#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/report.h"
#include "base/visible.h"

static const char *program = "s3pipe";

void
report_program(const char *name)
{
	program = name;
}

/* Appends text to line, made visible; returns the new length. */
static size_t
escape(char *line, size_t size, size_t n, const char *text)
{
	char out[VISIBLE_MAX];
	size_t taken, shown;

	for (; *text != '\0' && n + VISIBLE_MAX < size; text += taken) {
		shown = visible_take(text, &taken, out);
		memcpy(line + n, out, shown);
		n += shown;
	}
	return n;
}

static size_t
format(char *line, size_t size, const char *fmt, va_list ap)
{
	char text[4096];
	size_t n;

	vsnprintf(text, sizeof text, fmt, ap);
	n = escape(line, size, 0, program);
	n = escape(line, size, n, ": ");
	n = escape(line, size, n, text);
	line[n++] = '\n';
	return n;
}

size_t
report_line(char *line, size_t size, const char *fmt, ...)
{
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	n = format(line, size, fmt, ap);
	va_end(ap);
	return n;
}

void
report(const char *fmt, ...)
{
	char line[8192];
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	n = format(line, sizeof line, fmt, ap);
	va_end(ap);
	/* Where stderr is gone there is nobody left to tell. */
	if (write(STDERR_FILENO, line, n) < 0)
		return;
}
