/*
 * stop: a flag that threads check and poll(2) can wait on.
 *
 * It is raised once, by a signal handler or by the first failure, and stays
 * raised; whoever blocks on a descriptor polls stop_fd beside it.
 */
#ifndef STOP_H
#define STOP_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/error.h"

struct stop {
	atomic_bool raised;
	int fds[2];
};

/* Makes the pipe that stands behind the flag; stop_close undoes it. */
int stop_open(struct stop *, struct error *);
void stop_close(struct stop *);

/* Raises the flag and wakes all that poll; safe in a signal handler. */
void stop_raise(struct stop *);

/* A stop of NULL is never raised: for work that must not be interrupted. */
bool stop_raised(const struct stop *);

/* A descriptor that is readable once the flag is raised; -1 for NULL. */
int stop_fd(const struct stop *);

/* Sleeps that many milliseconds, or until raised: returns whether it was. */
bool stop_sleep(const struct stop *, int milliseconds);

#endif
