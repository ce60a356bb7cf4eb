#include <errno.h>
#include <poll.h>

#include "base/clock.h"
#include "io/stop.h"
#include "sql/crew.h"

enum { PATIENCE_MS = 3000 }; /* for statements that were cancelled */

int
crew_open(struct crew *c, const char *database, unsigned count, bool verbose,
    const struct stop *stop, struct error *e)
{
	c->count = 0;
	c->stop = stop;
	while (c->count < count) {
		if (session_open(&c->sessions[c->count++], database, verbose,
			stop, e) != 0)
			return -1;
	}
	return crew_settle(c, e);
}

static bool
is_settled(const struct crew *c)
{
	unsigned i;

	for (i = 0; i < c->count; i++) {
		if (c->sessions[i].state != SESSION_IDLE)
			return false;
	}
	return true;
}

/* Waits for sessions that were told to stop, so that none is left at work. */
static void
wait_cancelled(struct crew *c)
{
	int64_t until = clock_ms() + PATIENCE_MS;
	struct pollfd p[OPTIONS_JOBS_MAX];
	struct error ignored;
	unsigned i;

	while (!is_settled(c) && clock_ms() < until) {
		for (i = 0; i < c->count; i++)
			p[i] = (struct pollfd){
			    .fd = c->sessions[i].state == SESSION_BUSY
				? session_fd(&c->sessions[i])
				: -1,
			    .events = POLLIN};
		poll(p, c->count, 100);
		for (i = 0; i < c->count; i++) {
			/* An error is what is waited for. */
			if (session_fd(&c->sessions[i]) < 0 ||
			    session_turn(&c->sessions[i], &ignored) != 0)
				c->sessions[i].state = SESSION_IDLE;
		}
	}
}

void
crew_close(struct crew *c, bool failed)
{
	struct error ignored;
	unsigned i;

	for (i = 0; failed && i < c->count; i++) {
		if (c->sessions[i].state == SESSION_IDLE)
			continue;
		session_cancel(&c->sessions[i]);
		if (c->sessions[i].state == SESSION_COPYING &&
		    session_end_data(
			&c->sessions[i], "the load failed", &ignored) != 0)
			c->sessions[i].state = SESSION_IDLE;
	}
	if (failed)
		wait_cancelled(c);
	for (i = 0; i < c->count; i++)
		session_close(&c->sessions[i]);
	c->count = 0;
}

int
crew_wait(struct crew *c, int fd, bool *ready, struct error *e)
{
	struct pollfd p[OPTIONS_JOBS_MAX + 2];
	unsigned i;
	int n;

	p[0] = (struct pollfd){.fd = stop_fd(c->stop), .events = POLLIN};
	p[1] = (struct pollfd){.fd = fd, .events = POLLIN};
	for (i = 0; i < c->count; i++)
		p[i + 2] = (struct pollfd){.fd = session_fd(&c->sessions[i]),
		    .events = (short)(c->sessions[i].unsent ? POLLIN | POLLOUT
							    : POLLIN)};
	if (stop_raised(c->stop))
		return error_set(e, ERROR_FAILED, "stopped");
	n = poll(p, c->count + 2, -1);
	if (n < 0 && errno != EINTR)
		return error_errno(e, "poll");
	if (stop_raised(c->stop))
		return error_set(e, ERROR_FAILED, "stopped");
	if (ready != NULL)
		*ready = n > 0 && p[1].revents != 0;
	for (i = 0; n > 0 && i < c->count; i++) {
		if (p[i + 2].revents != 0 &&
		    session_turn(&c->sessions[i], e) != 0)
			return -1;
	}
	return 0;
}

int
crew_settle(struct crew *c, struct error *e)
{
	while (!is_settled(c)) {
		if (crew_wait(c, -1, NULL, e) != 0)
			return -1;
	}
	return 0;
}

int
crew_run(struct crew *c, const char *sql, const struct session_task *task,
    struct error *e)
{
	if (session_send(&c->sessions[0], sql, task, false, e) != 0)
		return -1;
	return crew_settle(c, e);
}

int
crew_run_all(struct crew *c, const char *sql, const struct session_task *task,
    struct error *e)
{
	struct session_task quiet = *task;
	unsigned i;

	for (i = 0; i < c->count; i++) {
		if (session_send(&c->sessions[i], sql, &quiet, false, e) != 0)
			return -1;
	}
	return crew_settle(c, e);
}

int
crew_sync(struct crew *c, struct error *e)
{
	static const struct session_task task = {
	    .text = "the last transaction"};

	/* A commit that waits for the disk waits for all that went before. */
	if (crew_run(c, "RESET synchronous_commit", &task, e) != 0)
		return -1;
	return crew_run(c,
	    "SELECT pg_catalog.pg_logical_emit_message(true, 'pgapply', "
	    "'applied')",
	    &task, e);
}
