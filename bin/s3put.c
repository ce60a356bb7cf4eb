/*
 * s3put: stdin, or what a command writes, to one object.
 *
 *     a stream that fits in one part -> PutObject
 *     a longer one -> parts, several at once -> their ETags -> Complete
 *
 * Nothing is published before the input is known to be whole: a command must
 * have exited with 0, a file of -c must be there. Whatever fails, the upload
 * is aborted.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/options.h"
#include "base/progress.h"
#include "base/report.h"
#include "io/fdio.h"
#include "io/signals.h"
#include "io/source.h"
#include "io/stop.h"
#include "s3/config.h"
#include "s3/header.h"
#include "s3/leftover.h"
#include "s3/parts.h"
#include "s3/partsize.h"
#include "s3/s3.h"

static const char usage[] =
    "usage: s3put [-nqv] [-b bucket] [-c file] [-H header]... [-j jobs]\n"
    "             [-m name=value]... [-p partsize] [-t type] key\n"
    "             [command [argument ...]]\n";

enum { JOBS = 4, SILENCE_MS = 700 };

struct options {
	bool no_replace, quiet, verbose;
	const char *bucket, *marker, *key;
	unsigned jobs;
	uint64_t part; /* 0: by the schedule */
	struct header_list headers;
	char *const *command; /* NULL: stdin */
};

struct upload {
	const struct options *options;
	struct stop *stop;
	struct s3 *s3; /* for all but the parts */
	struct source source;
	struct parts *parts;
	char id[S3_ID];
	char *upload; /* of a multipart upload under way, else NULL */
	bool doubt; /* there may be another, whose id was lost */
	time_t began; /* before it, if there is */
	struct progress progress;
};

static int
parse_header(struct options *o, int c, struct error *e)
{
	if (c == 'H')
		return header_add_line(&o->headers, optarg, e);
	if (c == 'm')
		return header_add_metadata(&o->headers, optarg, e);
	return header_add(&o->headers, "Content-Type", optarg, e);
}

static int
parse_option(struct options *o, int c, char *argv[], struct error *e)
{
	switch (c) {
	case 'n':
		o->no_replace = true;
		return 0;
	case 'q':
		o->quiet = true;
		return 0;
	case 'v':
		o->verbose = true;
		return 0;
	case 'b':
		o->bucket = optarg;
		return 0;
	case 'c':
		o->marker = optarg;
		return 0;
	case 'H':
	case 'm':
	case 't':
		return parse_header(o, c, e);
	case 'j':
		return options_jobs(optarg, &o->jobs, e);
	case 'p':
		return options_size(
		    'p', optarg, PARTSIZE_MIN, PARTSIZE_MAX, &o->part, e);
	case 'h':
	case 'V':
		return options_tell(c, usage, "s3put", "", e);
	default:
		return options_refused(c, argv, e);
	}
}

static int
parse(int argc, char *argv[], struct options *o, struct error *e)
{
	static const struct option longs[] = {
	    {"no-replace", no_argument, NULL, 'n'},
	    {"quiet", no_argument, NULL, 'q'},
	    {"verbose", no_argument, NULL, 'v'},
	    {"bucket", required_argument, NULL, 'b'},
	    {"commit-if", required_argument, NULL, 'c'},
	    {"header", required_argument, NULL, 'H'},
	    {"jobs", required_argument, NULL, 'j'},
	    {"metadata", required_argument, NULL, 'm'},
	    {"part-size", required_argument, NULL, 'p'},
	    {"content-type", required_argument, NULL, 't'},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'V'},
	    {0},
	};
	int c, rc;

	*o = (struct options){.jobs = JOBS};
	opterr = 0;
	while ((c = getopt_long(
		    argc, argv, "+:nqvb:c:H:j:m:p:t:hV", longs, NULL)) != -1) {
		if ((rc = parse_option(o, c, argv, e)) != 0)
			return rc;
	}
	o->key = argv[optind];
	if (o->key == NULL)
		return error_set(
		    e, ERROR_USAGE, "no key is given (s3put -h helps)");
	if (argv[optind + 1] != NULL)
		o->command = argv + optind + 1;
	return options_key(o->key, e);
}

/* With -n: fails if the key is taken. */
static int
check_free(struct upload *u, struct error *e)
{
	struct s3_object object;

	if (!u->options->no_replace)
		return 0;
	if (s3_head(u->s3, u->options->key, &object, e) == 0)
		return error_set(
		    e, ERROR_EXISTS, "put %s: the key exists", u->options->key);
	return e->status == ERROR_ABSENT ? 0 : -1;
}

/* After the end of the input: whether it was whole. */
static int
check_whole(struct upload *u, struct error *e)
{
	if (source_whole(&u->source, e) == 0)
		return 0;
	return error_prefix(e, "put %s: not published", u->options->key);
}

/* Confirms the size of what Complete has made. */
static int
confirm_size(struct upload *u, struct error *e)
{
	uint64_t size = parts_bytes(u->parts);
	struct s3_object object;

	if (s3_head(u->s3, u->options->key, &object, e) != 0) {
		/* Who may only put cannot ask; Complete's answer stands. */
		if (e->status == ERROR_FORBIDDEN)
			return 0;
		e->status = ERROR_FAILED; /* not that there is no bucket */
		return error_prefix(e, "not confirmed; may exist");
	}
	/* One that was put over ours since then has an id of its own. */
	if (object.size == size ||
	    (object.id[0] != '\0' && strcmp(object.id, u->id) != 0))
		return 0;
	return error_set(e, ERROR_FAILED,
	    "put %s: the store has %" PRIu64 " bytes of %" PRIu64,
	    u->options->key, object.size, size);
}

/* Begins an upload, which even an impatient user shall know of. */
static int
create(struct upload *u, const struct s3_headers *h, struct error *e)
{
	const char *key = u->options->key;
	char line[4096];
	size_t n;

	u->began = time(NULL);
	if (s3_create(u->s3, key, h, &u->upload, &u->doubt, e) != 0)
		return -1;
	n = report_line(line, sizeof line,
	    "put %s: upload %s is left behind; this removes it: "
	    "s3ls -u | grep -F '%s' | s3rm -u",
	    key, u->upload, u->upload);
	signals_last_words(line, n);
	return 0;
}

static int
put_multipart(struct upload *u, const struct s3_headers *h, struct error *e)
{
	const char *key = u->options->key;
	struct s3_completion done = {
	    .id = u->id, .if_none = u->options->no_replace};

	if (create(u, h, e) != 0 || parts_send(u->parts, u->upload, e) != 0 ||
	    check_whole(u, e) != 0 || check_free(u, e) != 0)
		return -1;
	done.upload = u->upload;
	done.etags = parts_etags(u->parts);
	done.n = parts_count(u->parts);
	done.size = parts_bytes(u->parts);
	if (s3_complete(u->s3, key, &done, e) != 0)
		return -1;
	signals_last_words(NULL, 0);
	free(u->upload);
	u->upload = NULL;
	return confirm_size(u, e);
}

static int
put_single(struct upload *u, const struct s3_headers *h, const char *bytes,
    size_t size, struct error *e)
{
	if (check_whole(u, e) != 0 || check_free(u, e) != 0)
		return -1;
	if (s3_put(u->s3, u->options->key, bytes, size, h, e) != 0)
		return -1;
	progress_add(&u->progress, size);
	return 0;
}

static int
put_stream(struct upload *u, struct error *e)
{
	const struct header_list *given = &u->options->headers;
	struct pair pairs[HEADER_MAX + 2];
	struct s3_headers h = {.pairs = pairs, .n = given->n};
	const char *bytes;
	size_t size;
	bool only;

	memcpy(pairs, given->pairs, given->n * sizeof *pairs);
	pairs[h.n++] = (struct pair){S3_ID_HEADER, u->id};
	/* Better refused now than when a long dump has come to its end. */
	if (fdio_silent(u->source.fd, SILENCE_MS, u->stop) &&
	    s3_may_put(u->s3, u->options->key, &h, e) != 0)
		return -1;
	if (parts_read_first(u->parts, &only, &bytes, &size, e) != 0)
		return -1;
	if (!only)
		return put_multipart(u, &h, e);
	if (u->options->no_replace)
		pairs[h.n++] = (struct pair){"If-None-Match", "*"};
	return put_single(u, &h, bytes, size, e);
}

/*
 * A part that was on its way may come in behind the abort, and the store keep
 * it or even the upload ("AbortMultipartUpload", Amazon S3 API Reference): so
 * it is aborted again, after a moment and after a while.
 */
static void
abort_again(struct upload *u)
{
	static const int pauses[] = {200, 800};
	struct error ignored;
	size_t i;

	for (i = 0; i < sizeof pauses / sizeof *pauses; i++) {
		stop_sleep(NULL, pauses[i]);
		s3_abort(u->s3, u->options->key, u->upload, &ignored);
	}
}

/* Leaves nothing behind: the command, the multipart upload. */
static void
undo(struct upload *u, struct error *e)
{
	struct error why;
	bool pending = u->parts != NULL && parts_pending(u->parts);

	if (source_blame(&u->source, e))
		error_prefix(e, "put %s: not published", u->options->key);
	source_close(&u->source);
	/* Closes their connections: the store sees that no part goes on. */
	parts_free(u->parts);
	u->parts = NULL;
	s3_cleanup(u->s3);
	if (u->upload == NULL)
		return;
	if (s3_abort(u->s3, u->options->key, u->upload, &why) != 0)
		error_append(e,
		    "; and upload %s is left behind (s3ls -u | s3rm -u "
		    "removes it): %s",
		    u->upload, why.text);
	else if (pending)
		abort_again(u);
	signals_last_words(NULL, 0);
}

/* Opens what is read, and what takes it apart. */
static int
open_source(struct upload *u, const struct config *config, struct error *e)
{
	const struct options *o = u->options;
	struct parts_plan plan = {.key = o->key,
	    .fixed = o->part,
	    .jobs = o->jobs,
	    .config = config,
	    .stop = u->stop,
	    .progress = &u->progress};

	/* libcurl marks not all of its descriptors close-on-exec. */
	if ((o->command != NULL && s3_disconnect(u->s3, e) != 0) ||
	    source_open(&u->source, o->command, u->stop, e) != 0)
		return error_prefix(e, "put %s: not published", o->key);
	plan.fd = u->source.fd;
	plan.source = u->source.name;
	u->parts = parts_open(&plan, e);
	return u->parts != NULL ? 0 : -1;
}

static int
put(struct upload *u, const struct config *config, struct error *e)
{
	const struct options *o = u->options;
	int rc = -1;

	if (s3_new_id(u->id) != 0)
		return error_set(e, ERROR_FAILED, "no random numbers");
	u->s3 = s3_open(config, u->stop, e);
	if (u->s3 == NULL)
		return -1;
	/* -n: before anything is read. */
	if (check_free(u, e) == 0 && open_source(u, config, e) == 0)
		rc = put_stream(u, e);
	progress_end(&u->progress);
	if (rc != 0)
		undo(u, e);
	else if (o->verbose)
		report("put %s: %" PRIu64 " bytes in %u %s, %.2f s", o->key,
		    parts_bytes(u->parts), parts_count(u->parts),
		    parts_count(u->parts) == 1 ? "part" : "parts",
		    progress_seconds(&u->progress));
	if (u->doubt)
		leftover_tell(u->s3, o->key, u->upload, u->began);
	parts_free(u->parts);
	source_close(&u->source);
	s3_close(u->s3);
	free(u->upload);
	return rc;
}

static int
run(const struct options *o, struct stop *stop, struct error *e)
{
	struct upload u = {.options = o, .stop = stop};
	struct config config;
	int rc;

	if (source_marker(&u.source, o->marker, e) != 0 ||
	    config_load(&config, o->bucket, stop, e) != 0)
		return -1;
	config.neverywhere = header_everywhere(&o->headers, config.everywhere);
	config_tell(&config, o->verbose);
	progress_start(&u.progress, "s3put", o->quiet);
	rc = put(&u, &config, e);
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
	report_program("s3put");
	rc = parse(argc, argv, &options, &e);
	if (rc == 0 && (rc = stop_open(&stop, &e)) == 0) {
		signals_catch(&stop);
		rc = run(&options, &stop, &e);
	}
	header_free(&options.headers);
	return rc > 0 ? 0 : signals_finish(rc != 0 ? &e : NULL);
}
