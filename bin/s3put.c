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
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "config.h"
#include "error.h"
#include "fdio.h"
#include "header.h"
#include "options.h"
#include "partsize.h"
#include "pipeline.h"
#include "progress.h"
#include "report.h"
#include "s3.h"
#include "signals.h"
#include "stop.h"

static const char usage[] =
    "usage: s3put [-nqv] [-b bucket] [-c file] [-H header]... [-j jobs]\n"
    "             [-m name=value]... [-p partsize] [-t type] key\n"
    "             [command [argument ...]]\n";

enum { JOBS = 4, STALE_SECONDS = 60 };

struct options {
	bool no_replace, quiet, verbose;
	const char *bucket, *marker, *key;
	unsigned jobs;
	uint64_t part; /* 0: by the schedule */
	struct header_list headers;
	char *const *command; /* NULL: stdin */
};

/* A part of the stream, and the ETag it has got. */
struct part {
	unsigned number;
	size_t size, capacity;
	char *bytes;
	char etag[S3_ETAG];
};

struct upload {
	const struct options *options;
	struct stop *stop;
	struct s3 *main; /* for all but parts */
	struct s3 **workers; /* for parts, one each */
	struct command command;
	int fd;
	const char *source; /* for messages */
	char id[S3_ID];
	struct part *slots;
	unsigned nslots, window; /* all of them; those in use */
	unsigned read; /* parts so far */
	char carry; /* the byte after the first part, read to see if any */
	bool carried, started, ended;
	uint64_t total; /* bytes read */
	char *upload; /* of a multipart upload, else NULL */
	char (*etags)[S3_ETAG];
	unsigned done;
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
		return options_tell(c, usage, "s3put");
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

/* A marker from before this run says nothing about it. */
static int
check_stale(const struct options *o, struct error *e)
{
	struct stat st;

	if (o->marker == NULL || stat(o->marker, &st) != 0)
		return 0;
	if (time(NULL) - st.st_mtime < STALE_SECONDS)
		return 0;
	return error_set(e, ERROR_USAGE,
	    "-c %s: the file is older than this run", o->marker);
}

/* With -n: fails if the key is taken. */
static int
check_free(struct upload *u, struct error *e)
{
	struct s3_object object;

	if (!u->options->no_replace)
		return 0;
	if (s3_head(u->main, u->options->key, &object, e) == 0)
		return error_set(
		    e, ERROR_EXISTS, "put %s: the key exists", u->options->key);
	return e->status == ERROR_ABSENT ? 0 : -1;
}

/* After the end of the input: whether it was whole. */
static int
check_whole(struct upload *u, struct error *e)
{
	const struct options *o = u->options;
	struct stat st;

	if (o->command != NULL && command_wait(&u->command, u->stop, e) != 0)
		return error_prefix(e, "put %s: not published", o->key);
	if (o->marker != NULL && stat(o->marker, &st) != 0)
		return error_set(e, ERROR_FAILED,
		    "put %s: not published: -c %s: %s", o->key, o->marker,
		    strerror(errno));
	if (stop_raised(u->stop))
		return error_set(e, ERROR_FAILED, "stopped");
	return 0;
}

/* Makes the part's memory as large as the part is to be. */
static int
make_room(struct part *p, uint64_t size, struct error *e)
{
	if (p->capacity == size)
		return 0;
	free(p->bytes);
	p->capacity = 0;
	p->bytes = malloc(size);
	if (p->bytes == NULL)
		return error_set(e, ERROR_FAILED,
		    "out of memory for a part of %" PRIu64 " bytes", size);
	p->capacity = size;
	return 0;
}

static int
check_limits(const struct upload *u, size_t more, struct error *e)
{
	if (u->read >= PARTSIZE_PARTS && more > 0)
		return error_set(e, ERROR_FAILED,
		    "put %s: more than %d parts of %" PRIu64
		    " bytes: give a larger -p",
		    u->options->key, PARTSIZE_PARTS,
		    partsize_bytes(u->read, u->options->part));
	if (u->total + more > PARTSIZE_TOTAL)
		return error_set(e, ERROR_FAILED,
		    "put %s: more than 5 TiB, the largest object there is",
		    u->options->key);
	return 0;
}

/* Those in flight and the one that is being read: fewer as parts grow. */
static unsigned
use_slots(void *ctx)
{
	struct upload *u = ctx;
	const struct options *o = u->options;

	return partsize_flight(u->read + 1, o->part, o->jobs) + 1;
}

/* Frees what is out of use where the window has changed: all is drained. */
static void
free_unused(struct upload *u)
{
	unsigned i, window = use_slots(u);

	for (i = window; window != u->window && i < u->nslots; i++) {
		free(u->slots[i].bytes);
		u->slots[i].bytes = NULL;
		u->slots[i].capacity = 0;
	}
	u->window = window;
}

/* Reads the next part, which is empty only at the end of the stream. */
static int
fill(struct upload *u, struct part *p, struct error *e)
{
	uint64_t size = partsize_bytes(u->read + 1, u->options->part);
	size_t have = 0;
	ssize_t n;

	p->size = 0;
	free_unused(u);
	if (make_room(p, size, e) != 0)
		return -1;
	if (u->carried) {
		p->bytes[0] = u->carry;
		u->carried = false;
		have = 1;
	}
	n = fdio_fill(
	    u->fd, u->source, p->bytes + have, p->capacity - have, u->stop, e);
	if (n < 0)
		return -1;
	p->size = have + (size_t)n;
	u->ended = p->size < p->capacity;
	if (check_limits(u, p->size, e) != 0)
		return -1;
	u->total += p->size;
	if (p->size > 0)
		p->number = ++u->read;
	return 0;
}

static int
read_part(void *ctx, void *slot, struct error *e)
{
	struct upload *u = ctx;
	struct part *p = slot;

	if (!u->started) { /* the first is in the first slot already */
		u->started = true;
		return 1;
	}
	if (u->ended)
		return 0;
	return fill(u, p, e) != 0 ? -1 : p->size > 0;
}

static int
send_part(void *ctx, unsigned worker, void *slot, struct error *e)
{
	struct upload *u = ctx;
	struct part *p = slot;

	return s3_upload_part(u->workers[worker], u->options->key, u->upload,
	    p->number, p->bytes, p->size, p->etag, e);
}

static int
collect_part(void *ctx, void *slot, struct error *e)
{
	struct upload *u = ctx;
	struct part *p = slot;

	(void)e;
	memcpy(u->etags[u->done++], p->etag, S3_ETAG);
	progress_add(&u->progress, p->size);
	return 0;
}

static int
send_parts(struct upload *u, struct error *e)
{
	struct pipeline p = {.read = read_part,
	    .work = send_part,
	    .write = collect_part,
	    .window = use_slots,
	    .ctx = u,
	    .workers = u->options->jobs,
	    .slots = u->slots,
	    .slot_size = sizeof *u->slots,
	    .nslots = u->nslots,
	    .stop = u->stop};

	return pipeline_run(&p, e);
}

/* Confirms the size of what Complete has made. */
static int
confirm_size(struct upload *u, struct error *e)
{
	struct s3_object object;

	if (s3_head(u->main, u->options->key, &object, e) != 0) {
		/* Who may only put cannot ask; Complete's answer stands. */
		return e->status == ERROR_FORBIDDEN ? 0 : -1;
	}
	if (object.size == u->total || strcmp(object.id, u->id) != 0)
		return 0;
	return error_set(e, ERROR_FAILED,
	    "put %s: the store has %" PRIu64 " bytes of %" PRIu64,
	    u->options->key, object.size, u->total);
}

static int
put_multipart(struct upload *u, const struct s3_headers *h, struct error *e)
{
	const char *key = u->options->key;
	struct s3_completion done = {
	    .id = u->id, .if_none = u->options->no_replace};

	if (s3_create(u->main, key, h, &u->upload, e) != 0 ||
	    send_parts(u, e) != 0 || check_whole(u, e) != 0 ||
	    check_free(u, e) != 0)
		return -1;
	done.upload = u->upload;
	done.etags = (const char(*)[S3_ETAG])u->etags;
	done.n = u->done;
	done.size = u->total;
	if (s3_complete(u->main, key, &done, e) != 0)
		return -1;
	free(u->upload);
	u->upload = NULL;
	return confirm_size(u, e);
}

static int
put_single(struct upload *u, struct s3_headers *h, struct error *e)
{
	struct part *p = &u->slots[0];

	if (check_whole(u, e) != 0 || check_free(u, e) != 0)
		return -1;
	if (s3_put(u->main, u->options->key, p->bytes, p->size, h, e) != 0)
		return -1;
	progress_add(&u->progress, p->size);
	return 0;
}

/*
 * Reads the first part, and a byte more where it is full, to know whether it
 * is the only one.
 */
static int
read_first(struct upload *u, struct error *e)
{
	ssize_t n;

	if (fill(u, &u->slots[0], e) != 0)
		return -1;
	if (u->ended)
		return 0;
	n = fdio_read(u->fd, u->source, &u->carry, 1, u->stop, e);
	u->carried = n > 0;
	u->ended = n == 0;
	return n < 0 ? -1 : 0;
}

static int
put_stream(struct upload *u, const struct config *config, struct error *e)
{
	struct sigv4_pair pairs[HEADER_MAX + 3];
	struct s3_headers h = {.pairs = pairs};
	unsigned i;

	if (read_first(u, e) != 0)
		return -1;
	memcpy(pairs, u->options->headers.pairs,
	    u->options->headers.n * sizeof *pairs);
	h.n = u->options->headers.n;
	pairs[h.n++] = (struct sigv4_pair){S3_ID_HEADER, u->id};
	if (u->ended) {
		if (u->options->no_replace)
			pairs[h.n++] =
			    (struct sigv4_pair){"If-None-Match", "*"};
		return put_single(u, &h, e);
	}
	for (i = 0; i < u->options->jobs; i++) {
		u->workers[i] = s3_open(config, u->stop, e);
		if (u->workers[i] == NULL)
			return -1;
	}
	return put_multipart(u, &h, e);
}

/* Leaves nothing behind: the command, the multipart upload. */
static void
undo(struct upload *u, struct error *e)
{
	struct error why;

	command_end(&u->command);
	if (u->upload == NULL)
		return;
	s3_cleanup(u->main);
	if (s3_abort(u->main, u->options->key, u->upload, &why) != 0)
		error_append(e,
		    "; and upload %s is left behind (s3ls -u | s3rm -u "
		    "removes it): %s",
		    u->upload, why.text);
}

static int
open_source(struct upload *u, struct error *e)
{
	u->fd = STDIN_FILENO;
	u->source = "stdin";
	if (u->options->command == NULL)
		return 0;
	if (command_start(&u->command, u->options->command, e) != 0)
		return error_prefix(
		    e, "put %s: not published", u->options->key);
	u->fd = u->command.fd;
	u->source = u->command.name;
	return 0;
}

static int
put(struct upload *u, const struct config *config, struct error *e)
{
	if (s3_new_id(u->id) != 0)
		return error_set(e, ERROR_FAILED, "no random numbers");
	u->main = s3_open(config, u->stop, e);
	if (u->main == NULL)
		return -1;
	/* -n: before anything is read. */
	if (check_free(u, e) != 0 || open_source(u, e) != 0)
		return -1;
	if (put_stream(u, config, e) != 0) {
		undo(u, e);
		return -1;
	}
	return 0;
}

static int
allocate(struct upload *u, struct error *e)
{
	unsigned jobs = u->options->jobs;

	u->command.fd = -1;
	u->nslots = u->window = jobs + 1;
	u->slots = calloc(u->nslots, sizeof *u->slots);
	u->workers = calloc(jobs, sizeof(struct s3 *));
	u->etags = calloc(PARTSIZE_PARTS, sizeof *u->etags);
	if (u->slots == NULL || u->workers == NULL || u->etags == NULL)
		return error_set(e, ERROR_FAILED, "out of memory");
	return 0;
}

static void
release(struct upload *u)
{
	unsigned i;

	for (i = 0; u->slots != NULL && i < u->nslots; i++)
		free(u->slots[i].bytes);
	for (i = 0; u->workers != NULL && i < u->options->jobs; i++)
		s3_close(u->workers[i]);
	s3_close(u->main);
	free(u->upload);
	free(u->etags);
	free(u->workers);
	free(u->slots);
}

static int
run(const struct options *o, struct stop *stop, struct error *e)
{
	struct upload u = {.options = o, .stop = stop};
	struct config config;
	int rc;

	if (check_stale(o, e) != 0 || config_load(&config, o->bucket, e) != 0)
		return -1;
	progress_start(&u.progress, "s3put", o->quiet);
	rc = allocate(&u, e);
	if (rc == 0)
		rc = put(&u, &config, e);
	progress_end(&u.progress);
	if (rc == 0 && o->verbose)
		report("put %s: %" PRIu64 " bytes in %u %s, %.2f s", o->key,
		    u.total, u.read, u.read == 1 ? "part" : "parts",
		    progress_seconds(&u.progress));
	release(&u);
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
