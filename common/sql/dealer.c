#include <inttypes.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "sql/crew.h"
#include "sql/dealer.h"
#include "sql/rows.h"

/*
 * Rows are dealt out only where no row can depend on another: a trigger, which
 * a foreign key is too, may look for the rows that came before.
 */
static int
ask(struct dealer *d, struct error *e)
{
	static const struct task task = {.text = "a look at the table"};
	struct session *s = &d->crew->sessions[1];
	struct buffer sql = {0};
	int rc = -1;

	d->asked = true;
	buffer_puts(&sql,
	    "SELECT 1 FROM pg_catalog.pg_class WHERE relkind = 'r' AND NOT "
	    "relhastriggers AND oid = pg_catalog.to_regclass(");
	session_add_literal(s, &sql, d->rows->table, d->rows->table_size);
	buffer_puts(&sql, ")");
	if (sql.failed)
		error_set(e, ERROR_FAILED, "out of memory");
	else
		rc = session_send(s, sql.data, &task, false, e);
	buffer_free(&sql);
	while (rc == 0 && s->state == SESSION_BUSY)
		rc = crew_wait(d->crew, -1, NULL, e);
	if (rc == 0 && s->found == 0)
		d->most = 1;
	return rc;
}

int
dealer_begin(struct dealer *d, struct session *s, struct error *e)
{
	if (session_send(s, d->rows->sql, d->rows->task, true, e) != 0)
		return -1;
	while (s->state == SESSION_BUSY) {
		if (crew_wait(d->crew, -1, NULL, e) != 0)
			return -1;
	}
	if (s->state == SESSION_COPYING)
		return 0;
	return error_set(e, ERROR_FAILED,
	    "line %" PRIu64
	    " of the dump: the server does not accept data for %.*s",
	    d->rows->task->line, (int)d->rows->table_size, d->rows->table);
}

static bool
has_room(const struct session *s)
{
	return s->state == SESSION_COPYING && !s->unsent;
}

int
dealer_end_suspects(struct dealer *d, struct error *e)
{
	struct session *s;
	const char *why;
	unsigned i;

	for (i = 0; i < d->most && i < d->crew->count; i++) {
		s = &d->crew->sessions[i];
		if (!has_room(s) || !s->suspect)
			continue;
		if (s == d->pinned &&
		    clock_ms() - s->suspect_since < DEALER_PATIENCE_MS)
			continue;
		why = s == d->pinned ? "the server said something" : NULL;
		if (session_end_data(s, why, e) != 0)
			return -1;
	}
	return 0;
}

/* A session that can take a block, or NULL: wait. */
static int
find_free(struct dealer *d, struct session **found, struct error *e)
{
	struct crew *c = d->crew;
	unsigned i;

	*found = NULL;
	if (dealer_end_suspects(d, e) != 0)
		return -1;
	for (i = 0; i < d->most; i++) {
		if (has_room(&c->sessions[i])) {
			*found = &c->sessions[i];
			return 0;
		}
	}
	for (i = 0; i < d->most; i++) {
		if (c->sessions[i].state != SESSION_IDLE)
			continue;
		if (i > 0 && !d->asked)
			return ask(d, e) == 0 ? find_free(d, found, e) : -1;
		*found = &c->sessions[i];
		return dealer_begin(d, *found, e);
	}
	return 0;
}

int
dealer_choose(struct dealer *d, struct session **s, struct error *e)
{
	for (;;) {
		if (d->pinned != NULL)
			*s = has_room(d->pinned) ? d->pinned : NULL;
		else if (find_free(d, s, e) != 0)
			return -1;
		if (*s != NULL)
			return 0;
		if (crew_wait(d->crew, -1, NULL, e) != 0)
			return -1;
	}
}
