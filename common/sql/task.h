/*
 * task: a statement as messages name it.
 */
#ifndef TASK_H
#define TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sql/header.h"

enum {
	TASK_TEXT = 64, /* what is said of a statement, in bytes */
	TASK_LABEL = 256, /* and of its object */
};

struct task {
	bool tried; /* an error is only reported: nothing depends on it */
	uint64_t line; /* where it begins in the dump; 0: it is our own */
	char object[TASK_LABEL]; /* empty: it is not known */
	char text[TASK_TEXT]; /* its first line, shortened */
};

/* Names a statement of that object, which begins at that line. */
void task_make(struct task *, const struct header *, const char *text,
    size_t size, uint64_t line);

#endif
