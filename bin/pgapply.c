/*
 * pgapply: a plain dump on stdin, into a database by several sessions.
 *
 *     stdin -> statements -> the first session, in order
 *              settings   -> all sessions
 *              rows       -> all sessions, a block of lines at a time
 *              indexes    -> whichever session is free
 */
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

/* Arguments of an option that may be given several times. */
struct list {
	const char **each;
	size_t count;
};

struct options {
	struct list without, tables, kinds;
	bool count, list, no_owner, no_grants, verbose;
	unsigned jobs;
	const char *database; /* NULL: libpq's default */
};

static int
add(struct list *l, int option, const char *text, struct error *e)
{
	const char **more;

	if (*text == '\0')
		return error_set(
		    e, ERROR_USAGE, "-%c: the argument is empty", option);
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
		return add(&o->without, c, optarg, e);
	case 't':
		return add(&o->tables, c, optarg, e);
	case 'T':
		return add(&o->kinds, c, optarg, e);
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
		    e, ERROR_USAGE, "one database is enough: %s", operands[1]);
	if (o->database != NULL && *o->database == '\0')
		return error_set(
		    e, ERROR_USAGE, "the name of the database is empty");
	if (o->list && o->count)
		return error_set(e, ERROR_USAGE,
		    "-c counts rows that are loaded, and -n loads none");
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

static int
write_text(const struct buffer *text, const struct stop *stop, struct error *e)
{
	struct fdio_output out;

	fdio_output(&out, STDOUT_FILENO, "stdout");
	if (fdio_write(&out, text->data, text->size, stop, e) != 0)
		return -1;
	return fdio_finish(&out, e);
}

static int
run(const struct options *o, const struct stop *stop, struct error *e)
{
	struct selection selection = {.without = o->without.each,
	    .nwithout = o->without.count,
	    .tables = o->tables.each,
	    .ntables = o->tables.count,
	    .kinds = o->kinds.each,
	    .nkinds = o->kinds.count,
	    .no_owner = o->no_owner,
	    .no_grants = o->no_grants};
	struct buffer text = {0};
	struct apply a = {.fd = STDIN_FILENO,
	    .name = "stdin",
	    .stop = stop,
	    .database = o->database,
	    .jobs = o->jobs,
	    .list = o->list,
	    .verbose = o->verbose,
	    .selection = &selection,
	    .text = &text};
	int rc = apply_run(&a, e);

	tell_left(&selection);
	if (rc == 0 && (o->list || o->count))
		rc = write_text(&text, stop, e);
	if (rc == 0 && o->verbose && !o->list)
		report("%" PRIu64 " statements, %" PRIu64 " rows", a.statements,
		    a.rows);
	buffer_free(&text);
	selection_free(&selection);
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
	free(o.kinds.each);
	return rc > 0 ? 0 : signals_finish(rc != 0 ? &e : NULL);
}
