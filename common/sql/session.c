#include <errno.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/number.h"
#include "base/report.h"
#include "io/stop.h"
#include "sql/answer.h"
#include "sql/session.h"

static int
lost(const struct session *s, struct error *e)
{
	char text[512];

	answer_line(text, sizeof text, PQerrorMessage(s->conn));
	return error_set(e, ERROR_FAILED,
	    "the session with the server ended: %s",
	    s->last_words[0] != '\0' ? s->last_words : text);
}

/* Warnings are shown, lesser notices if asked for. */
static void
take_notice(void *context, const PGresult *result)
{
	struct session *s = context;
	const char *severity =
	    answer_field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
	char text[512];

	s->notices++;
	answer_line(
	    text, sizeof text, answer_field(result, PG_DIAG_MESSAGE_PRIMARY));
	if (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0 ||
	    strcmp(severity, "ERROR") == 0)
		memcpy(s->last_words, text, sizeof text);
	else if (s->verbose || strcmp(severity, "WARNING") == 0)
		report("line %" PRIu64 " of the dump: %s: %s", s->task.line,
		    severity, text);
}

/* ---- connecting */

/* How long the user lets a connection take; -1: as long as it likes. */
static int
connect_timeout(PGconn *conn)
{
	PQconninfoOption *options = PQconninfo(conn), *o;
	int64_t seconds = 0;

	for (o = options; o != NULL && o->keyword != NULL; o++) {
		if (strcmp(o->keyword, "connect_timeout") == 0 &&
		    (o->val == NULL ||
			number_parse(o->val, 0, 1000000, &seconds) != 0))
			seconds = 0;
	}
	PQconninfoFree(options);
	return seconds > 0 ? (int)seconds * 1000 : -1;
}

static int
not_connected(struct session *s, struct error *e)
{
	char text[1024];

	answer_line(text, sizeof text, PQerrorMessage(s->conn));
	return error_set(e, ERROR_FAILED, "cannot connect: %s", text);
}

/* Waits for what PQconnectPoll asked for. */
static int
wait_connecting(struct session *s, PostgresPollingStatusType wanted,
    int64_t until, const struct stop *stop, struct error *e)
{
	struct pollfd p[2] = {
	    {.fd = PQsocket(s->conn),
		.events = wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT},
	    {.fd = stop_fd(stop), .events = POLLIN}};
	int64_t left = until < 0 ? -1 : until - clock_ms();
	int n;

	if (until >= 0 && left <= 0)
		return error_set(e, ERROR_FAILED,
		    "cannot connect: the time limit was reached");
	n = poll(p, 2, (int)left);
	if (n < 0 && errno != EINTR)
		return error_errno(e, "poll");
	if (stop_raised(stop))
		return error_set(e, ERROR_FAILED, "stopped");
	return 0;
}

static int
connect_to(struct session *s, const char *database, const struct stop *stop,
    struct error *e)
{
	const char *keys[] = {"fallback_application_name", "dbname", NULL};
	const char *values[] = {"pgapply", database, NULL};
	PostgresPollingStatusType wanted = PGRES_POLLING_WRITING;
	int timeout;
	int64_t until;

	s->conn = PQconnectStartParams(keys, values, 0);
	if (s->conn == NULL)
		return error_set(e, ERROR_FAILED, "out of memory");
	if (PQstatus(s->conn) == CONNECTION_BAD)
		return not_connected(s, e);
	PQsetNoticeReceiver(s->conn, take_notice, s);
	timeout = connect_timeout(s->conn);
	until = timeout < 0 ? -1 : clock_ms() + timeout;
	while (wanted != PGRES_POLLING_OK) {
		if (wait_connecting(s, wanted, until, stop, e) != 0)
			return -1;
		wanted = PQconnectPoll(s->conn);
		if (wanted == PGRES_POLLING_FAILED)
			return not_connected(s, e);
	}
	return 0;
}

int
session_open(struct session *s, const char *database, bool verbose,
    const struct stop *stop, struct error *e)
{
	*s = (struct session){.verbose = verbose};
	if (connect_to(s, database, stop, e) != 0)
		return -1;
	return PQsetnonblocking(s->conn, 1) != 0 ? lost(s, e) : 0;
}

void
session_close(struct session *s)
{
	PQfinish(s->conn);
	s->conn = NULL;
}

void
session_cancel(struct session *s)
{
	PGcancel *cancel = PQgetCancel(s->conn);
	char why[256];

	/* Where it fails, the end of the connection ends the statement too. */
	if (cancel != NULL)
		PQcancel(cancel, why, sizeof why);
	PQfreeCancel(cancel);
}

/* ---- giving */

static int
flush(struct session *s, struct error *e)
{
	int rc = PQflush(s->conn);

	if (rc < 0)
		return lost(s, e);
	s->unsent = rc > 0;
	return 0;
}

int
session_send(struct session *s, const char *sql, const struct task *task,
    bool wants_copy, struct error *e)
{
	s->task = *task;
	s->wants_copy = wants_copy;
	s->suspect = false;
	s->sqlstate[0] = '\0';
	s->places.count = s->places.rows = s->found = 0;
	s->started = clock_ms();
	if (PQsendQuery(s->conn, sql) == 0)
		return lost(s, e);
	s->state = SESSION_BUSY;
	return flush(s, e);
}

int
session_put(struct session *s, const char *data, size_t size, uint64_t line,
    uint64_t lines, struct error *e)
{
	places_add(&s->places, line, lines);
	if (PQputCopyData(s->conn, data, (int)size) != 1)
		return lost(s, e);
	return flush(s, e);
}

void
session_want_room(struct session *s)
{
	s->unsent = true;
}

int
session_end_data(struct session *s, const char *why, struct error *e)
{
	if (PQputCopyEnd(s->conn, why) != 1)
		return lost(s, e);
	s->state = SESSION_BUSY;
	s->wants_copy = false;
	/*
	 * Where the server has refused the data its whole answer is here
	 * already, and the socket will not be heard of again.
	 */
	return session_turn(s, e);
}

/* ---- taking */

int
session_fd(const struct session *s)
{
	return PQsocket(s->conn);
}

static void
tell_time(const struct session *s)
{
	const struct task *t = &s->task;

	report("line %" PRIu64 " of the dump: %s%s%s: %" PRId64 " ms", t->line,
	    t->object, t->object[0] != '\0' ? ": " : "", t->text,
	    clock_ms() - s->started);
}

/* Takes a result. Returns 0, or -1 where it is an error. */
static int
take_result(struct session *s, const PGresult *result, struct error *e)
{
	switch (PQresultStatus(result)) {
	case PGRES_COMMAND_OK:
		s->rows += strtoull(PQcmdTuples((PGresult *)result), NULL, 10);
		return 0;
	case PGRES_TUPLES_OK:
		s->found = (uint64_t)PQntuples(result);
		return 0;
	case PGRES_EMPTY_QUERY:
		return 0;
	case PGRES_COPY_IN:
		if (!s->wants_copy)
			break;
		s->state = SESSION_COPYING;
		return 0;
	case PGRES_COPY_OUT:
	case PGRES_COPY_BOTH:
		break;
	default:
		snprintf(s->sqlstate, sizeof s->sqlstate, "%s",
		    answer_field(result, PG_DIAG_SQLSTATE));
		return answer_refused(result, &s->task,
		    places_find(
			&s->places, answer_field(result, PG_DIAG_CONTEXT)),
		    e);
	}
	return error_set(e, ERROR_FAILED,
	    "line %" PRIu64 " of the dump: a COPY that pgapply does not "
	    "know: %s",
	    s->task.line, s->task.text);
}

/*
 * libpq hands on notices while data is sent, but shows an error only after the
 * end of the data: an empty piece has it look at what has come.
 */
static int
listen_copying(struct session *s, struct error *e)
{
	unsigned notices = s->notices;

	if (PQputCopyData(s->conn, "", 0) < 0)
		return lost(s, e);
	/* A part of a notice is one when the rest has come. */
	if (notices == s->notices && !s->suspect)
		s->suspect_since = clock_ms();
	s->suspect = notices == s->notices;
	return flush(s, e);
}

/* Whether the server has said anything: reads it. */
static int
read_socket(struct session *s, bool *came, struct error *e)
{
	struct pollfd p = {.fd = PQsocket(s->conn), .events = POLLIN};

	*came = poll(&p, 1, 0) > 0;
	if (*came && PQconsumeInput(s->conn) == 0) {
		PQisBusy(s->conn); /* hands on what came before the end */
		return s->state == SESSION_BUSY ? 0 : lost(s, e);
	}
	return 0;
}

int
session_turn(struct session *s, struct error *e)
{
	PGresult *result;
	bool came;
	int rc;

	if (read_socket(s, &came, e) != 0 || flush(s, e) != 0)
		return -1;
	if (s->state == SESSION_COPYING)
		return came ? listen_copying(s, e) : 0;
	while (PQisBusy(s->conn) == 0 && s->state == SESSION_BUSY) {
		result = PQgetResult(s->conn);
		if (result == NULL) {
			s->state = SESSION_IDLE;
			if (s->verbose && s->task.line > 0)
				tell_time(s);
			return 0;
		}
		rc = take_result(s, result, e);
		PQclear(result);
		if (rc != 0)
			return -1;
	}
	return 0;
}

int
session_server(const struct session *s)
{
	return PQserverVersion(s->conn);
}

bool
session_in_transaction(const struct session *s)
{
	return PQtransactionStatus(s->conn) != PQTRANS_IDLE;
}

const char *
session_setting(const struct session *s, const char *name)
{
	const char *value = PQparameterStatus(s->conn, name);

	return value != NULL ? value : "";
}

void
session_add_literal(
    struct session *s, struct buffer *b, const char *text, size_t size)
{
	char *literal = PQescapeLiteral(s->conn, text, size);

	if (literal == NULL)
		b->failed = true;
	else
		buffer_puts(b, literal);
	PQfreemem(literal);
}
