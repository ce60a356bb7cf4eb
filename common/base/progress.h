/*
 * progress: one line on a terminal's stderr while bytes flow, gone at the end.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool on;
	const char *name; /* the program's */
	uint64_t bytes, total; /* total 0: not known */
	int64_t started, shown; /* milliseconds */
};

/* Shows something only where stderr is a terminal and quiet is not wanted. */
void progress_start(struct progress *, const char *name, bool quiet);

/* Counts bytes; draws the line at most five times a second. */
void progress_add(struct progress *, uint64_t bytes);

/* Takes the line away. */
void progress_end(struct progress *);

/* The seconds since the start. */
double progress_seconds(const struct progress *);

#endif
