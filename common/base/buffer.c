#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

/* Makes room for n more bytes and a NUL. */
static bool
reserve(struct buffer *b, size_t n)
{
	size_t want = b->size + n + 1, capacity = b->capacity;
	char *data;

	if (b->failed || want < n || (b->limit != 0 && want - 1 > b->limit))
		return false;
	if (want <= capacity)
		return true;
	if (capacity < 256)
		capacity = 256;
	while (capacity < want)
		capacity *= 2;
	/* Not realloc: what was here may be a secret, and is wiped. */
	data = malloc(capacity);
	if (data == NULL)
		return false;
	if (b->size > 0)
		memcpy(data, b->data, b->size);
	if (b->data != NULL)
		explicit_bzero(b->data, b->capacity);
	free(b->data);
	b->data = data;
	b->capacity = capacity;
	return true;
}

void
buffer_add(struct buffer *b, const void *bytes, size_t n)
{
	if (!reserve(b, n)) {
		b->failed = true;
		return;
	}
	if (n > 0)
		memcpy(b->data + b->size, bytes, n);
	b->size += n;
	b->data[b->size] = '\0';
}

void
buffer_puts(struct buffer *b, const char *s)
{
	buffer_add(b, s, strlen(s));
}

void
buffer_printf(struct buffer *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || !reserve(b, (size_t)n)) {
		b->failed = true;
		return;
	}
	va_start(ap, fmt);
	vsnprintf(b->data + b->size, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->size += (size_t)n;
}

void
buffer_clear(struct buffer *b)
{
	b->size = 0;
	b->failed = false;
	if (b->data != NULL)
		b->data[0] = '\0';
}

void
buffer_free(struct buffer *b)
{
	if (b->data != NULL)
		explicit_bzero(b->data, b->capacity);
	free(b->data);
	b->data = NULL;
	b->size = b->capacity = 0;
	b->failed = false;
}
