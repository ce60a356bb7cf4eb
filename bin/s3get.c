/*
 * s3get: one object to stdout.
 *
 *     the first range (which tells size and ETag)
 *     -> further ranges, several at once, under that ETag -> bytes, in order
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/options.h"
#include "base/progress.h"
#include "base/report.h"
#include "io/fdio.h"
#include "io/pipeline.h"
#include "io/signals.h"
#include "io/stop.h"
#include "s3/config.h"
#include "s3/s3.h"

static const char usage[] =
    "usage: s3get [-qv] [-b bucket] [-j jobs] [-p partsize] key\n";

enum { JOBS = 4 };
#define RANGE_DEFAULT (UINT64_C(8) << 20)
#define RANGE_MIN (UINT64_C(64) << 10)
#define RANGE_MAX (UINT64_C(1) << 30)

struct options {
	bool quiet, verbose;
	const char *bucket, *key;
	unsigned jobs;
	uint64_t range;
};

/* A range of the object, and its bytes as they come. */
struct slot {
	uint64_t offset, length;
	size_t got;
	bool fetched; /* before the pipeline began */
	char *bytes;
};

struct download {
	const struct options *options;
	const struct stop *stop;
	struct s3 **s3; /* one a worker */
	struct fdio_output to;
	struct progress progress;
	struct slot *slots;
	struct s3_range first;
	uint64_t next; /* where the next range begins */
	bool started;
};

static int
parse(int argc, char *argv[], struct options *o, struct error *e)
{
	static const struct option longs[] = {
	    {"quiet", no_argument, NULL, 'q'},
	    {"verbose", no_argument, NULL, 'v'},
	    {"bucket", required_argument, NULL, 'b'},
	    {"jobs", required_argument, NULL, 'j'},
	    {"part-size", required_argument, NULL, 'p'},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'V'},
	    {0},
	};
	int c;

	*o = (struct options){.jobs = JOBS, .range = RANGE_DEFAULT};
	opterr = 0;
	while (
	    (c = getopt_long(argc, argv, "+:qvb:j:p:hV", longs, NULL)) != -1) {
		switch (c) {
		case 'q':
			o->quiet = true;
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
		case 'p':
			if (options_size('p', optarg, RANGE_MIN, RANGE_MAX,
				&o->range, e) != 0)
				return -1;
			break;
		case 'h':
		case 'V':
			return options_tell(c, usage, "s3get", "", e);
		default:
			return options_refused(c, argv, e);
		}
	}
	o->key = argv[optind];
	if (o->key == NULL)
		return error_set(
		    e, ERROR_USAGE, "no key is given (s3get -h helps)");
	if (argv[optind + 1] != NULL)
		return error_set(
		    e, ERROR_USAGE, "more than one key: %s", argv[optind + 1]);
	return options_key(o->key, e);
}

static int
put_out(struct download *d, const void *bytes, size_t n, struct error *e)
{
	if (fdio_write(&d->to, bytes, n, d->stop, e) != 0)
		return -1;
	progress_add(&d->progress, n);
	return 0;
}

/* Takes bytes of a range into its slot. */
static int
take_range(void *ctx, const void *bytes, size_t n, struct error *e)
{
	struct slot *s = ctx;

	if (n > s->length - s->got)
		return error_set(
		    e, ERROR_FAILED, "a range is longer than was asked for");
	memcpy(s->bytes + s->got, bytes, n);
	s->got += n;
	return 0;
}

/* Takes bytes of the first range, or of all where the store has no ranges. */
static int
take_first(void *ctx, const void *bytes, size_t n, struct error *e)
{
	struct download *d = ctx;

	if (d->first.whole) {
		d->progress.total = d->first.size;
		return put_out(d, bytes, n, e);
	}
	return take_range(&d->slots[0], bytes, n, e);
}

static int
read_range(void *ctx, void *slot, struct error *e)
{
	struct download *d = ctx;
	struct slot *s = slot;

	(void)e;
	if (!d->started) { /* the first is in the first slot already */
		d->started = true;
		return 1;
	}
	if (d->next == d->first.size)
		return 0;
	s->fetched = false;
	s->offset = d->next;
	s->length = d->options->range;
	if (s->length > d->first.size - s->offset)
		s->length = d->first.size - s->offset;
	d->next += s->length;
	return 1;
}

/* Memory for a range; NULL where there is not so much. */
static char *
make_room(const struct options *o)
{
	return o->range <= SIZE_MAX ? malloc((size_t)o->range) : NULL;
}

static int
fetch_range(void *ctx, unsigned worker, void *slot, struct error *e)
{
	struct download *d = ctx;
	struct slot *s = slot;
	struct s3_range r = {.offset = s->offset,
	    .length = s->length,
	    .take = take_range,
	    .ctx = s};

	if (s->fetched)
		return 0;
	if (s->bytes == NULL && (s->bytes = make_room(d->options)) == NULL)
		return error_set(e, ERROR_FAILED, "out of memory");
	s->got = 0;
	memcpy(r.etag, d->first.etag, sizeof r.etag);
	return s3_get(d->s3[worker], d->options->key, &r, e);
}

static int
write_range(void *ctx, void *slot, struct error *e)
{
	struct slot *s = slot;

	return put_out(ctx, s->bytes, s->got, e);
}

/* Fetches the first range, then all others by the pipeline. */
static int
flow(struct download *d, struct stop *stop, struct error *e)
{
	const struct options *o = d->options;
	struct slot *first = &d->slots[0];
	struct pipeline p = {.read = read_range,
	    .work = fetch_range,
	    .write = write_range,
	    .ctx = d,
	    .workers = o->jobs,
	    .slots = d->slots,
	    .slot_size = sizeof *d->slots,
	    .nslots = o->jobs + 1,
	    .stop = stop};

	first->length = o->range;
	first->fetched = true;
	if ((first->bytes = make_room(o)) == NULL)
		return error_set(e, ERROR_FAILED, "out of memory");
	d->first =
	    (struct s3_range){.length = o->range, .take = take_first, .ctx = d};
	if (s3_get(d->s3[0], o->key, &d->first, e) != 0)
		return -1;
	if (d->first.whole)
		return 0;
	d->progress.total = d->first.size;
	d->next = first->got;
	if (d->first.size == first->got)
		return put_out(d, first->bytes, first->got, e);
	return pipeline_run(&p, e);
}

static void
tell(struct download *d)
{
	report("get %s: %" PRIu64 " bytes, etag %s, %.2f s", d->options->key,
	    d->first.size, d->first.etag, progress_seconds(&d->progress));
}

/* Opens what the flow stands on, and closes it. */
static int
download(struct download *d, const struct config *config, struct stop *stop,
    struct error *e)
{
	unsigned i, n = d->options->jobs;
	int rc;

	d->s3 = s3_open_all(config, stop, n, e);
	if (d->s3 == NULL)
		return -1;
	d->slots = calloc(n + 1, sizeof *d->slots);
	if (d->slots == NULL)
		rc = error_set(e, ERROR_FAILED, "out of memory");
	else
		rc = flow(d, stop, e);
	for (i = 0; d->slots != NULL && i <= n; i++)
		free(d->slots[i].bytes);
	free(d->slots);
	s3_close_all(d->s3, n);
	return rc;
}

static int
run(const struct options *o, struct stop *stop, struct error *e)
{
	struct download d = {.options = o, .stop = stop};
	struct config config;
	int rc;

	if (config_load(&config, o->bucket, stop, e) != 0)
		return -1;
	config_tell(&config, o->verbose);
	fdio_output(&d.to, STDOUT_FILENO, "stdout");
	progress_start(&d.progress, "s3get", o->quiet);
	rc = download(&d, &config, stop, e);
	progress_end(&d.progress);
	if (rc == 0 && d.progress.bytes != d.first.size)
		rc = error_set(e, ERROR_FAILED,
		    "get %s: wrote %" PRIu64 " bytes of %" PRIu64, o->key,
		    d.progress.bytes, d.first.size);
	if (rc == 0)
		rc = fdio_finish(&d.to, e);
	if (rc == 0 && o->verbose)
		tell(&d);
	config_free(&config);
	return rc;
}

int
main(int argc, char *argv[])
{
	struct options options;
	struct error e;
	struct stop stop;
	int rc;

	fdio_standard();
	report_program("s3get");
	rc = parse(argc, argv, &options, &e);
	if (rc > 0)
		return 0;
	if (rc == 0 && (rc = stop_open(&stop, &e)) == 0) {
		signals_catch(&stop);
		rc = run(&options, &stop, &e);
	}
	return signals_finish(rc != 0 ? &e : NULL);
}
