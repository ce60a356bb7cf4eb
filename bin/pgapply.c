/*
 * pgapply: a plain dump on stdin, into a database by several sessions.
 *
 *     stdin -> statements -> the first session, in order
 *              settings   -> all sessions
 *              rows       -> all sessions, a block of lines at a time
 *              indexes    -> whichever session is free
 */
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/options.h"
#include "base/report.h"
#include "io/fdio.h"
#include "io/signals.h"
#include "io/stop.h"
#include "sql/apply.h"
#include "sql/selection.h"

static const char usage[] =
    "usage: pgapply [-cnOvx] [-j jobs] [-N name]... [-t table]... "
    "[-T kind]...\n"
    "               [dbname]\n";

enum { JOBS = 2 };

/* Options that have no letter. */
enum {
	ALSO = 256,
	DEFER,
	DEFERRED,
	SCHEMA,
	SEARCH_PATH,
	SINGLE,
	TALLY,
	TRY,
};

/* Arguments of an option that may be given several times. */
struct list {
	const char **each;
	size_t count;
};

struct options {
	struct list without, tables, schemas, also, kinds, defer, tried;
	bool count, list, no_owner, no_grants, single, verbose;
	unsigned jobs;
	const char *database; /* NULL: libpq's default */
	const char *deferred, *search_path, *tally; /* NULL: not given */
};

static int
add(struct list *l, const char *option, const char *text, struct error *e)
{
	const char **more;

	if (*text == '\0')
		return error_set(
		    e, ERROR_USAGE, "%s: the argument is empty", option);
	more = realloc(l->each, (l->count + 1) * sizeof *more);
	if (more == NULL)
		return error_set(e, ERROR_FAILED, "out of memory");
	more[l->count++] = text;
	l->each = more;
	return 0;
}

/* Takes one option. Returns 0, 1 if the program is done, or -1. */
static int
take_option(int c, char *argv[], struct options *o, struct error *e)
{
	switch (c) {
	case 'c':
		o->count = true;
		return 0;
	case 'n':
		o->list = true;
		return 0;
	case 'O':
		o->no_owner = true;
		return 0;
	case 'x':
		o->no_grants = true;
		return 0;
	case 'v':
		o->verbose = true;
		return 0;
	case 'j':
		return options_jobs(optarg, &o->jobs, e);
	case 'N':
		return add(&o->without, "-N", optarg, e);
	case 't':
		return add(&o->tables, "-t", optarg, e);
	case 'T':
		return add(&o->kinds, "-T", optarg, e);
	case ALSO:
		return add(&o->also, "--also", optarg, e);
	case SCHEMA:
		return add(&o->schemas, "--schema", optarg, e);
	case SINGLE:
		o->single = true;
		return 0;
	case DEFER:
		return add(&o->defer, "--defer", optarg, e);
	case DEFERRED:
		o->deferred = optarg;
		return 0;
	case SEARCH_PATH:
		o->search_path = optarg;
		return 0;
	case TRY:
		return add(&o->tried, "--try", optarg, e);
	case TALLY:
		o->tally = optarg;
		return 0;
	case 'h':
	case 'V':
		return options_tell(c, usage, "pgapply", "", e);
	default:
		return options_refused(c, argv, e);
	}
}

static int
check(const struct options *o, char *operands[], struct error *e)
{
	if (o->database != NULL && operands[1] != NULL)
		return error_set(
		    e, ERROR_USAGE, "more than one database: %s", operands[1]);
	if (o->database != NULL && *o->database == '\0')
		return error_set(
		    e, ERROR_USAGE, "the name of the database is empty");
	if (o->list && (o->count || o->tally != NULL))
		return error_set(e, ERROR_USAGE,
		    "%s counts rows that are loaded, and -n loads none",
		    o->count ? "-c" : "--tally");
	if ((o->defer.count > 0) != (o->deferred != NULL))
		return error_set(e, ERROR_USAGE,
		    "--defer says what goes to the file of --deferred: give "
		    "both");
	return 0;
}

/* Returns as take_option. */
static int
parse(int argc, char *argv[], struct options *o, struct error *e)
{
	static const struct option longs[] = {
	    {"count", no_argument, NULL, 'c'},
	    {"list", no_argument, NULL, 'n'},
	    {"no-owner", no_argument, NULL, 'O'},
	    {"no-privileges", no_argument, NULL, 'x'},
	    {"verbose", no_argument, NULL, 'v'},
	    {"jobs", required_argument, NULL, 'j'},
	    {"exclude-name", required_argument, NULL, 'N'},
	    {"table", required_argument, NULL, 't'},
	    {"exclude-kind", required_argument, NULL, 'T'},
	    {"also", required_argument, NULL, ALSO},
	    {"schema", required_argument, NULL, SCHEMA},
	    {"single-transaction", no_argument, NULL, SINGLE},
	    {"defer", required_argument, NULL, DEFER},
	    {"deferred", required_argument, NULL, DEFERRED},
	    {"search-path", required_argument, NULL, SEARCH_PATH},
	    {"try", required_argument, NULL, TRY},
	    {"tally", required_argument, NULL, TALLY},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'V'},
	    {0},
	};
	int c, rc;

	*o = (struct options){.jobs = JOBS};
	opterr = 0;
	while ((c = getopt_long(
		    argc, argv, "+:cnOvxj:N:t:T:hV", longs, NULL)) != -1) {
		rc = take_option(c, argv, o, e);
		if (rc != 0)
			return rc;
	}
	o->database = argv[optind];
	return check(o, argv + optind, e);
}

/* What was not loaded is said, whether or not anything failed. */
static void
tell_left(const struct selection *s)
{
	struct buffer text = {0};

	selection_tell(s, &text);
	if (text.size > 0)
		report("left out: %s", text.data);
	buffer_free(&text);
}

/* Writes the text and closes the descriptor. */
static int
write_text(int fd, const char *name, const struct buffer *text,
    const struct stop *stop, struct error *e)
{
	struct fdio_output out;

	fdio_output(&out, fd, name);
	if (fdio_write(&out, text->data, text->size, stop, e) != 0)
		return -1;
	return fdio_finish(&out, e);
}

/* Applies the dump; both texts are the caller's to free. */
static int
apply(const struct options *o, const struct stop *stop, struct buffer *text,
    struct buffer *facts, struct error *e)
{
	struct selection selection = {.without = o->without.each,
	    .nwithout = o->without.count,
	    .tables = o->tables.each,
	    .ntables = o->tables.count,
	    .schemas = o->schemas.each,
	    .nschemas = o->schemas.count,
	    .also = o->also.each,
	    .nalso = o->also.count,
	    .kinds = o->kinds.each,
	    .nkinds = o->kinds.count,
	    .deferred = o->defer.each,
	    .ndeferred = o->defer.count,
	    .tried = o->tried.each,
	    .ntried = o->tried.count,
	    .no_owner = o->no_owner,
	    .no_grants = o->no_grants};
	struct apply a = {.fd = STDIN_FILENO,
	    .name = "stdin",
	    .stop = stop,
	    .database = o->database,
	    .jobs = o->single ? 1 : o->jobs,
	    .single = o->single,
	    .list = o->list,
	    .verbose = o->verbose,
	    .selection = &selection,
	    .search_path = o->search_path,
	    .deferred = o->deferred,
	    .text = text,
	    .facts = facts};
	int rc = apply_run(&a, e);

	tell_left(&selection);
	if (rc == 0 && o->verbose && !o->list)
		report("%" PRIu64 " statements, %" PRIu64 " rows", a.statements,
		    a.rows);
	selection_free(&selection);
	return rc;
}

static int
run(const struct options *o, const struct stop *stop, struct error *e)
{
	struct buffer text = {0}, facts = {0};
	int fd = -1, rc = -1;

	/* Before hours of work: whether it can be written. */
	if (o->tally != NULL &&
	    (fd = open(
		 o->tally, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) < 0)
		return error_errno(e, "%s", o->tally);
	rc = apply(o, stop, &text, o->tally != NULL ? &facts : NULL, e);
	if (rc == 0 && o->tally != NULL)
		rc = write_text(fd, "--tally", &facts, stop, e);
	else if (fd >= 0)
		close(fd);
	if (rc == 0 && (o->list || o->count))
		rc = write_text(STDOUT_FILENO, "stdout", &text, stop, e);
	buffer_free(&facts);
	buffer_free(&text);
	return rc;
}

int
main(int argc, char *argv[])
{
	struct error e = {0};
	struct options o;
	struct stop stop;
	int rc;

	fdio_standard();
	report_program("pgapply");
	rc = parse(argc, argv, &o, &e);
	if (rc == 0 && (rc = stop_open(&stop, &e)) == 0) {
		signals_catch(&stop);
		rc = run(&o, &stop, &e);
	}
	free(o.without.each);
	free(o.tables.each);
	free(o.schemas.each);
	free(o.also.each);
	free(o.kinds.each);
	free(o.defer.each);
	free(o.tried.each);
	return rc > 0 ? 0 : signals_finish(rc != 0 ? &e : NULL);
}
