#include <inttypes.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "sql/crew.h"
#include "sql/deferred.h"
#include "sql/input.h"
#include "sql/rows.h"

enum {
	PATIENCE_MS = 500, /* with a session that likely failed */
	/*
	 * Of rows, at least: what fits into a socket at once costs libpq no
	 * moving to and fro.
	 */
	BLOCK = 56 << 10,
	PIECE = 32 << 10, /* of a long row */
};

/* A COPY on its way. */
struct dealer {
	struct rows *rows;
	struct session *pinned; /* has a row that is not whole yet, or NULL */
	unsigned most; /* sessions that may take rows */
	bool asked; /* whether the table's rows may be dealt out */
	bool within; /* the data begin within a row that was sent in part */
	size_t seen; /* how far the data were looked at, from in->start */
	size_t whole; /* where the whole lines end, likewise */
	uint64_t lines; /* how many they are */
	int64_t heard; /* when input came last, in milliseconds */
};

static int
cut(const struct rows *r, struct error *e)
{
	return error_set(e, ERROR_FAILED,
	    "the dump is cut: it ends within the data of %.*s, at line "
	    "%" PRIu64,
	    (int)r->table_size, r->table, r->line);
}

/* ---- who takes a block */

/*
 * Rows are dealt out only where no row can depend on another: a trigger, which
 * a foreign key is too, may look for the rows that came before.
 */
static int
ask(struct dealer *d, struct error *e)
{
	static const struct task task = {.text = "a look at the table"};
	struct session *s = &d->rows->crew->sessions[1];
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
		rc = crew_wait(d->rows->crew, -1, NULL, e);
	if (rc == 0 && s->found == 0)
		d->most = 1;
	return rc;
}

/* Has an idle session begin the COPY. */
static int
begin(struct dealer *d, struct session *s, struct error *e)
{
	if (session_send(s, d->rows->sql, d->rows->task, true, e) != 0)
		return -1;
	while (s->state == SESSION_BUSY) {
		if (crew_wait(d->rows->crew, -1, NULL, e) != 0)
			return -1;
	}
	if (s->state == SESSION_COPYING)
		return 0;
	return error_set(e, ERROR_FAILED,
	    "line %" PRIu64 " of the dump: the server takes no data for %.*s",
	    d->rows->task->line, (int)d->rows->table_size, d->rows->table);
}

static bool
has_room(const struct session *s)
{
	return s->state == SESSION_COPYING && !s->unsent;
}

/*
 * Ends what a session has that likely failed, to see why; or that has not, and
 * then it has lost nothing. Within a row that cannot be: there the server is
 * told that the data are not whole, once the suspicion has lasted.
 */
static int
end_suspects(struct dealer *d, struct error *e)
{
	struct session *s;
	const char *why;
	unsigned i;

	for (i = 0; i < d->most && i < d->rows->crew->count; i++) {
		s = &d->rows->crew->sessions[i];
		if (!has_room(s) || !s->suspect)
			continue;
		if (s == d->pinned &&
		    clock_ms() - s->suspect_since < PATIENCE_MS)
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
	struct crew *c = d->rows->crew;
	unsigned i;

	*found = NULL;
	if (end_suspects(d, e) != 0)
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
		return begin(d, *found, e);
	}
	return 0;
}

static int
choose(struct dealer *d, struct session **s, struct error *e)
{
	for (;;) {
		if (d->pinned != NULL)
			*s = has_room(d->pinned) ? d->pinned : NULL;
		else if (find_free(d, s, e) != 0)
			return -1;
		if (*s != NULL)
			return 0;
		if (crew_wait(d->rows->crew, -1, NULL, e) != 0)
			return -1;
	}
}

/* Sends the first bytes of the data and takes them off the input. */
static int
send_block(struct dealer *d, size_t size, uint64_t lines, struct error *e)
{
	struct rows *r = d->rows;
	struct session *s;

	if (size > 0 && r->deferred != NULL &&
	    deferred_data(r->deferred, r->in->data + r->in->start, size, e) !=
		0)
		return -1;
	if (size > 0 && !r->discard) {
		if (choose(d, &s, e) != 0 ||
		    session_put(s, r->in->data + r->in->start, size, r->line,
			lines, e) != 0)
			return -1;
		d->pinned = d->within ? s : NULL;
	}
	r->in->start += size;
	r->line += lines;
	r->lines += lines;
	d->seen -= size;
	d->whole = 0;
	d->lines = 0;
	return 0;
}

/*
 * Sends a part of a row that is longer than the buffer, in pieces that the
 * socket has room for: where libpq had to wait for room it would take in what
 * the server says meanwhile, and nobody would know that it said something.
 */
static int
send_pieces(struct dealer *d, struct error *e)
{
	size_t size;

	d->within = true;
	while (d->seen > 0) {
		size = d->seen < PIECE ? d->seen : PIECE;
		if (send_block(d, size, 0, e) != 0)
			return -1;
		if (d->pinned != NULL)
			session_want_room(d->pinned);
	}
	return 0;
}

/* Sends the whole lines; or, of a row longer than the buffer, what there is. */
static int
send_some(struct dealer *d, struct error *e)
{
	if (d->whole == 0)
		return send_pieces(d, e);
	d->within = false;
	return send_block(d, d->whole, d->lines, e);
}

/* ---- where a block ends */

static bool
is_end(const char *line, size_t size)
{
	return (size == 2 || (size == 3 && line[2] == '\r')) &&
	    line[0] == '\\' && line[1] == '.';
}

/*
 * Looks for ends of lines in what has not been looked at. Returns whether the
 * line that ends the data was found; it begins behind the whole lines then.
 */
static bool
look(struct dealer *d)
{
	const struct input *in = d->rows->in;
	const char *data = in->data + in->start, *newline;
	size_t size = in->end - in->start, next;

	while (
	    (newline = memchr(data + d->seen, '\n', size - d->seen)) != NULL) {
		next = (size_t)(newline - data) + 1;
		if (!(d->within && d->whole == 0) &&
		    is_end(data + d->whole, next - 1 - d->whole)) {
			d->seen = next;
			return true;
		}
		d->lines++;
		d->seen = d->whole = next;
	}
	d->seen = size;
	return false;
}

/* The row that was sent in pieces ends here: only this session may have it. */
static int
send_rest(struct dealer *d, struct error *e)
{
	const struct input *in = d->rows->in;
	const char *data = in->data + in->start;
	const char *newline = memchr(data, '\n', d->whole);
	size_t whole = d->whole, seen = d->seen, size;
	uint64_t lines = d->lines;

	size = (size_t)(newline - data) + 1;
	d->within = false;
	if (send_block(d, size, 1, e) != 0)
		return -1;
	d->whole = whole - size;
	d->seen = seen - size;
	d->lines = lines - 1;
	return 0;
}

/* The line that ends the data has been found: what is before it is the last. */
static int
send_last(struct dealer *d, struct error *e)
{
	struct rows *r = d->rows;
	size_t end = d->seen - d->whole;

	if (d->whole > 0 && send_some(d, e) != 0)
		return -1;
	if (r->deferred != NULL &&
	    deferred_data(r->deferred, r->in->data + r->in->start, end, e) != 0)
		return -1;
	r->in->start += end;
	r->line++;
	return 0;
}

/*
 * Reads on. Where nothing comes for a while all are suspects, but the one that
 * waits for the rest of a row: whoever has done well begins another COPY.
 */
static int
read_on(struct dealer *d, struct error *e)
{
	struct crew *c = d->rows->crew;
	struct input *in = d->rows->in;
	size_t had = in->end - in->start;
	unsigned i;

	if (input_more(in, c, e) != 0)
		return -1;
	if (in->eof || in->end - in->start > had)
		d->heard = clock_ms();
	else if (clock_ms() - d->heard >= PATIENCE_MS)
		for (i = 0; i < d->most && i < c->count; i++)
			c->sessions[i].suspect |= &c->sessions[i] != d->pinned;
	return end_suspects(d, e);
}

static int
take_lines(struct dealer *d, struct error *e)
{
	struct input *in = d->rows->in;
	bool done;

	for (;;) {
		done = look(d);
		if (d->within && d->whole > 0 && send_rest(d, e) != 0)
			return -1;
		if (done)
			return send_last(d, e);
		if (in->eof)
			return cut(d->rows, e);
		if ((d->whole >= BLOCK || input_is_full(in)) &&
		    send_some(d, e) != 0)
			return -1;
		if (read_on(d, e) != 0)
			return -1;
	}
}

/* ---- the COPY */

/* Passes over the rest of the COPY's own line. */
static int
skip_line(struct rows *r, struct error *e)
{
	struct input *in = r->in;

	for (;;) {
		while (in->start < in->end) {
			char c = in->data[in->start++];

			if (c == '\n') {
				r->line++;
				return 0;
			}
			if (c != ' ' && c != '\t' && c != '\r')
				return error_set(e, ERROR_FAILED,
				    "line %" PRIu64 " of the dump: the data of "
				    "a COPY begin on the next line",
				    r->line);
		}
		if (in->eof)
			return cut(r, e);
		if (input_more(in, r->crew, e) != 0)
			return -1;
	}
}

static int
finish(struct dealer *d, struct error *e)
{
	struct crew *c = d->rows->crew;
	unsigned i;

	/* Without a row the COPY is run all the same: it may not be allowed. */
	if (c->sessions[0].places.count == 0 &&
	    c->sessions[0].state == SESSION_IDLE &&
	    begin(d, &c->sessions[0], e) != 0)
		return -1;
	for (i = 0; i < d->most; i++) {
		if (c->sessions[i].state == SESSION_COPYING &&
		    session_end_data(&c->sessions[i], NULL, e) != 0)
			return -1;
	}
	if (crew_settle(c, e) != 0)
		return -1;
	for (i = 0; i < c->count; i++)
		d->rows->count += c->sessions[i].rows;
	return 0;
}

int
rows_copy(struct rows *r, struct error *e)
{
	struct dealer d = {.rows = r, .most = 1, .heard = clock_ms()};
	unsigned i;

	for (i = 0; i < r->crew->count; i++)
		r->crew->sessions[i].rows = 0;
	r->count = r->lines = 0;
	if (!r->discard && !r->whole &&
	    !session_in_transaction(&r->crew->sessions[0]))
		d.most = r->crew->count;
	if (skip_line(r, e) != 0 || take_lines(&d, e) != 0)
		return -1;
	return r->discard ? 0 : finish(&d, e);
}
