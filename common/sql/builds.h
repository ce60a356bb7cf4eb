/*
 * builds: a run of statements that make indexes and keys, dealt out to the
 * sessions as they become free.
 *
 * Several indexes of one table can be built at once. A key cannot be added
 * beside anything else on its table: ALTER TABLE locks it whole, and two that
 * wait for each other's lock would be a deadlock.
 */
#ifndef BUILDS_H
#define BUILDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "sql/crew.h"

struct build;

struct builds {
	struct crew *crew;
	struct build *first, **last; /* that wait, in order */
	struct build *running[OPTIONS_JOBS_MAX]; /* by session */
	size_t waiting;
};

void builds_init(struct builds *, struct crew *);
void builds_free(struct builds *);

/*
 * Adds a statement; alone: nothing else may run on its table. All is copied.
 * Waits only where too many statements wait already.
 */
int builds_add(struct builds *, const char *sql, const char *table,
    size_t table_size, bool alone, const struct task *, struct error *);

/* Gives the idle sessions something to do. To be called after crew_wait(). */
int builds_go_on(struct builds *, struct error *);

/* Waits until all have run. */
int builds_drain(struct builds *, struct error *);

#endif
