#include <inttypes.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "sql/crew.h"
#include "sql/dealer.h"
#include "sql/deferred.h"
#include "sql/input.h"
#include "sql/rows.h"

enum {
	/*
	 * Of rows, at least: what fits into a socket at once costs libpq no
	 * moving to and fro.
	 */
	BLOCK = 56 << 10,
	PIECE = 32 << 10, /* of a long row */
};

/* A COPY on its way. */
struct flow {
	struct rows *rows;
	struct dealer dealer;
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

/* Sends the first bytes of the data and takes them off the input. */
static int
send_block(struct flow *f, size_t size, uint64_t lines, struct error *e)
{
	struct rows *r = f->rows;
	struct session *s;

	if (size > 0 && r->deferred != NULL &&
	    deferred_data(r->deferred, r->in->data + r->in->start, size, e) !=
		0)
		return -1;
	if (size > 0 && !r->discard) {
		if (dealer_choose(&f->dealer, &s, e) != 0 ||
		    session_put(s, r->in->data + r->in->start, size, r->line,
			lines, e) != 0)
			return -1;
		f->dealer.pinned = f->within ? s : NULL;
	}
	r->in->start += size;
	r->line += lines;
	r->lines += lines;
	f->seen -= size;
	f->whole = 0;
	f->lines = 0;
	return 0;
}

/*
 * Sends a part of a row that is longer than the buffer, in pieces that the
 * socket has room for: where libpq had to wait for room it would take in what
 * the server says meanwhile, and nobody would know that it said something.
 */
static int
send_pieces(struct flow *f, struct error *e)
{
	size_t size;

	f->within = true;
	while (f->seen > 0) {
		size = f->seen < PIECE ? f->seen : PIECE;
		if (send_block(f, size, 0, e) != 0)
			return -1;
		if (f->dealer.pinned != NULL)
			session_want_room(f->dealer.pinned);
	}
	return 0;
}

/* Sends the whole lines; or, of a row longer than the buffer, what there is. */
static int
send_some(struct flow *f, struct error *e)
{
	if (f->whole == 0)
		return send_pieces(f, e);
	f->within = false;
	return send_block(f, f->whole, f->lines, e);
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
look(struct flow *f)
{
	const struct input *in = f->rows->in;
	const char *data = in->data + in->start, *newline;
	size_t size = in->end - in->start, next;

	while (
	    (newline = memchr(data + f->seen, '\n', size - f->seen)) != NULL) {
		next = (size_t)(newline - data) + 1;
		if (!(f->within && f->whole == 0) &&
		    is_end(data + f->whole, next - 1 - f->whole)) {
			f->seen = next;
			return true;
		}
		f->lines++;
		f->seen = f->whole = next;
	}
	f->seen = size;
	return false;
}

/* The row that was sent in pieces ends here: only this session may have it. */
static int
send_rest(struct flow *f, struct error *e)
{
	const struct input *in = f->rows->in;
	const char *data = in->data + in->start;
	const char *newline = memchr(data, '\n', f->whole);
	size_t whole = f->whole, seen = f->seen, size;
	uint64_t lines = f->lines;

	size = (size_t)(newline - data) + 1;
	f->within = false;
	if (send_block(f, size, 1, e) != 0)
		return -1;
	f->whole = whole - size;
	f->seen = seen - size;
	f->lines = lines - 1;
	return 0;
}

/* The line that ends the data has been found: what is before it is the last. */
static int
send_last(struct flow *f, struct error *e)
{
	struct rows *r = f->rows;
	size_t end = f->seen - f->whole;

	if (f->whole > 0 && send_some(f, e) != 0)
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
read_on(struct flow *f, struct error *e)
{
	struct crew *c = f->rows->crew;
	struct input *in = f->rows->in;
	size_t had = in->end - in->start;
	unsigned i;

	if (input_more(in, c, e) != 0)
		return -1;
	if (in->eof || in->end - in->start > had)
		f->heard = clock_ms();
	else if (clock_ms() - f->heard >= DEALER_PATIENCE_MS)
		for (i = 0; i < f->dealer.most && i < c->count; i++)
			c->sessions[i].suspect |=
			    &c->sessions[i] != f->dealer.pinned;
	return dealer_end_suspects(&f->dealer, e);
}

static int
take_lines(struct flow *f, struct error *e)
{
	struct input *in = f->rows->in;
	bool done;

	for (;;) {
		done = look(f);
		if (f->within && f->whole > 0 && send_rest(f, e) != 0)
			return -1;
		if (done)
			return send_last(f, e);
		if (in->eof)
			return cut(f->rows, e);
		if ((f->whole >= BLOCK || input_is_full(in)) &&
		    send_some(f, e) != 0)
			return -1;
		if (read_on(f, e) != 0)
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
finish(struct flow *f, struct error *e)
{
	struct crew *c = f->rows->crew;
	unsigned i;

	/* Without a row the COPY is run all the same: it may not be allowed. */
	if (c->sessions[0].places.count == 0 &&
	    c->sessions[0].state == SESSION_IDLE &&
	    dealer_begin(&f->dealer, &c->sessions[0], e) != 0)
		return -1;
	for (i = 0; i < f->dealer.most; i++) {
		if (c->sessions[i].state == SESSION_COPYING &&
		    session_end_data(&c->sessions[i], NULL, e) != 0)
			return -1;
	}
	if (crew_settle(c, e) != 0)
		return -1;
	for (i = 0; i < c->count; i++)
		f->rows->count += c->sessions[i].rows;
	return 0;
}

int
rows_copy(struct rows *r, struct error *e)
{
	struct flow f = {.rows = r,
	    .dealer = {.rows = r, .crew = r->crew, .most = 1},
	    .heard = clock_ms()};
	unsigned i;

	for (i = 0; i < r->crew->count; i++)
		r->crew->sessions[i].rows = 0;
	r->count = r->lines = 0;
	if (!r->discard && !r->whole &&
	    !session_in_transaction(&r->crew->sessions[0]))
		f.dealer.most = r->crew->count;
	if (skip_line(r, e) != 0 || take_lines(&f, e) != 0)
		return -1;
	return r->discard ? 0 : finish(&f, e);
}
