/*
 * command: a child process whose standard output is read, and whose success
 * decides whether what it wrote was whole.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

struct stop;

/* All zero at first, but for what the caller sets. */
struct command {
	pid_t pid; /* 0: not running */
	int fd; /* reads the child's stdout; -1 once closed */
	bool group; /* the child leads a process group of its own */
	const char *name;
	bool no_stdin; /* set by the caller: nothing to read for the child */
	struct stop *wake; /* the watcher's */
	pthread_t watcher;
	bool watched;
	atomic_bool died; /* the watcher saw it fail */
	int failure; /* once waited for: its status, 128 + signal; 0: none */
};

/*
 * Starts argv[0], found on PATH, with stdin and stderr as ours are and the
 * signal mask of our start. Away from a terminal it leads a process group, so
 * that all of it can be ended; in a terminal's foreground it stays in ours,
 * where it may ask for a password. Fails with a text that tells "not found"
 * from "cannot be run" and with no child left.
 */
int command_start(struct command *, char *const argv[], struct error *);

/*
 * From now on the stop is raised as soon as the child has failed, though what
 * it started may hold its output open for as long as it likes. A child that
 * succeeded is waited for by nobody: what still holds the pipe may write on.
 */
int command_watch(struct command *, struct stop *, struct error *);

/* Whether the watch has seen it fail; command_wait tells how. */
bool command_died(struct command *);

/*
 * After something else has failed: whether the child's failure is behind it,
 * because it raised the stop, or because its output ended too early. Sets the
 * error to how it ended then, and returns true. Waits a moment for the end of
 * the output, and reads a byte of it. False where a signal was caught.
 */
bool command_blame(struct command *, struct error *);

/*
 * After the end of its output: waits for the child. Returns 0 only if it
 * exited with 0; otherwise -1 with how it ended, or that the stop was raised
 * while it lived (it still lives then). What one that failed has left of its
 * process group is ended.
 */
int command_wait(struct command *, const struct stop *, struct error *);

/*
 * Ends the child, if it still runs, and its group: closes the pipe, TERM,
 * five seconds of grace, KILL. Does nothing to one that was waited for.
 */
void command_end(struct command *);

#endif
