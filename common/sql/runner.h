/*
 * runner: what becomes of each statement of a dump that is wanted: it is run by
 * one session or by all, dealt out, counted, or written to a file.
 */
#ifndef RUNNER_H
#define RUNNER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "sql/apply.h"
#include "sql/builds.h"
#include "sql/crew.h"
#include "sql/deferred.h"
#include "sql/input.h"
#include "sql/plan.h"
#include "sql/statement.h"
#include "sql/storage.h"
#include "sql/tally.h"

struct runner {
	struct apply *apply;
	struct input *in; /* stands behind the statement */
	struct statement_reader *reader;
	struct crew crew; /* not connected before the first statement */
	struct builds builds;
	struct storage storage;
	struct tally tally;
	struct deferred deferred;
};

/* Begins, with all that is not connected. Returns 0 or -1. */
int runner_open(struct runner *, struct apply *, struct input *,
    struct statement_reader *, struct error *);

/* Runs a statement, with the data of a COPY; or only lists it (-n). */
int runner_run(struct runner *, const struct plan *, const char *text,
    const struct task *, struct error *);

/* Writes a statement to the file, with the data of a COPY. */
int runner_defer(struct runner *, const struct plan *, const char *text,
    size_t size, const struct task *, struct error *);

/* Reads over a statement that is not wanted, and over its data. */
int runner_skip(
    struct runner *, const struct plan *, const struct task *, struct error *);

/* Whether the statement is a setting, which belongs to no object. */
bool runner_is_setting(const struct plan *);

/* Waits for what runs still, and for the disk. */
int runner_finish(struct runner *, struct error *);

/* Ends all sessions; where it failed, cancels what they do first. */
void runner_close(struct runner *, bool failed);

#endif
