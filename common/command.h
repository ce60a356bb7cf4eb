/*
 * command: a child process whose standard output is read, and whose success
 * decides whether what it wrote was whole.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>
#include <sys/types.h>

#include "error.h"

struct stop;

struct command {
	pid_t pid; /* 0: not running */
	int fd; /* reads the child's stdout; -1 once closed */
	bool group; /* the child leads a process group of its own */
	const char *name;
	bool no_stdin; /* set by the caller: nothing to read for the child */
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
 * After the end of its output: waits for the child. Returns 0 only if it
 * exited with 0; otherwise -1 with how it ended, or that the stop was raised
 * while it lived (it still lives then).
 */
int command_wait(struct command *, const struct stop *, struct error *);

/*
 * Ends the child, if it still runs, and its group: closes the pipe, TERM,
 * five seconds of grace, KILL. Does nothing to one that was waited for.
 */
void command_end(struct command *);

#endif
