/*
 * retain: keys on stdin, the keys to delete on stdout.
 *
 * Every key is read before anything is judged, and judged before anything is
 * printed: whatever goes wrong on the way, nothing is deleted for it.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/number.h"
#include "base/options.h"
#include "base/report.h"
#include "base/visible.h"
#include "io/fdio.h"
#include "io/records.h"
#include "io/signals.h"
#include "retention/explain.h"
#include "retention/inventory.h"
#include "retention/policy.h"

static const char usage[] =
    "usage: retain [-0akv] [-l n] [-H n] [-d n] [-w n] [-m n] [-y n] [-M n]\n";

enum { FLUSH = 64 << 10, WITHIN = 256 /* an option without a letter */ };

struct options {
	struct policy policy;
	char terminator;
	bool all; /* print a record of every key instead */
	bool keep; /* print the keys to keep instead */
	bool verbose;
};

static int
parse_count(int option, const char *text, struct policy *p, struct error *e)
{
	static const char letters[] = "lHdwmyM"; /* as enum policy_rule */
	int64_t n;

	if (number_parse(text, -1, INT32_MAX, &n) != 0)
		return error_set(e, ERROR_USAGE,
		    "-%c: not a count from 0, nor -1 for no limit: %s", option,
		    text);
	p->keep[strchr(letters, option) - letters] = (int32_t)n;
	return 0;
}

static int
parse_span(const char *text, struct policy *p, struct error *e)
{
	if (policy_parse_span(text, &p->within) == 0)
		return 0;
	return error_set(e, ERROR_USAGE,
	    "--keep-within: not a span such as 1y6m14d12h: %s", text);
}

static int
check(const struct options *o, const char *operand, struct error *e)
{
	if (operand != NULL)
		return error_set(e, ERROR_USAGE,
		    "keys are read from stdin, not given: %s", operand);
	if (policy_is_empty(&o->policy))
		return error_set(e, ERROR_USAGE,
		    "no policy, which would keep nothing: give a count to -l, "
		    "-H, -d, -w, -m or -y, or a span to --keep-within");
	return 0;
}

static int
parse(int argc, char *argv[], struct options *o, struct error *e)
{
	static const struct option longs[] = {
	    {"all", no_argument, NULL, 'a'},
	    {"null", no_argument, NULL, '0'},
	    {"keep", no_argument, NULL, 'k'},
	    {"verbose", no_argument, NULL, 'v'},
	    {"keep-last", required_argument, NULL, 'l'},
	    {"keep-hourly", required_argument, NULL, 'H'},
	    {"keep-daily", required_argument, NULL, 'd'},
	    {"keep-weekly", required_argument, NULL, 'w'},
	    {"keep-monthly", required_argument, NULL, 'm'},
	    {"keep-yearly", required_argument, NULL, 'y'},
	    {"min", required_argument, NULL, 'M'},
	    {"keep-within", required_argument, NULL, WITHIN},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'V'},
	    {0},
	};
	int c;

	*o = (struct options){.terminator = '\n'};
	opterr = 0;
	while ((c = getopt_long(
		    argc, argv, "+:0akvl:H:d:w:m:y:M:hV", longs, NULL)) != -1) {
		switch (c) {
		case '0':
			o->terminator = '\0';
			break;
		case 'a':
			o->all = true;
			break;
		case 'k':
			o->keep = true;
			break;
		case 'v':
			o->verbose = true;
			break;
		case WITHIN:
			if (parse_span(optarg, &o->policy, e) != 0)
				return -1;
			break;
		case 'h':
		case 'V':
			return options_tell(c, usage, "retain", "", e);
		case '?':
		case ':':
			return options_refused(c, argv, e);
		default:
			if (parse_count(c, optarg, &o->policy, e) != 0)
				return -1;
			break;
		}
	}
	if (o->all && o->keep)
		return error_set(
		    e, ERROR_USAGE, "-a and -k exclude each other");
	return check(o, argv[optind], e);
}

/* Keys that tell no time: how many, and the first of them. */
struct untimed {
	size_t count;
	char *first;
};

/* Takes all records. Returns 0, or -1, as for a last one that is cut. */
static int
take_keys(
    struct records *r, struct inventory *v, struct untimed *u, struct error *e)
{
	enum records_result result;
	const char *key;
	size_t length;
	int added;

	while ((result = records_next(r, &key, &length, e)) == RECORDS_ONE) {
		added = inventory_add(v, key, length, e);
		if (added < 0)
			return -1;
		if (added == 0 && u->count++ == 0)
			u->first = strdup(key);
	}
	if (result == RECORDS_CUT)
		return error_set(e, ERROR_FAILED,
		    "stdin ends within a record; it may be half a key: %s",
		    key);
	return result == RECORDS_END ? 0 : -1;
}

static int
read_keys(const struct options *o, struct inventory *v, struct error *e)
{
	struct untimed u = {0};
	struct records *r =
	    records_open(STDIN_FILENO, "stdin", o->terminator, NULL);
	int rc;

	if (r == NULL)
		return error_set(e, ERROR_FAILED, "out of memory");
	rc = take_keys(r, v, &u, e);
	if (rc == 0 && u.count > 0)
		report("keys without a time, left alone: %zu; the first: %s",
		    u.count, u.first != NULL ? u.first : "");
	free(u.first);
	records_free(r);
	return rc;
}

/* Prints the keys to delete, those to keep, or a record of each. */
static int
print_keys(const struct options *o, struct inventory *v,
    struct fdio_output *out, struct buffer *text, struct error *e)
{
	bool terminal = isatty(STDOUT_FILENO);
	struct inventory_key k;

	inventory_rewind(v);
	while (inventory_next_key(v, &k)) {
		if (o->all)
			explain_record(text, &k, terminal);
		else if ((k.reasons != 0) == o->keep)
			visible_add(text, k.key, terminal);
		else
			continue;
		buffer_add(text, &o->terminator, 1);
		if (text->failed)
			return error_set(e, ERROR_FAILED, "out of memory");
		if (text->size < FLUSH)
			continue;
		if (fdio_write(out, text->data, text->size, NULL, e) != 0)
			return -1;
		buffer_clear(text);
	}
	return fdio_write(out, text->data, text->size, NULL, e);
}

static int
run(const struct options *o, struct error *e)
{
	struct inventory *v = inventory_new();
	struct buffer text = {0};
	struct fdio_output out;
	int rc;

	if (v == NULL)
		return error_set(e, ERROR_FAILED, "out of memory");
	fdio_output(&out, STDOUT_FILENO, "stdout");
	rc = read_keys(o, v, e);
	if (rc == 0)
		rc = inventory_judge(v, &o->policy, e);
	if (rc == 0 && o->verbose)
		explain(v);
	if (rc == 0)
		rc = print_keys(o, v, &out, &text, e);
	if (rc == 0)
		rc = fdio_finish(&out, e);
	buffer_free(&text);
	inventory_free(v);
	return rc;
}

int
main(int argc, char *argv[])
{
	struct options options;
	struct error e;
	int rc;

	fdio_standard();
	report_program("retain");
	rc = parse(argc, argv, &options, &e);
	if (rc > 0)
		return 0;
	if (rc == 0)
		rc = run(&options, &e);
	return signals_finish(rc != 0 ? &e : NULL);
}
