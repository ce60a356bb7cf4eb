/*
 * gzstream: gzip to and from, on all cores.
 *
 *     stdin or a command -> compress   -> members, then the end marker
 *     stdin or a command -> decompress -> the data, if the stream was whole
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/number.h"
#include "base/options.h"
#include "base/report.h"
#include "gzip/codec.h"
#include "gzip/compress.h"
#include "gzip/decompress.h"
#include "io/fdio.h"
#include "io/signals.h"
#include "io/source.h"
#include "io/stop.h"
#include "io/tail.h"

static const char usage[] =
    "usage: gzstream [-dtv] [-1 ... -9] [-j jobs] [-s blocksize]\n"
    "                [command [argument ...]]\n";

struct options {
	bool decompress, test, verbose;
	int level;
	unsigned jobs;
	uint64_t block;
	const char *tail; /* where the end of the data goes, or NULL */
	char **command; /* NULL: stdin */
};

/* What has flowed, for -v. */
struct tally {
	uint64_t in, out;
};

static unsigned
processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	if (n < 1)
		return 1;
	return n < OPTIONS_JOBS_MAX ? (unsigned)n : OPTIONS_JOBS_MAX;
}

/* Takes one option. Returns 0, 1 if the program is done, or -1. */
static int
take_option(int c, char *argv[], struct options *o, struct error *e)
{
	char libraries[128];

	switch (c) {
	case 'd':
		o->decompress = true;
		return 0;
	case 't':
		o->decompress = o->test = true;
		return 0;
	case 'v':
		o->verbose = true;
		return 0;
	case 'j':
		return options_jobs(optarg, &o->jobs, e);
	case 's':
		return options_size('s', optarg, COMPRESS_BLOCK_MIN,
		    COMPRESS_BLOCK_MAX, &o->block, e);
	case 'h':
	case 'V':
		return options_tell(c, usage, "gzstream",
		    codec_versions(libraries, sizeof libraries), e);
	case '?':
	case ':':
		return options_refused(c, argv, e);
	default:
		o->level = c - '0';
		return 0;
	}
}

/* Returns as take_option. */
static int
parse(int argc, char *argv[], struct options *o, struct error *e)
{
	static const struct option longs[] = {
	    {"decompress", no_argument, NULL, 'd'},
	    {"test", no_argument, NULL, 't'},
	    {"verbose", no_argument, NULL, 'v'},
	    {"jobs", required_argument, NULL, 'j'},
	    {"block-size", required_argument, NULL, 's'},
	    {"fast", no_argument, NULL, '0' + CODEC_FASTEST},
	    {"best", no_argument, NULL, '0' + CODEC_BEST},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'V'},
	    {0},
	};
	int c, rc;

	*o = (struct options){.level = CODEC_DEFAULT,
	    .jobs = processors(),
	    .block = COMPRESS_BLOCK,
	    .tail = getenv("GZSTREAM_TAIL")};
	opterr = 0;
	while ((c = getopt_long(
		    argc, argv, "+:dtv123456789j:s:hV", longs, NULL)) != -1) {
		rc = take_option(c, argv, o, e);
		if (rc != 0)
			return rc;
	}
	if (optind < argc)
		o->command = argv + optind;
	if (!o->decompress && isatty(STDOUT_FILENO))
		return error_set(e, ERROR_USAGE,
		    "compressed data is not written to a terminal");
	return 0;
}

static int
do_compress(const struct options *o, struct source *source, struct tally *tally,
    struct error *e)
{
	struct fdio_output out;
	struct tail tail = {0};
	struct compress c = {.in = source->fd,
	    .name = source->name,
	    .out = &out,
	    .stop = source->stop,
	    .level = o->level,
	    .jobs = o->jobs,
	    .block = (size_t)o->block,
	    .tail = &tail};

	fdio_output(&out, STDOUT_FILENO, "stdout");
	if (compress_run(&c, e) != 0)
		return -1;
	/* Only now is it known whether all was there: no end marker if not. */
	if (source_whole(source, e) != 0)
		return -1;
	if (o->tail != NULL && tail_write(&tail, o->tail, e) != 0)
		return -1;
	if (compress_end(&c, e) != 0 || fdio_finish(&out, e) != 0)
		return -1;
	*tally = (struct tally){.in = c.bytes_in, .out = c.bytes_out};
	return 0;
}

static int
do_decompress(const struct options *o, struct source *source,
    struct tally *tally, struct error *e)
{
	struct fdio_output out;
	struct tail tail = {0};
	struct decompress d = {.in = source->fd,
	    .name = source->name,
	    .out = o->test ? NULL : &out,
	    .stop = source->stop,
	    .jobs = o->jobs,
	    .tail = &tail};

	fdio_output(&out, STDOUT_FILENO, "stdout");
	if (decompress_run(&d, e) != 0)
		return -1;
	if (source_whole(source, e) != 0)
		return -1;
	if (o->tail != NULL && tail_write(&tail, o->tail, e) != 0)
		return -1;
	if (fdio_finish(&out, e) != 0)
		return -1;
	*tally = (struct tally){.in = d.bytes_in, .out = d.bytes_out};
	return 0;
}

/* The ratio and the rate are those of the data, either way. */
static void
tell(const struct options *o, const struct tally *t, int64_t ms)
{
	uint64_t data = o->decompress ? t->out : t->in;
	uint64_t packed = o->decompress ? t->in : t->out;
	char in[32], out[32], rate[32];

	report("%s in, %s out, ratio %.2f, %s/s",
	    number_bytes(in, sizeof in, t->in),
	    number_bytes(out, sizeof out, t->out),
	    packed > 0 ? (double)data / (double)packed : 0,
	    number_bytes(
		rate, sizeof rate, data / (uint64_t)(ms > 0 ? ms : 1) * 1000));
}

/* *failure is the status of the command, if that is what failed. */
static int
run(const struct options *o, struct stop *stop, int *failure, struct error *e)
{
	struct source source = {0};
	struct tally tally = {0};
	int64_t start = clock_ms();
	int rc;

	if (source_open(&source, o->command, stop, e) != 0)
		return -1;
	fdio_widen(source.fd);
	fdio_widen(STDOUT_FILENO);
	if (o->decompress)
		rc = do_decompress(o, &source, &tally, e);
	else
		rc = do_compress(o, &source, &tally, e);
	if (rc != 0)
		source_blame(&source, e);
	*failure = source_failure(&source);
	source_close(&source);
	if (rc == 0 && o->verbose)
		tell(o, &tally, clock_ms() - start);
	return rc;
}

int
main(int argc, char *argv[])
{
	struct error e = {0};
	struct options o;
	struct stop stop;
	int rc, failure = 0;

	fdio_standard();
	report_program("gzstream");
	rc = parse(argc, argv, &o, &e);
	if (rc > 0)
		return 0;
	if (rc == 0 && (rc = stop_open(&stop, &e)) == 0) {
		signals_catch(&stop);
		rc = run(&o, &stop, &failure, &e);
	}
	rc = signals_finish(rc != 0 ? &e : NULL);
	return failure != 0 ? failure : rc;
}
