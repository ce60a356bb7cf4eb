/*
 * s3get: one object to stdout.
 *
 *     options -> a plan -> download_run -> a report
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/error.h"
#include "base/options.h"
#include "base/progress.h"
#include "base/report.h"
#include "io/fdio.h"
#include "io/signals.h"
#include "io/stop.h"
#include "s3/config.h"
#include "s3/download.h"

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
run(const struct options *o, struct stop *stop, struct error *e)
{
	struct progress progress;
	struct config config;
	struct download_result result;
	struct download_plan plan = {.key = o->key,
	    .range = o->range,
	    .jobs = o->jobs,
	    .fd = STDOUT_FILENO,
	    .name = "stdout",
	    .config = &config,
	    .stop = stop,
	    .progress = &progress};
	int rc;

	if (config_load(&config, o->bucket, stop, e) != 0)
		return -1;
	config_tell(&config, o->verbose);
	progress_start(&progress, "s3get", o->quiet);
	rc = download_run(&plan, &result, e);
	progress_end(&progress);
	if (rc == 0 && o->verbose)
		report("get %s: %" PRIu64 " bytes, etag %s, %.2f s", o->key,
		    result.size, result.etag, progress_seconds(&progress));
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
