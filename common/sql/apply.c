#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sql/apply.h"
#include "sql/dump.h"
#include "sql/held.h"
#include "sql/runner.h"

/* What is known of the object whose statements are being read. */
enum verdict {
	VERDICT_OPEN,
	VERDICT_TAKE,
	VERDICT_LEAVE,
	VERDICT_HOLD,
	VERDICT_DEFER,
};

struct flow {
	struct apply *apply;
	struct input in;
	struct statement_reader *reader;
	struct runner runner;
	struct header header; /* of the object that is being read */
	enum verdict verdict;
	struct held held; /* a sequence that is not yet decided on */
	bool complete; /* pg_dump's last line was seen */
};

/* ---- what is wanted */

/* Ends an object: one without a statement is listed too. */
static void
end_object(struct flow *f)
{
	const struct selection *s = f->apply->selection;

	if (f->apply->list && f->verdict == VERDICT_OPEN &&
	    f->header.type[0] != '\0' && !selection_is_restricted(s))
		tally_object(&f->runner.tally, &f->header);
}

static void
settle(struct flow *f, const struct header *h, enum selection_verdict verdict)
{
	if (verdict == SELECTION_LEAVE)
		selection_count(f->apply->selection, h);
	else if (f->apply->list && h->type[0] != '\0')
		tally_object(&f->runner.tally, h);
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
	int rc = 0;

	if (f->held.first == NULL)
		return 0;
	verdict =
	    selection_judge_held(f->apply->selection, &f->held.header, h, p);
	settle(f, &f->held.header, verdict);
	while ((each = held_next(&f->held)) != NULL) {
		plan_make(&plan, each->text, each->size);
		task_make(
		    &task, &f->held.header, each->text, each->size, each->line);
		if (verdict == SELECTION_TAKE)
			rc =
			    runner_run(&f->runner, &plan, each->text, &task, e);
		else if (verdict == SELECTION_DEFER)
			rc = runner_defer(&f->runner, &plan, each->text,
			    each->size, &task, e);
		held_statement_free(each);
		if (rc != 0)
			return -1;
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
	    : verdict == SELECTION_DEFER       ? VERDICT_DEFER
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

	plan_make(&p, text, size);
	if (f->complete)
		return error_set(e, ERROR_FAILED,
		    "line %" PRIu64 " of the dump: a statement stands behind "
		    "the end of the dump",
		    line);
	if (dump_check_plan(&p, line, e) != 0)
		return -1;
	if (!runner_is_setting(&p) && f->verdict == VERDICT_OPEN &&
	    decide(f, &p, e) != 0)
		return -1;
	/* Settings stand between objects, and belong to none. */
	task_make(&task, runner_is_setting(&p) ? &none : &f->header, text, size,
	    line);
	task.tried = selection_is_tried(f->apply->selection, &f->header, &p) &&
	    !runner_is_setting(&p);
	if (selection_drops(f->apply->selection, &p))
		return 0;
	if (runner_is_setting(&p) || f->verdict == VERDICT_TAKE)
		return runner_run(&f->runner, &p, text, &task, e);
	if (f->verdict == VERDICT_DEFER)
		return runner_defer(&f->runner, &p, text, size, &task, e);
	if (f->verdict == VERDICT_HOLD)
		return held_add(&f->held, &f->header, text, size, line, e);
	return runner_skip(&f->runner, &p, &task, e);
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
		if (input_more(in, &f->runner.crew, e) != 0 ||
		    builds_go_on(&f->runner.builds, e) != 0)
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
		if (input_more(in, &f->runner.crew, e) != 0)
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

static int
finish(struct flow *f, struct error *e)
{
	end_object(f);
	if (decide_held(f, NULL, NULL, e) != 0)
		return -1;
	return runner_finish(&f->runner, e);
}

/* Reads the dump, once there is a reader. */
static int
read_dump(struct flow *f, struct error *e)
{
	if (runner_open(&f->runner, f->apply, &f->in, f->reader, e) != 0 ||
	    input_open(&f->in, f->apply->fd, f->apply->name, e) != 0 ||
	    check_head(f, e) != 0 || take_stream(f, e) != 0 ||
	    check_end(f, e) != 0)
		return -1;
	return finish(f, e);
}

int
apply_run(struct apply *a, struct error *e)
{
	struct flow f = {.apply = a};
	int rc;

	f.reader = statement_new();
	if (f.reader == NULL)
		return error_set(e, ERROR_FAILED, "out of memory");
	rc = read_dump(&f, e);
	if (rc == 0 && (a->text->failed || (a->facts && a->facts->failed)))
		rc = error_set(e, ERROR_FAILED, "out of memory");
	runner_close(&f.runner, rc != 0);
	held_free(&f.held);
	input_close(&f.in);
	statement_free(f.reader);
	return rc;
}
