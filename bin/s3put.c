/*
 * s3put: stdin, or what a command writes, to one object.
 *
 *     options -> a plan -> upload_run -> a report
 *
 * Nothing is published before the input is known to be whole: a command must
 * have exited with 0, a file of -c must be there.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

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
#include "s3/partsize.h"
#include "s3/upload.h"

static const char usage[] =
    "usage: s3put [-elnqv] [-b bucket] [-c file] [-H header]... [-j jobs]\n"
    "             [-m name=value]... [-p partsize] [-t type] key\n"
    "             [command [argument ...]]\n";

enum { JOBS = 4 };

struct options {
	bool equal, listed, no_replace, quiet, verbose;
	const char *bucket, *marker, *key;
	unsigned jobs;
	uint64_t part; /* 0: by the schedule */
	struct header_list headers;
	char *const *command; /* NULL: stdin */
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
	case 'e':
		o->equal = true;
		return 0;
	case 'l':
		o->listed = true;
		return 0;
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
	    {"equal", no_argument, NULL, 'e'},
	    {"listed", no_argument, NULL, 'l'},
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
	while ((c = getopt_long(argc, argv, "+:elnqvb:c:H:j:m:p:t:hV", longs,
		    NULL)) != -1) {
		if ((rc = parse_option(o, c, argv, e)) != 0)
			return rc;
	}
	o->key = argv[optind];
	if (o->key == NULL)
		return error_set(
		    e, ERROR_USAGE, "no key is given (s3put -h helps)");
	if (o->equal && !o->no_replace)
		return error_set(e, ERROR_USAGE, "-e goes with -n");
	if (argv[optind + 1] != NULL)
		o->command = argv + optind + 1;
	return options_key(o->key, e);
}

static void
tell(const struct options *o, const struct upload_result *r,
    const struct progress *progress)
{
	if (r->same) {
		report("put %s: the same %" PRIu64 " bytes are there already",
		    o->key, r->bytes);
		return;
	}
	report("put %s: %" PRIu64 " bytes in %u %s, %.2f s", o->key, r->bytes,
	    r->parts, r->parts == 1 ? "part" : "parts",
	    progress_seconds(progress));
}

static int
run(const struct options *o, struct stop *stop, struct error *e)
{
	struct source source = {0};
	struct progress progress;
	struct config config;
	struct upload_result result = {0};
	struct upload_plan plan = {.key = o->key,
	    .no_replace = o->no_replace,
	    .same_is_success = o->equal,
	    .listed = o->listed,
	    .part_size = o->part,
	    .jobs = o->jobs,
	    .headers = &o->headers,
	    .command = o->command,
	    .source = &source,
	    .config = &config,
	    .stop = stop,
	    .progress = &progress};
	int rc;

	if (source_marker(&source, o->marker, e) != 0 ||
	    config_load(&config, o->bucket, stop, e) != 0)
		return -1;
	config_headers(&config, &o->headers);
	config_tell(&config, o->verbose);
	progress_start(&progress, "s3put", o->quiet);
	rc = upload_run(&plan, &result, e);
	progress_end(&progress);
	if (result.stored && o->verbose)
		tell(o, &result, &progress);
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
