/*
 * input: the dump as it comes, in a buffer whose beginning is taken off.
 */
#ifndef INPUT_H
#define INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum {
	INPUT_SIZE = 256 << 10, /* also the largest block of rows */
	INPUT_READ = 64 << 10, /* at once */
};

struct crew;

struct input {
	int fd;
	const char *name; /* for messages */
	char *data; /* of INPUT_SIZE bytes */
	size_t start, end; /* what was read and not yet taken */
	bool eof;
};

/* Makes the buffer. Returns 0, or -1 without memory. */
int input_open(struct input *, int fd, const char *name, struct error *);
void input_close(struct input *);

/* Whether there is no room for more, whatever is moved. */
bool input_is_full(const struct input *);

/*
 * Moves what is left to the front of the buffer and reads more behind it, if
 * there is room; eof says afterwards whether the input has ended. Meanwhile it
 * takes the sessions on. Returns 0, also where only a session had news; or -1.
 */
int input_more(struct input *, struct crew *, struct error *);

#endif
