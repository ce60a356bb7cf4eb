#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sql/rows.h"
#include "sql/runner.h"

int
runner_open(struct runner *r, struct apply *a, struct input *in,
    struct statement_reader *reader, struct error *e)
{
	*r = (struct runner){.apply = a,
	    .in = in,
	    .reader = reader,
	    .crew = {.stop = a->stop},
	    .tally = {.text = a->text, .facts = a->facts}};
	builds_init(&r->builds, &r->crew);
	return a->deferred == NULL
	    ? 0
	    : deferred_open(&r->deferred, a->deferred, a->stop, e);
}

static int
connect_all(struct runner *r, struct error *e)
{
	static const struct task task = {.text = "the transaction"};
	const struct apply *a = r->apply;
	const struct session *first = &r->crew.sessions[0];
	const char *strings;

	if (crew_open(&r->crew, a->database, a->jobs, a->verbose, a->stop, e) !=
	    0)
		return -1;
	strings = session_setting(first, "standard_conforming_strings");
	statement_settings(r->reader, strcmp(strings, "off") != 0,
	    session_setting(first, "client_encoding"));
	return a->single ? crew_run(&r->crew, "BEGIN", &task, e) : 0;
}

/* ---- the data of a COPY */

/* Takes them off the input, whatever becomes of them. */
static int
take_data(struct runner *r, struct rows *rows, const struct plan *p,
    const struct task *task, struct error *e)
{
	uint64_t first = statement_next_line(r->reader);

	rows->crew = &r->crew;
	rows->in = r->in;
	rows->whole = p->kind == PLAN_COPY_WHOLE;
	rows->table = p->table;
	rows->table_size = p->table_size;
	rows->task = task;
	rows->line = first;
	if (rows_copy(rows, e) != 0)
		return -1;
	statement_skip_lines(r->reader, rows->line - first);
	return 0;
}

static bool
is_copy(const struct plan *p)
{
	return p->kind == PLAN_COPY || p->kind == PLAN_COPY_WHOLE;
}

static int
run_copy(struct runner *r, const struct plan *p, const char *text,
    const struct task *task, struct error *e)
{
	struct rows rows = {.sql = text};

	if (take_data(r, &rows, p, task, e) != 0)
		return -1;
	tally_rows(&r->tally, p->table, p->table_size, rows.count,
	    rows.whole ? TALLY_UNKNOWN : rows.lines);
	return 0;
}

int
runner_skip(struct runner *r, const struct plan *p, const struct task *task,
    struct error *e)
{
	struct rows rows = {.discard = true};

	return is_copy(p) ? take_data(r, &rows, p, task, e) : 0;
}

int
runner_defer(struct runner *r, const struct plan *p, const char *text,
    size_t size, const struct task *task, struct error *e)
{
	struct rows rows = {.discard = true, .deferred = &r->deferred};

	if (r->apply->list)
		return runner_skip(r, p, task, e);
	if (deferred_add(&r->deferred, text, size, e) != 0)
		return -1;
	return is_copy(p) ? take_data(r, &rows, p, task, e) : 0;
}

/* ---- statements */

bool
runner_is_setting(const struct plan *p)
{
	return p->kind == PLAN_SETTING || p->kind == PLAN_NO_PATH ||
	    p->kind == PLAN_TIMEOUT || p->kind == PLAN_STORAGE ||
	    p->kind == PLAN_AUTHORIZATION;
}

static bool
is_build(const struct runner *r, const struct plan *p)
{
	return (p->kind == PLAN_INDEX || p->kind == PLAN_CONSTRAINT) &&
	    r->crew.count > 1 && !session_in_transaction(&r->crew.sessions[0]);
}

/* Runs a setting that was held. */
static int
run_storage(struct runner *r, struct error *e)
{
	struct storage_setting each;
	int rc = 0;

	while (rc == 0 && storage_next(&r->storage, &each)) {
		rc = crew_run_all(&r->crew, each.sql, &each.task, e);
		free(each.sql);
	}
	return rc;
}

/* Sets the search_path that was asked for, where the dump empties it. */
static int
run_path(struct runner *r, const struct task *task, struct error *e)
{
	const char *path = r->apply->search_path;
	struct buffer sql = {0};
	int rc;

	buffer_puts(&sql, "SELECT pg_catalog.set_config('search_path', ");
	session_add_literal(&r->crew.sessions[0], &sql, path, strlen(path));
	buffer_puts(&sql, ", false)");
	rc = sql.failed ? error_set(e, ERROR_FAILED, "out of memory")
			: crew_run_all(&r->crew, sql.data, task, e);
	buffer_free(&sql);
	return rc;
}

static int
run_setting(struct runner *r, const struct plan *p, const char *text,
    const struct task *task, struct error *e)
{
	if (p->kind == PLAN_TIMEOUT)
		return 0;
	if (p->kind == PLAN_NO_PATH && r->apply->search_path != NULL)
		return run_path(r, task, e);
	return crew_run_all(&r->crew, text, task, e);
}

/* A statement that is run by itself, on the first session. */
static int
run_alone(struct runner *r, const struct plan *p, const char *text,
    const struct task *task, struct error *e)
{
	r->crew.sessions[0].rows = 0;
	if ((task->tried ? crew_try : crew_run)(&r->crew, text, task, e) != 0)
		return -1;
	if (p->kind == PLAN_SETVAL)
		tally_setval(&r->tally, p->table, p->table_size,
		    statement_strings_are_standard(r->reader));
	else if (p->kind == PLAN_LARGE_OBJECT)
		tally_large_object(&r->tally);
	if (p->kind != PLAN_INSERT)
		return 0;
	return tally_insert(
	    &r->tally, p->table, p->table_size, r->crew.sessions[0].rows, e);
}

int
runner_run(struct runner *r, const struct plan *p, const char *text,
    const struct task *task, struct error *e)
{
	if (r->apply->list)
		return runner_skip(r, p, task, e);
	if (p->kind == PLAN_TRANSACTION && r->apply->single)
		return error_set(e, ERROR_FAILED,
		    "line %" PRIu64 " of the dump: it has transactions of its "
		    "own, as for large objects: load it without "
		    "--single-transaction",
		    task->line);
	if (r->crew.count == 0 && connect_all(r, e) != 0)
		return -1;
	if (p->kind == PLAN_STORAGE &&
	    selection_is_partial(r->apply->selection))
		return storage_hold(&r->storage, text, task, e);
	if (p->is_stored && storage_is_held(&r->storage) &&
	    (builds_drain(&r->builds, e) != 0 || run_storage(r, e) != 0))
		return -1;
	r->apply->statements++;
	if (is_build(r, p))
		return builds_add(&r->builds, text, p->table, p->table_size,
		    p->kind == PLAN_CONSTRAINT, task, e);
	if (builds_drain(&r->builds, e) != 0)
		return -1;
	if (p->kind != PLAN_INSERT)
		tally_end_inserts(&r->tally);
	if (is_copy(p))
		return run_copy(r, p, text, task, e);
	if (runner_is_setting(p))
		return run_setting(r, p, text, task, e);
	return run_alone(r, p, text, task, e);
}

/* Ends the one transaction, or sees that the dump has ended its own. */
static int
end_transaction(struct runner *r, struct error *e)
{
	static const struct task task = {.text = "the transaction"};

	if (r->apply->single)
		return crew_run(&r->crew, "COMMIT", &task, e);
	if (session_in_transaction(&r->crew.sessions[0]))
		return error_set(e, ERROR_FAILED,
		    "the dump ends within a transaction that it began");
	return 0;
}

int
runner_finish(struct runner *r, struct error *e)
{
	if (builds_drain(&r->builds, e) != 0 ||
	    deferred_close(&r->deferred, e) != 0)
		return -1;
	tally_end(&r->tally);
	if (r->crew.count == 0)
		return 0;
	return end_transaction(r, e) == 0 ? crew_sync(&r->crew, e) : -1;
}

void
runner_close(struct runner *r, bool failed)
{
	struct error ignored;

	crew_close(&r->crew, failed);
	builds_free(&r->builds);
	deferred_close(&r->deferred, &ignored);
	r->apply->rows = r->tally.rows;
	tally_free(&r->tally);
	storage_free(&r->storage);
}
