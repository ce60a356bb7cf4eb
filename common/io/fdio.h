/*
 * fdio: reading and writing descriptors whole, interruptible by a stop.
 */
#ifndef FDIO_H
#define FDIO_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

struct stop;

/*
 * To be called first of all. Where stdin, stdout or stderr was closed at the
 * start, the next file that is opened would take its number, and data would
 * go there: so the gap is filled with something that fails as a closed
 * descriptor does.
 */
void fdio_standard(void);

/*
 * Reads what is there, at least a byte and at most size, into buf; waits for
 * it or for the stop (which may be NULL). Returns the bytes read, 0 at the
 * end of the file, -1 on an error or once the stop is raised. The name is for
 * messages ("stdin").
 */
ssize_t fdio_read(int fd, const char *name, void *buf, size_t size,
    const struct stop *, struct error *);

/*
 * Whether fd is silent for that many milliseconds: nothing to read, no end of
 * the file, no stop.
 */
bool fdio_silent(int fd, int milliseconds, const struct stop *);

/* Reads until buf is full or the file ends; returns as fdio_read does. */
ssize_t fdio_fill(int fd, const char *name, void *buf, size_t size,
    const struct stop *, struct error *);

/*
 * Where fd is a pipe: gives it more room (1 MiB, on Linux), so that those at
 * its two ends wake each other less often. Failing does no harm.
 */
void fdio_widen(int fd);

/*
 * An output that never blocks beyond the stop's reach. A blocking write to a
 * pipe can hang for as long as its reader likes, and O_NONBLOCK on the shared
 * description would change it for others: so the pipe is opened anew where
 * the system has /proc, and written in pieces of PIPE_BUF where not.
 */
struct fdio_output {
	int fd; /* as given, closed by fdio_finish */
	int own; /* our own non-blocking description of the pipe, or -1 */
	size_t piece;
	const char *name;
};

void fdio_output(struct fdio_output *, int fd, const char *name);

/*
 * Writes all of buf. Returns 0, or -1 on an error or when stopped; where the
 * reader has gone the error is ERROR_CLOSED.
 */
int fdio_write(struct fdio_output *, const void *buf, size_t size,
    const struct stop *, struct error *);

/*
 * Closes the output and tells of what close(2) finds (a full disk over NFS is
 * told only there). Afterwards the output is gone, whatever is returned.
 */
int fdio_finish(struct fdio_output *, struct error *);

#endif
