/*
 * crew: the sessions that work on one dump, and the waiting for them.
 */
#ifndef CREW_H
#define CREW_H

#include <stdbool.h>

#include "base/error.h"
#include "base/options.h"
#include "sql/session.h"

struct stop;

struct crew {
	struct session sessions[OPTIONS_JOBS_MAX];
	unsigned count; /* 0: not connected */
	const struct stop *stop;
};

/*
 * Opens so many sessions, without time limits and read-write, whatever was set
 * for the role or the database. Where the server takes fewer of us, which is
 * said, those must do: one is enough. crew_close() is needed in either case.
 */
int crew_open(struct crew *, const char *database, unsigned count, bool verbose,
    const struct stop *, struct error *);

/* Ends all sessions; where they are to fail, cancels what they do first. */
void crew_close(struct crew *, bool failed);

/*
 * Waits until something happens to a session, or the descriptor (-1: none) can
 * be read, and takes the sessions on. Returns 0 and in *ready (which may be
 * NULL) whether it can; or -1 where a session failed or the stop was raised.
 * While sessions take data it returns after a moment without news, too.
 */
int crew_wait(struct crew *, int fd, bool *ready, struct error *);

/* Waits until all sessions are idle. */
int crew_settle(struct crew *, struct error *);

/* Runs a statement on the first session, or on all, to its end. */
int
crew_run(struct crew *, const char *sql, const struct task *, struct error *);

/*
 * Runs a statement on the first session that may fail: an error of the server is
 * only reported, unless a transaction is open, which it has ended.
 */
int
crew_try(struct crew *, const char *sql, const struct task *, struct error *);

int crew_run_all(
    struct crew *, const char *sql, const struct task *, struct error *);

/* Waits until what was committed is as durable as the server promises. */
int crew_sync(struct crew *, struct error *);

#endif
