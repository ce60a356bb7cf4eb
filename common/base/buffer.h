/*
 * buffer: bytes that grow at their end, up to a limit.
 */
#ifndef BUFFER_H
#define BUFFER_H

#include <stdbool.h>
#include <stddef.h>

struct buffer {
	char *data; /* NUL-terminated whenever it is not NULL */
	size_t size, capacity;
	size_t limit; /* 0: none */
	bool failed; /* no memory, or past the limit: later bytes are lost */
};

/* Adds bytes; the failed flag says afterwards whether all could be added. */
void buffer_add(struct buffer *, const void *, size_t);
void buffer_puts(struct buffer *, const char *);
void buffer_printf(struct buffer *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/* Forgets the contents, keeps the memory and the limit. */
void buffer_clear(struct buffer *);

/* Wipes and frees the memory; the buffer is empty then. */
void buffer_free(struct buffer *);

#endif
