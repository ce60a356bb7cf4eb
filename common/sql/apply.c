#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/stop.h"
#include "sql/apply.h"
#include "sql/builds.h"
#include "sql/crew.h"
#include "sql/dump.h"
#include "sql/held.h"
#include "sql/input.h"
#include "sql/plan.h"
#include "sql/rows.h"
#include "sql/statement.h"
#include "sql/storage.h"
#include "sql/tally.h"

/* What is known of the object whose statements are being read. */
enum verdict { VERDICT_OPEN, VERDICT_TAKE, VERDICT_LEAVE, VERDICT_HOLD };

struct flow {
	struct apply *apply;
	struct input in;
	struct statement_reader *reader;
	struct crew crew;
	struct builds builds;
	struct header header; /* of the object that is being read */
	enum verdict verdict;
	struct held held; /* a sequence that is not yet decided on */
	bool complete; /* pg_dump's last line was seen */
	struct tally tally;
	struct storage storage;
};

/* ---- running */

static int
connect_all(struct flow *f, struct error *e)
{
	const struct apply *a = f->apply;
	const struct session *first = &f->crew.sessions[0];
	const char *strings;

	if (crew_open(&f->crew, a->database, a->jobs, a->verbose, a->stop, e) !=
	    0)
		return -1;
	strings = session_setting(first, "standard_conforming_strings");
	statement_settings(f->reader, strcmp(strings, "off") != 0,
	    session_setting(first, "client_encoding"));
	return 0;
}

static int
run_copy(struct flow *f, const struct plan *p, const char *text,
    const struct task *task, bool discard, struct error *e)
{
	struct rows rows = {.crew = &f->crew,
	    .in = &f->in,
	    .discard = discard,
	    .whole = p->kind == PLAN_COPY_WHOLE,
	    .sql = text,
	    .table = p->table,
	    .table_size = p->table_size,
	    .task = task,
	    .line = statement_next_line(f->reader)};
	uint64_t first = rows.line;

	if (rows_copy(&rows, e) != 0)
		return -1;
	statement_skip_lines(f->reader, rows.line - first);
	if (!discard)
		tally_rows(&f->tally, p->table, p->table_size, rows.count);
	return 0;
}

/* A statement that is run by itself, on the first session. */
static int
run_alone(struct flow *f, const struct plan *p, const char *text,
    const struct task *task, struct error *e)
{
	f->crew.sessions[0].rows = 0;
	if (crew_run(&f->crew, text, task, e) != 0)
		return -1;
	if (p->kind != PLAN_INSERT)
		return 0;
	return tally_insert(
	    &f->tally, p->table, p->table_size, f->crew.sessions[0].rows, e);
}

static bool
is_setting(const struct plan *p)
{
	return p->kind == PLAN_SETTING || p->kind == PLAN_TIMEOUT ||
	    p->kind == PLAN_STORAGE || p->kind == PLAN_AUTHORIZATION;
}

static bool
is_build(const struct flow *f, const struct plan *p)
{
	return (p->kind == PLAN_INDEX || p->kind == PLAN_CONSTRAINT) &&
	    f->crew.count > 1 && !session_in_transaction(&f->crew.sessions[0]);
}

/* Runs a setting that was held. */
static int
run_storage(struct flow *f, struct error *e)
{
	struct storage_setting each;
	int rc = 0;

	while (rc == 0 && storage_next(&f->storage, &each)) {
		rc = crew_run_all(&f->crew, each.sql, &each.task, e);
		free(each.sql);
	}
	return rc;
}

/* Runs a statement that is wanted. */
static int
run(struct flow *f, const struct plan *p, const char *text,
    const struct task *task, struct error *e)
{
	bool copies = p->kind == PLAN_COPY || p->kind == PLAN_COPY_WHOLE;

	if (f->apply->list)
		return copies ? run_copy(f, p, text, task, true, e) : 0;
	if (f->crew.count == 0 && connect_all(f, e) != 0)
		return -1;
	if (p->kind == PLAN_STORAGE &&
	    selection_is_partial(f->apply->selection))
		return storage_hold(&f->storage, text, task, e);
	if (p->is_stored && storage_is_held(&f->storage) &&
	    (builds_drain(&f->builds, e) != 0 || run_storage(f, e) != 0))
		return -1;
	f->apply->statements++;
	if (is_build(f, p))
		return builds_add(&f->builds, text, p->table, p->table_size,
		    p->kind == PLAN_CONSTRAINT, task, e);
	if (builds_drain(&f->builds, e) != 0)
		return -1;
	if (p->kind != PLAN_INSERT)
		tally_end_inserts(&f->tally);
	if (copies)
		return run_copy(f, p, text, task, false, e);
	if (p->kind == PLAN_TIMEOUT)
		return 0;
	if (is_setting(p))
		return crew_run_all(&f->crew, text, task, e);
	return run_alone(f, p, text, task, e);
}

/* ---- what is wanted */

/* Ends an object: one without a statement is listed too. */
static void
end_object(struct flow *f)
{
	const struct selection *s = f->apply->selection;

	if (f->apply->list && f->verdict == VERDICT_OPEN &&
	    f->header.type[0] != '\0' && s->ntables == 0)
		tally_object(&f->tally, &f->header);
}

static void
settle(struct flow *f, const struct header *h, enum selection_verdict verdict)
{
	if (verdict == SELECTION_LEAVE)
		selection_count(f->apply->selection, h);
	else if (f->apply->list && h->type[0] != '\0')
		tally_object(&f->tally, h);
}

/* Decides on the sequence that is held, and runs or drops its statements. */
static int
decide_held(struct flow *f, const struct header *h, const struct plan *p,
    struct error *e)
{
	enum selection_verdict verdict;
	struct held_statement *each;
	struct task task;
	struct plan plan;

	if (f->held.first == NULL)
		return 0;
	verdict =
	    selection_judge_held(f->apply->selection, &f->held.header, h, p);
	settle(f, &f->held.header, verdict);
	while ((each = held_next(&f->held)) != NULL) {
		plan_make(&plan, each->text, each->size);
		task_make(
		    &task, &f->held.header, each->text, each->size, each->line);
		if (verdict == SELECTION_TAKE &&
		    run(f, &plan, each->text, &task, e) != 0) {
			held_statement_free(each);
			return -1;
		}
		held_statement_free(each);
	}
	return 0;
}

/* Decides on an object by its first statement. */
static int
decide(struct flow *f, const struct plan *p, struct error *e)
{
	enum selection_verdict verdict;

	if (decide_held(f, &f->header, p, e) != 0)
		return -1;
	verdict = selection_judge(f->apply->selection, &f->header, p);
	if (f->apply->selection->failed)
		return error_set(e, ERROR_FAILED, "out of memory");
	f->verdict = verdict == SELECTION_TAKE ? VERDICT_TAKE
	    : verdict == SELECTION_HOLD	       ? VERDICT_HOLD
					       : VERDICT_LEAVE;
	if (verdict != SELECTION_HOLD)
		settle(f, &f->header, verdict);
	return 0;
}

static int
take_statement(struct flow *f, struct error *e)
{
	static const struct header none;
	uint64_t line = statement_line(f->reader);
	struct task task;
	struct plan p;
	size_t size;
	const char *text = statement_text(f->reader, &size);
	bool copies;

	plan_make(&p, text, size);
	if (f->complete)
		return error_set(e, ERROR_FAILED,
		    "line %" PRIu64 " of the dump: a statement stands behind "
		    "the end of the dump",
		    line);
	if (dump_check_plan(&p, line, e) != 0)
		return -1;
	if (!is_setting(&p) && f->verdict == VERDICT_OPEN &&
	    decide(f, &p, e) != 0)
		return -1;
	/* Settings stand between objects, and belong to none. */
	task_make(&task, is_setting(&p) ? &none : &f->header, text, size, line);
	copies = p.kind == PLAN_COPY || p.kind == PLAN_COPY_WHOLE;
	if (selection_drops(f->apply->selection, &p))
		return 0;
	if (is_setting(&p) || f->verdict == VERDICT_TAKE)
		return run(f, &p, text, &task, e);
	if (f->verdict == VERDICT_HOLD)
		return held_add(&f->held, &f->header, text, size, line, e);
	return copies ? run_copy(f, &p, text, &task, true, e) : 0;
}

/* ---- the stream */

static int
take_comment(struct flow *f, struct error *e)
{
	struct header h;
	size_t size;
	const char *text = statement_text(f->reader, &size);

	if (header_is_end(text, size))
		f->complete = true;
	if (dump_check_comment(text, size, e) != 0)
		return -1;
	if (!header_parse(&h, text, size))
		return 0;
	end_object(f);
	if (strcmp(h.type, "SEQUENCE OWNED BY") != 0 &&
	    decide_held(f, NULL, NULL, e) != 0)
		return -1;
	f->header = h;
	f->verdict = VERDICT_OPEN;
	return 0;
}

static int
take_event(struct flow *f, enum statement_event event, struct error *e)
{
	size_t size;
	const char *text = statement_text(f->reader, &size);
	uint64_t line = statement_next_line(f->reader);

	switch (event) {
	case STATEMENT_ONE:
		return take_statement(f, e);
	case STATEMENT_COMMENT:
		return take_comment(f, e);
	case STATEMENT_META:
		return dump_check_meta(
		    text, size, statement_line(f->reader), e);
	case STATEMENT_NUL:
		return error_set(e, ERROR_FAILED,
		    "line %" PRIu64 " of the dump: a NUL byte is in no plain "
		    "dump",
		    line);
	case STATEMENT_MEMORY:
		return error_set(e, ERROR_FAILED,
		    "line %" PRIu64 " of the dump: no memory for a statement "
		    "of this length",
		    statement_line(f->reader));
	default:
		return 0;
	}
}

/* Reads all; ends behind the last thing that is whole. */
static int
take_stream(struct flow *f, struct error *e)
{
	struct input *in = &f->in;
	enum statement_event event;
	size_t used;

	for (;;) {
		event = statement_feed(f->reader, in->data + in->start,
		    in->end - in->start, &used);
		in->start += used;
		if (take_event(f, event, e) != 0)
			return -1;
		if (event != STATEMENT_MORE)
			continue;
		in->start = in->end = 0;
		if (in->eof)
			break;
		if (input_more(in, &f->crew, e) != 0 ||
		    builds_go_on(&f->builds, e) != 0)
			return -1;
	}
	return take_event(f, statement_finish(f->reader), e);
}

/* Nothing is run before as much as fits the buffer was looked at. */
static int
check_head(struct flow *f, struct error *e)
{
	struct input *in = &f->in;

	while (!in->eof && !input_is_full(in)) {
		if (input_more(in, &f->crew, e) != 0)
			return -1;
	}
	if (in->end == 0)
		return error_set(e, ERROR_FAILED, "the input is empty");
	return dump_check_head(in->data, in->end, e);
}

static int
check_end(struct flow *f, struct error *e)
{
	if (statement_is_open(f->reader))
		return error_set(e, ERROR_FAILED,
		    "the dump is cut: it ends within the statement that "
		    "begins at line %" PRIu64,
		    statement_line(f->reader));
	if (!f->complete)
		return error_set(e, ERROR_FAILED,
		    "the dump is cut: its last line, PostgreSQL database "
		    "dump complete, is missing");
	return 0;
}

/* Waits for what runs still, and for the disk. */
static int
finish(struct flow *f, struct error *e)
{
	end_object(f);
	if (decide_held(f, NULL, NULL, e) != 0 ||
	    builds_drain(&f->builds, e) != 0)
		return -1;
	if (f->crew.count == 0)
		return 0;
	tally_end_inserts(&f->tally);
	if (session_in_transaction(&f->crew.sessions[0]))
		return error_set(e, ERROR_FAILED,
		    "the dump ends within a transaction that it began");
	return crew_sync(&f->crew, e);
}

int
apply_run(struct apply *a, struct error *e)
{
	struct flow f = {.apply = a, .crew = {.stop = a->stop}};
	int rc = -1;

	f.tally.text = a->text;
	builds_init(&f.builds, &f.crew);
	f.reader = statement_new();
	if (f.reader == NULL)
		error_set(e, ERROR_FAILED, "out of memory");
	else if (input_open(&f.in, a->fd, a->name, e) == 0 &&
	    check_head(&f, e) == 0 && take_stream(&f, e) == 0 &&
	    check_end(&f, e) == 0 && finish(&f, e) == 0)
		rc = 0;
	if (rc == 0 && a->text->failed)
		rc = error_set(e, ERROR_FAILED, "out of memory");
	crew_close(&f.crew, rc != 0);
	builds_free(&f.builds);
	held_free(&f.held);
	a->rows = f.tally.rows;
	tally_free(&f.tally);
	storage_free(&f.storage);
	input_close(&f.in);
	statement_free(f.reader);
	return rc;
}
