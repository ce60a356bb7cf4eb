#define _GNU_SOURCE /* F_SETPIPE_SZ */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/fdio.h"
#include "io/stop.h"

void
fdio_standard(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		/* Opened the wrong way round, so that its use is EBADF. */
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			(void)!open("/dev/null",
			    fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
	}
}

enum { PIPE_ROOM = 1 << 20 }; /* the most without privileges, by default */

enum { LINGER_MS = 2 };

/* Waits until fd is ready. Returns 0, or -1 when stopped or poll fails. */
static int
wait_for(int fd, short events, const char *name, const struct stop *stop,
    struct error *e)
{
	struct pollfd p[2] = {{.fd = fd, .events = events},
	    {.fd = stop_fd(stop), .events = POLLIN}};

	for (;;) {
		if (stop_raised(stop))
			return error_set(e, ERROR_FAILED, "%s: stopped", name);
		if (poll(p, 2, -1) < 0) {
			if (errno == EINTR)
				continue;
			return error_errno(e, "%s: poll", name);
		}
		if (p[0].revents != 0)
			return 0;
	}
}

bool
fdio_silent(int fd, int milliseconds, const struct stop *stop)
{
	struct pollfd p[2] = {
	    {.fd = fd, .events = POLLIN},
	    {.fd = stop_fd(stop), .events = POLLIN},
	};

	return poll(p, 2, milliseconds) == 0;
}

ssize_t
fdio_read(int fd, const char *name, void *buf, size_t size,
    const struct stop *stop, struct error *e)
{
	ssize_t n;

	for (;;) {
		if (wait_for(fd, POLLIN, name, stop, e) != 0)
			return -1;
		n = read(fd, buf, size < SSIZE_MAX ? size : SSIZE_MAX);
		if (n >= 0)
			return n;
		if (errno != EINTR && errno != EAGAIN)
			return error_errno(e, "read %s", name);
	}
}

/*
 * Whether to let a pipe fill up for a moment. A program that writes it in
 * pieces of 4 KiB, as stdio does, would otherwise wake us, and be held up, for
 * each of them.
 */
static bool
may_linger(int fd, ssize_t last)
{
#ifdef F_GETPIPE_SZ
	int room = fcntl(fd, F_GETPIPE_SZ);

	return room >= PIPE_ROOM && last < room / 4;
#else
	(void)fd;
	(void)last;
	return false;
#endif
}

ssize_t
fdio_fill(int fd, const char *name, void *buf, size_t size,
    const struct stop *stop, struct error *e)
{
	size_t have = 0;
	ssize_t n;

	while (have < size) {
		n = fdio_read(
		    fd, name, (char *)buf + have, size - have, stop, e);
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		have += (size_t)n;
		if (have < size && may_linger(fd, n))
			stop_sleep(stop, LINGER_MS);
	}
	return (ssize_t)have;
}

void
fdio_widen(int fd)
{
#ifdef F_SETPIPE_SZ
	fcntl(fd, F_SETPIPE_SZ, PIPE_ROOM);
#else
	(void)fd;
#endif
}

/* Opens the pipe behind fd once more, non-blocking; -1 where that fails. */
static int
reopen(int fd)
{
	char path[32];

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
}

void
fdio_output(struct fdio_output *o, int fd, const char *name)
{
	struct stat st;
	bool known = fstat(fd, &st) == 0;

	o->fd = fd;
	o->own = -1;
	o->name = name;
	o->piece = PIPE_BUF;
	if (known && S_ISFIFO(st.st_mode))
		o->own = reopen(fd);
	if (o->own >= 0 || (known && S_ISREG(st.st_mode)))
		o->piece = SSIZE_MAX;
}

int
fdio_write(struct fdio_output *o, const void *buf, size_t size,
    const struct stop *stop, struct error *e)
{
	int fd = o->own >= 0 ? o->own : o->fd;
	const char *p = buf;
	ssize_t n;

	while (size > 0) {
		if (wait_for(fd, POLLOUT, o->name, stop, e) != 0)
			return -1;
		n = write(fd, p, size < o->piece ? size : o->piece);
		if (n < 0) {
			if (errno == EINTR || errno == EAGAIN)
				continue;
			if (errno == EPIPE)
				return error_set(
				    e, ERROR_CLOSED, "%s: closed", o->name);
			return error_errno(e, "write %s", o->name);
		}
		p += n;
		size -= (size_t)n;
	}
	return 0;
}

int
fdio_finish(struct fdio_output *o, struct error *e)
{
	if (o->own >= 0)
		close(o->own);
	o->own = -1;
	if (close(o->fd) != 0)
		return error_errno(e, "close %s", o->name);
	return 0;
}
