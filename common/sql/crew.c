#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "base/report.h"
#include "io/stop.h"
#include "sql/crew.h"

enum {
	PATIENCE_MS = 3000, /* for statements that were cancelled */
	SUSPECT_MS = 100, /* between looks at sessions that take data */
	LIMIT_TRIES = 100, /* for a statement that a time limit cancels */
};

/*
 * What a role's or a database's settings must not do to a load: end it, or give
 * its text another meaning. Only limits that the server knows are set. Until the end commits need not wait for the
 * disk: a load that a crash cuts short has failed anyway.
 */
static const char settings[] =
    "SELECT pg_catalog.set_config(name, '0', false) "
    "FROM pg_catalog.pg_settings WHERE name IN ('lock_timeout', "
    "'idle_in_transaction_session_timeout', 'idle_session_timeout');"
    "SET default_transaction_read_only = off;"
    "SET quote_all_identifiers = off;"
    "SET standard_conforming_strings = on;"
    "SET array_nulls = on;"
    "SET transform_null_equals = off;"
    "SET intervalstyle = postgres;"
    "SET synchronous_commit = off";

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

/* How long to wait, in milliseconds: while data are given, not for ever. */
static int
patience(const struct crew *c, int fd)
{
	unsigned i;

	for (i = 0; i < c->count; i++) {
		if (c->sessions[i].state == SESSION_COPYING &&
		    (fd >= 0 || c->sessions[i].suspect))
			return SUSPECT_MS;
	}
	return -1;
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
	n = poll(p, c->count + 2, patience(c, fd));
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

/* ---- the first statements */

/* Takes the session's answer to the end; part of it may be here already. */
static int
wait_answer(struct crew *c, struct session *s, struct error *e)
{
	int rc = session_turn(s, e);

	while (rc == 0 && s->state == SESSION_BUSY)
		rc = crew_wait(c, -1, NULL, e);
	return rc;
}

static int
tell(struct crew *c, struct session *s, const char *sql, struct error *e)
{
	static const struct task task = {.text = "the settings of the session"};

	return session_send(s, sql, &task, false, e) == 0 ? wait_answer(c, s, e)
							  : -1;
}

/*
 * A role's time limit holds for the first statement still, and may be a
 * millisecond: it is tried again where the limit strikes.
 */
static int
insist(struct crew *c, struct session *s, const char *sql, struct error *e)
{
	struct error ignored;
	int tries;

	for (tries = 1;; tries++) {
		if (tell(c, s, sql, e) == 0)
			return 0;
		if (tries == LIMIT_TRIES || s->state != SESSION_BUSY ||
		    strcmp(s->sqlstate, "57014") != 0 ||
		    wait_answer(c, s, &ignored) != 0)
			return -1;
	}
}

/* The limits first: each of them holds from the next statement on. */
static int
prepare(struct crew *c, struct session *s, struct error *e)
{
	if (insist(c, s, "SET statement_timeout = 0", e) != 0)
		return -1;
	if (session_server(s) >= 170000 &&
	    insist(c, s, "SET transaction_timeout = 0", e) != 0)
		return -1;
	return insist(c, s, settings, e);
}

int
crew_open(struct crew *c, const char *database, unsigned count, bool verbose,
    const struct stop *stop, struct error *e)
{
	struct session *s;

	c->count = 0;
	c->stop = stop;
	while (c->count < count) {
		s = &c->sessions[c->count++];
		if (session_open(s, database, verbose, stop, e) != 0) {
			if (c->count == 1 || stop_raised(stop))
				return -1;
			session_close(s);
			c->count--;
			report("%s; going on with fewer sessions: %u", e->text,
			    c->count);
			break;
		}
		if (prepare(c, s, e) != 0)
			return -1;
	}
	return 0;
}

/* ---- statements */

int
crew_run(
    struct crew *c, const char *sql, const struct task *task, struct error *e)
{
	if (session_send(&c->sessions[0], sql, task, false, e) != 0)
		return -1;
	return crew_settle(c, e);
}

int
crew_try(
    struct crew *c, const char *sql, const struct task *task, struct error *e)
{
	struct session *s = &c->sessions[0];
	struct error ignored;

	if (session_in_transaction(s))
		return crew_run(c, sql, task, e);
	if (crew_run(c, sql, task, e) == 0)
		return 0;
	if (s->sqlstate[0] == '\0' || s->state != SESSION_BUSY ||
	    stop_raised(c->stop) || wait_answer(c, s, &ignored) != 0)
		return -1;
	report("%s; going on without it", e->text);
	return 0;
}

int
crew_run_all(
    struct crew *c, const char *sql, const struct task *task, struct error *e)
{
	struct task quiet = *task;
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
	static const struct task task = {.text = "the last transaction"};

	/* A commit that waits for the disk waits for all that went before. */
	if (crew_run(c, "RESET synchronous_commit", &task, e) != 0)
		return -1;
	return crew_run(c,
	    "SELECT pg_catalog.pg_logical_emit_message(true, 'pgapply', "
	    "'applied')",
	    &task, e);
}
