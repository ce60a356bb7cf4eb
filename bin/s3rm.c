/*
 * s3rm: deletes the keys given, or those on stdin.
 *
 *     keys -> batches of up to 1,000 -> DeleteObjects, several at once
 *          -> the keys that are gone, in order, to stdout
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/options.h"
#include "base/report.h"
#include "base/visible.h"
#include "io/fdio.h"
#include "io/pipeline.h"
#include "io/records.h"
#include "io/signals.h"
#include "io/stop.h"
#include "s3/config.h"
#include "s3/s3.h"

static const char usage[] =
    "usage: s3rm [-0nquv] [-b bucket] [-j jobs] [key ...]\n";

enum { JOBS = 4 };

struct options {
	char terminator;
	bool dry_run, quiet, uploads, verbose;
	const char *bucket;
	unsigned jobs;
	char *const *keys; /* ended by NULL; none: stdin */
};

/* Up to 1,000 keys, and what became of them. */
struct batch {
	struct s3_deletion keys[S3_BATCH];
	size_t offsets[S3_BATCH];
	size_t n;
	struct buffer text; /* the keys, each with its NUL */
};

struct removal {
	const struct options *options;
	const struct stop *stop;
	struct s3 **s3; /* one a worker; NULL: a dry run */
	char *const *next; /* the next operand */
	struct records *records; /* or stdin */
	struct error wrong; /* with stdin; what stands before it goes */
	struct fdio_output to;
	bool terminal; /* is what it leads to */
	size_t gone, failed;
};

/* Checks a key, or with -u a line of `s3ls -u`. */
static int
check(const struct options *o, const char *record, struct error *e)
{
	const char *tab;

	if (!o->uploads)
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

static int
parse(int argc, char *argv[], struct options *o, struct error *e)
{
	static const struct option longs[] = {
	    {"null", no_argument, NULL, '0'},
	    {"dry-run", no_argument, NULL, 'n'},
	    {"quiet", no_argument, NULL, 'q'},
	    {"uploads", no_argument, NULL, 'u'},
	    {"verbose", no_argument, NULL, 'v'},
	    {"bucket", required_argument, NULL, 'b'},
	    {"jobs", required_argument, NULL, 'j'},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'V'},
	    {0},
	};
	int c;

	*o = (struct options){.terminator = '\n', .jobs = JOBS};
	opterr = 0;
	while (
	    (c = getopt_long(argc, argv, "+:0nquvb:j:hV", longs, NULL)) != -1) {
		switch (c) {
		case '0':
			o->terminator = '\0';
			break;
		case 'n':
			o->dry_run = true;
			break;
		case 'q':
			o->quiet = true;
			break;
		case 'u':
			o->uploads = true;
			break;
		case 'v':
			o->verbose = true;
			break;
		case 'b':
			o->bucket = optarg;
			break;
		case 'j':
			if (options_jobs(optarg, &o->jobs, e) != 0)
				return -1;
			break;
		case 'h':
		case 'V':
			return options_tell(c, usage, "s3rm", "", e);
		default:
			return options_refused(c, argv, e);
		}
	}
	o->keys = argv + optind;
	for (; argv[optind] != NULL; optind++) {
		if (check(o, argv[optind], e) != 0)
			return -1;
	}
	return 0;
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
		return check(r->options, *record, &r->wrong) == 0;
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

	if (!r->options->dry_run && !r->options->uploads)
		return s3_delete_many(r->s3[worker], b->keys, b->n, e);
	for (i = 0; i < b->n; i++) {
		if (r->options->dry_run)
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
			r->failed++;
			report("%s", b->keys[i].error.text);
			continue;
		}
		r->gone++;
		if (r->options->quiet)
			continue;
		visible_add(&lines, b->keys[i].key, r->terminal);
		buffer_add(&lines, &r->options->terminator, 1);
	}
	rc = lines.failed
	    ? error_set(e, ERROR_FAILED, "out of memory")
	    : fdio_write(&r->to, lines.data, lines.size, r->stop, e);
	buffer_free(&lines);
	return rc;
}

/* Makes the slots and runs the pipeline. */
static int
flow(struct removal *r, struct stop *stop, struct error *e)
{
	unsigned i, nslots = r->options->jobs + 1;
	struct batch *slots = calloc(nslots, sizeof *slots);
	struct pipeline p = {.read = read_batch,
	    .work = delete_batch,
	    .write = write_batch,
	    .ctx = r,
	    .workers = r->options->jobs,
	    .slots = slots,
	    .slot_size = sizeof *slots,
	    .nslots = nslots,
	    .stop = stop};
	int rc;

	if (slots == NULL)
		return error_set(e, ERROR_FAILED, "out of memory");
	rc = pipeline_run(&p, e);
	for (i = 0; i < nslots; i++)
		buffer_free(&slots[i].text);
	free(slots);
	return rc;
}

/* One connection a worker. */
static int
with_store(struct removal *r, struct stop *stop, struct error *e)
{
	unsigned n = r->options->jobs;
	struct config config;
	int rc;

	if (r->options->dry_run)
		return flow(r, stop, e);
	if (config_load(&config, r->options->bucket, stop, e) != 0)
		return -1;
	config_tell(&config, r->options->verbose);
	r->s3 = s3_open_all(&config, stop, n, e);
	rc = r->s3 != NULL ? flow(r, stop, e) : -1;
	s3_close_all(r->s3, n);
	config_free(&config);
	return rc;
}

static int
run(const struct options *o, struct stop *stop, struct error *e)
{
	struct removal r = {.options = o, .stop = stop, .next = o->keys};
	int rc;

	fdio_output(&r.to, STDOUT_FILENO, "stdout");
	r.terminal = isatty(STDOUT_FILENO);
	if (*o->keys == NULL) {
		r.records =
		    records_open(STDIN_FILENO, "stdin", o->terminator, stop);
		if (r.records == NULL)
			return error_set(e, ERROR_FAILED, "out of memory");
	}
	rc = with_store(&r, stop, e);
	records_free(r.records);
	if (rc != 0 || fdio_finish(&r.to, e) != 0)
		return -1;
	if (o->verbose)
		report("%zu %s, %zu failed", r.gone,
		    o->dry_run ? "would go" : "gone", r.failed);
	if (r.wrong.status != ERROR_NONE) {
		*e = r.wrong;
		return -1;
	}
	if (r.failed > 0)
		return error_set(e, ERROR_FAILED, "%zu of %zu not deleted",
		    r.failed, r.failed + r.gone);
	return 0;
}

int
main(int argc, char *argv[])
{
	struct options options;
	struct error e;
	struct stop stop;
	int rc;

	fdio_standard();
	report_program("s3rm");
	rc = parse(argc, argv, &options, &e);
	if (rc > 0)
		return 0;
	if (rc == 0 && (rc = stop_open(&stop, &e)) == 0) {
		signals_catch(&stop);
		rc = run(&options, &stop, &e);
	}
	return signals_finish(rc != 0 ? &e : NULL);
}
