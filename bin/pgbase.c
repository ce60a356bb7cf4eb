/*
 * pgbase: a base backup of a cluster to stdout, as one tar archive.
 *
 *     server -> archives of the tablespaces --+
 *               archive of the data directory +-> one archive -> stdout
 *               manifest ---------------------+
 */
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/options.h"
#include "base/report.h"
#include "io/fdio.h"
#include "io/signals.h"
#include "io/stop.h"
#include "sql/basebackup.h"

static const char usage[] =
    "usage: pgbase [-c fast|spread] [-l label] [-t file]\n";

struct options {
	bool spread;
	const char *label;
	const char *spaces; /* the file of the tablespaces, or NULL */
};

/* Takes one option. Returns 0, 1 if the program is done, or -1. */
static int
take_option(int c, char *argv[], struct options *o, struct error *e)
{
	switch (c) {
	case 'c':
		o->spread = strcmp(optarg, "spread") == 0;
		if (!o->spread && strcmp(optarg, "fast") != 0)
			return error_set(e, ERROR_USAGE,
			    "-c is fast or spread, not %s", optarg);
		return 0;
	case 'l':
		o->label = optarg;
		return 0;
	case 't':
		o->spaces = optarg;
		return 0;
	case 'h':
	case 'V':
		return options_tell(c, usage, "pgbase", "", e);
	default:
		return options_refused(c, argv, e);
	}
}

/* Returns as take_option. */
static int
parse(int argc, char *argv[], struct options *o, struct error *e)
{
	static const struct option longs[] = {
	    {"checkpoint", required_argument, NULL, 'c'},
	    {"label", required_argument, NULL, 'l'},
	    {"tablespaces", required_argument, NULL, 't'},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'V'},
	    {0},
	};
	int c, rc;

	*o = (struct options){.label = "pgbase"};
	opterr = 0;
	while ((c = getopt_long(argc, argv, "+:c:l:t:hV", longs, NULL)) != -1) {
		rc = take_option(c, argv, o, e);
		if (rc != 0)
			return rc;
	}
	if (argv[optind] != NULL)
		return error_set(
		    e, ERROR_USAGE, "unexpected operand: %s", argv[optind]);
	return 0;
}

/* Writes the list of tablespaces and closes the descriptor. */
static int
write_spaces(int fd, const struct basebackup *b, struct error *e)
{
	struct fdio_output out;

	fdio_output(&out, fd, "--tablespaces");
	if (fdio_write(&out, b->spaces.data, b->spaces.size, b->stop, e) != 0)
		return -1;
	return fdio_finish(&out, e);
}

static int
run(const struct options *o, struct basebackup *b, struct error *e)
{
	struct fdio_output out;
	int fd = -1, rc;

	/* Before hours of work: whether it can be written. */
	if (o->spaces != NULL &&
	    (fd = open(o->spaces, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
		 0666)) < 0)
		return error_errno(e, "%s", o->spaces);
	fdio_output(&out, STDOUT_FILENO, "stdout");
	b->output = &out;
	rc = basebackup_run(b, o->label, o->spread, e);
	if (rc == 0)
		rc = fdio_finish(&out, e);
	if (rc == 0 && fd >= 0)
		rc = write_spaces(fd, b, e);
	else if (fd >= 0)
		close(fd);
	return rc;
}

int
main(int argc, char *argv[])
{
	struct basebackup b = {0};
	struct error e = {0};
	struct options o;
	struct stop stop;
	int rc;

	fdio_standard();
	report_program("pgbase");
	rc = parse(argc, argv, &o, &e);
	if (rc == 0 && isatty(STDOUT_FILENO))
		rc = error_set(&e, ERROR_USAGE,
		    "stdout is a terminal: an archive goes to a pipe or file");
	if (rc == 0 && (rc = stop_open(&stop, &e)) == 0) {
		/* While it connects a signal ends it as any program. */
		rc = basebackup_open(&b, &e);
		b.stop = &stop;
		signals_catch(&stop);
		if (rc == 0)
			rc = run(&o, &b, &e);
		basebackup_close(&b);
	}
	return rc > 0 ? 0 : signals_finish(rc != 0 ? &e : NULL);
}
