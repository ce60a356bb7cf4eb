/*
 * s3rm: deletes the keys given, or those on stdin.
 *
 *     options -> a plan -> removal_run -> a report
 */
#include <getopt.h>
#include <stdio.h>

#include "base/error.h"
#include "base/options.h"
#include "base/report.h"
#include "io/fdio.h"
#include "io/signals.h"
#include "io/stop.h"
#include "s3/config.h"
#include "s3/removal.h"

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
		if (removal_check(argv[optind], o->uploads, e) != 0)
			return -1;
	}
	return 0;
}

static void
tell(const struct options *o, const struct removal_result *r)
{
	if (o->verbose)
		report("%zu %s, %zu failed", r->gone,
		    o->dry_run ? "would go" : "gone", r->failed);
}

static int
run(const struct options *o, struct stop *stop, struct error *e)
{
	struct config config;
	struct removal_result result;
	struct removal_plan plan = {.keys = o->keys,
	    .terminator = o->terminator,
	    .uploads = o->uploads,
	    .quiet = o->quiet,
	    .jobs = o->jobs,
	    .config = o->dry_run ? NULL : &config,
	    .stop = stop};
	int rc;

	if (!o->dry_run) {
		if (config_load(&config, o->bucket, stop, e) != 0)
			return -1;
		config_tell(&config, o->verbose);
	}
	rc = removal_run(&plan, &result, e);
	if (result.done)
		tell(o, &result);
	if (!o->dry_run)
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
