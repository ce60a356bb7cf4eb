#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "report.h"

static const char *program = "s3pipe";

void
report_program(const char *name)
{
	program = name;
}

/* Appends text to line, escaped; returns the new length. */
static size_t
escape(char *line, size_t size, size_t n, const char *text)
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char *p;

	for (p = (const unsigned char *)text; *p != '\0' && n + 5 < size; p++) {
		if (*p >= 0x20 && *p != 0x7f) {
			line[n++] = (char)*p;
			continue;
		}
		line[n++] = '\\';
		line[n++] = 'x';
		line[n++] = hex[*p >> 4];
		line[n++] = hex[*p & 15];
	}
	return n;
}

void
report(const char *fmt, ...)
{
	char text[4096], line[8192];
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	n = escape(line, sizeof line, 0, program);
	n = escape(line, sizeof line, n, ": ");
	n = escape(line, sizeof line, n, text);
	line[n++] = '\n';
	/* Where stderr is gone there is nobody left to tell. */
	if (write(STDERR_FILENO, line, n) < 0)
		return;
}
