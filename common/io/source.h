/*
 * source: what a program reads, its stdin or what a command writes, and
 * whether that was whole.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include <stdbool.h>

#include "base/error.h"
#include "io/command.h"

struct stop;

/* All zero at first. */
struct source {
	int fd; /* to be read */
	const char *name; /* for messages: "stdin" or the command's */
	const char *marker; /* a file that says that all is well, or NULL */
	struct command command;
	struct stop *stop;
};

/*
 * A file that must be there at the end; NULL for none. One that is there from
 * before this run says nothing about it: ERROR_USAGE if it is older than a
 * minute. The path is the caller's, for as long as the source lives.
 */
int source_marker(struct source *, const char *path, struct error *);

/*
 * Starts the command (argv[0] on PATH), or takes stdin where argv is NULL. The
 * stop is raised as soon as the command has failed, though what it started may
 * hold its output open. Fails with no child left.
 */
int
source_open(struct source *, char *const argv[], struct stop *, struct error *);

/*
 * After its end was read: 0 only if all of it was there. The command exited
 * with 0, the marker can be seen now (any error of stat(2) counts as absent),
 * the stop was not raised.
 */
int source_whole(struct source *, struct error *);

/*
 * After something has failed: whether the command's failure is behind it, as
 * command_blame says. Sets the error to how it ended then, and returns true.
 */
bool source_blame(struct source *, struct error *);

/*
 * The exit status of the command once it was seen to have failed, 128 + N where
 * a signal ended it; 0 otherwise.
 */
int source_failure(const struct source *);

/*
 * Ends the command, if there is one and it still runs. Leaves stdin open, and
 * does nothing the second time, or where nothing was opened.
 */
void source_close(struct source *);

#endif
