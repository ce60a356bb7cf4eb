/*
 * answer: what the server says, in one line for people.
 */
#ifndef ANSWER_H
#define ANSWER_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "sql/task.h"

struct pg_result;

/* Copies a text as one line, cut to the size, which is not 0. */
void answer_line(char *to, size_t size, const char *from);

/* A field of a result (PG_DIAG_...), or "". */
const char *answer_field(const struct pg_result *, int code);

/*
 * Says which task failed, where in the dump (the line of a row, or 0: that of
 * the task), and what the server says. Returns -1.
 */
int answer_refused(const struct pg_result *, const struct task *, uint64_t line,
    struct error *);

#endif
