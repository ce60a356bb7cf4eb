#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/options.h"
#include "base/report.h"
#include "base/visible.h"
#include "io/fdio.h"
#include "io/pipeline.h"
#include "io/records.h"
#include "s3/removal.h"
#include "s3/s3.h"

/* Up to 1,000 keys, and what became of them. */
struct batch {
	struct s3_deletion keys[S3_BATCH];
	size_t offsets[S3_BATCH];
	size_t n;
	struct buffer text; /* the keys, each with its NUL */
};

struct removal {
	const struct removal_plan *plan;
	struct s3 **s3; /* one a worker; NULL: a dry run */
	char *const *next; /* the next operand */
	struct records *records; /* or stdin */
	struct error wrong; /* with stdin; what stands before it goes */
	struct fdio_output to;
	bool terminal; /* is what it leads to */
	struct removal_result *result;
};

int
removal_check(const char *record, bool uploads, struct error *e)
{
	const char *tab;

	if (!uploads)
		return options_key(record, e);
	tab = strchr(record, '\t');
	tab = tab != NULL ? strchr(tab + 1, '\t') : NULL;
	if (tab == NULL || *record == '\t')
		return error_set(e, ERROR_FAILED,
		    "not an upload id, a time and a key, as s3ls -u prints "
		    "them: %s",
		    record);
	return options_key(tab + 1, e);
}

/*
 * Gives the next record that may go; false at the end. What is wrong with stdin
 * ends it, too: if it ended the pipeline, requests under way would be broken
 * off, and what the store deletes by them not be printed.
 */
static bool
next_record(struct removal *r, const char **record)
{
	size_t length;

	if (r->records == NULL) {
		*record = *r->next;
		return *record != NULL ? (r->next++, true) : false;
	}
	if (r->wrong.status != ERROR_NONE)
		return false;
	switch (records_next(r->records, record, &length, &r->wrong)) {
	case RECORDS_ONE:
		return removal_check(*record, r->plan->uploads, &r->wrong) == 0;
	case RECORDS_CUT:
		error_set(&r->wrong, ERROR_FAILED,
		    "stdin ends within a record; not deleted, it may be half "
		    "a key: %.255s",
		    *record);
		return false;
	default:
		return false;
	}
}

static int
read_batch(void *ctx, void *slot, struct error *e)
{
	struct removal *r = ctx;
	struct batch *b = slot;
	const char *record;
	size_t i;

	b->n = 0;
	buffer_clear(&b->text);
	while (b->n < S3_BATCH && next_record(r, &record)) {
		b->offsets[b->n++] = b->text.size;
		buffer_add(&b->text, record, strlen(record) + 1);
	}
	if (b->text.failed)
		return error_set(e, ERROR_FAILED, "out of memory");
	for (i = 0; i < b->n; i++) {
		b->keys[i].key = b->text.data + b->offsets[i];
		b->keys[i].gone = false;
	}
	return b->n > 0;
}

/* Aborts the upload that a line of `s3ls -u` names. */
static void
abort_upload(struct s3 *s3, struct s3_deletion *d)
{
	const char *tab = strchr(d->key, '\t');
	char *upload = strndup(d->key, (size_t)(tab - d->key));

	if (upload == NULL) {
		error_set(&d->error, ERROR_FAILED, "out of memory");
		return;
	}
	d->gone =
	    s3_abort(s3, strchr(tab + 1, '\t') + 1, upload, &d->error) == 0;
	free(upload);
}

static int
delete_batch(void *ctx, unsigned worker, void *slot, struct error *e)
{
	struct removal *r = ctx;
	struct batch *b = slot;
	size_t i;

	if (r->s3 != NULL && !r->plan->uploads)
		return s3_delete_many(r->s3[worker], b->keys, b->n, e);
	for (i = 0; i < b->n; i++) {
		if (r->s3 == NULL)
			b->keys[i].gone = true;
		else
			abort_upload(r->s3[worker], &b->keys[i]);
	}
	return 0;
}

static int
write_batch(void *ctx, void *slot, struct error *e)
{
	struct removal *r = ctx;
	struct batch *b = slot;
	struct buffer lines = {0};
	size_t i;
	int rc;

	for (i = 0; i < b->n; i++) {
		if (!b->keys[i].gone) {
			r->result->failed++;
			report("%s", b->keys[i].error.text);
			continue;
		}
		r->result->gone++;
		if (r->plan->quiet)
			continue;
		visible_add(&lines, b->keys[i].key, r->terminal);
		buffer_add(&lines, &r->plan->terminator, 1);
	}
	rc = lines.failed
	    ? error_set(e, ERROR_FAILED, "out of memory")
	    : fdio_write(&r->to, lines.data, lines.size, r->plan->stop, e);
	buffer_free(&lines);
	return rc;
}

/* Makes the slots and runs the pipeline. */
static int
flow(struct removal *r, struct error *e)
{
	unsigned i, nslots = r->plan->jobs + 1;
	struct batch *slots = calloc(nslots, sizeof *slots);
	struct pipeline p = {.read = read_batch,
	    .work = delete_batch,
	    .write = write_batch,
	    .ctx = r,
	    .workers = r->plan->jobs,
	    .slots = slots,
	    .slot_size = sizeof *slots,
	    .nslots = nslots,
	    .stop = r->plan->stop};
	int rc;

	if (slots == NULL)
		return error_set(e, ERROR_FAILED, "out of memory");
	rc = pipeline_run(&p, e);
	for (i = 0; i < nslots; i++)
		buffer_free(&slots[i].text);
	free(slots);
	return rc;
}

/* One connection a worker, but for a dry run. */
static int
with_store(struct removal *r, struct error *e)
{
	unsigned n = r->plan->jobs;
	int rc;

	if (r->plan->config == NULL)
		return flow(r, e);
	r->s3 = s3_open_all(r->plan->config, r->plan->stop, n, e);
	rc = r->s3 != NULL ? flow(r, e) : -1;
	s3_close_all(r->s3, n);
	return rc;
}

int
removal_run(const struct removal_plan *p, struct removal_result *result,
    struct error *e)
{
	struct removal r = {.plan = p, .next = p->keys, .result = result};
	int rc;

	*result = (struct removal_result){0};
	fdio_output(&r.to, STDOUT_FILENO, "stdout");
	r.terminal = isatty(STDOUT_FILENO);
	if (*p->keys == NULL) {
		r.records =
		    records_open(STDIN_FILENO, "stdin", p->terminator, p->stop);
		if (r.records == NULL)
			return error_set(e, ERROR_FAILED, "out of memory");
	}
	rc = with_store(&r, e);
	records_free(r.records);
	if (rc != 0 || fdio_finish(&r.to, e) != 0)
		return -1;
	result->done = true;
	if (r.wrong.status != ERROR_NONE) {
		*e = r.wrong;
		return -1;
	}
	if (result->failed > 0)
		return error_set(e, ERROR_FAILED, "%zu of %zu not deleted",
		    result->failed, result->failed + result->gone);
	return 0;
}
