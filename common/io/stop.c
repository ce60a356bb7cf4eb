#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/stop.h"

int
stop_open(struct stop *s, struct error *e)
{
	int i;

	atomic_init(&s->raised, false);
	if (pipe(s->fds) != 0)
		return error_errno(e, "pipe");
	for (i = 0; i < 2; i++) {
		fcntl(s->fds[i], F_SETFD, FD_CLOEXEC);
		fcntl(s->fds[i], F_SETFL, O_NONBLOCK);
	}
	return 0;
}

void
stop_close(struct stop *s)
{
	close(s->fds[0]);
	close(s->fds[1]);
}

void
stop_raise(struct stop *s)
{
	int saved = errno;

	/* Nobody reads the byte: the pipe stays readable for everyone. */
	if (!atomic_exchange(&s->raised, true) && write(s->fds[1], "", 1) < 0)
		errno = saved;
	errno = saved;
}

bool
stop_raised(const struct stop *s)
{
	return s != NULL && atomic_load(&s->raised);
}

int
stop_fd(const struct stop *s)
{
	return s != NULL ? s->fds[0] : -1;
}

bool
stop_sleep(const struct stop *s, int milliseconds)
{
	struct pollfd p = {.fd = stop_fd(s), .events = POLLIN};
	int64_t end = clock_ms() + milliseconds, left = milliseconds;

	while (left > 0 && !stop_raised(s)) {
		poll(&p, 1, (int)left);
		left = end - clock_ms();
	}
	return stop_raised(s);
}
