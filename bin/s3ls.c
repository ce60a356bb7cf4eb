/*
 * s3ls: the keys of a bucket to stdout, one a line.
 *
 *     ListObjectsV2, page after page -> entries -> lines
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/options.h"
#include "base/report.h"
#include "base/visible.h"
#include "io/fdio.h"
#include "io/signals.h"
#include "io/stop.h"
#include "s3/config.h"
#include "s3/s3.h"
#include "text/json.h"

static const char usage[] =
    "usage: s3ls [-0lJu] [-a key] [-b bucket] [-d delimiter] [prefix]\n";

enum { FLUSH = 64 << 10 };

struct options {
	char terminator;
	bool longer, json, uploads;
	const char *bucket;
	struct s3_scope scope;
};

/* The listing on its way out. */
struct output {
	const struct options *options;
	const struct stop *stop;
	struct fdio_output to;
	bool terminal; /* is what it leads to */
	struct buffer text;
};

static int
parse(int argc, char *argv[], struct options *o, struct error *e)
{
	static const struct option longs[] = {
	    {"null", no_argument, NULL, '0'},
	    {"long", no_argument, NULL, 'l'},
	    {"json", no_argument, NULL, 'J'},
	    {"uploads", no_argument, NULL, 'u'},
	    {"after", required_argument, NULL, 'a'},
	    {"bucket", required_argument, NULL, 'b'},
	    {"delimiter", required_argument, NULL, 'd'},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'V'},
	    {0},
	};
	int c;

	*o = (struct options){.terminator = '\n'};
	opterr = 0;
	while ((c = getopt_long(argc, argv, "+:0lJua:b:d:hV", longs, NULL)) !=
	    -1) {
		switch (c) {
		case '0':
			o->terminator = '\0';
			break;
		case 'l':
			o->longer = true;
			break;
		case 'J':
			o->json = true;
			break;
		case 'u':
			o->uploads = true;
			break;
		case 'a':
			o->scope.after = optarg;
			break;
		case 'b':
			o->bucket = optarg;
			break;
		case 'd':
			o->scope.delimiter = optarg;
			break;
		case 'h':
		case 'V':
			return options_tell(c, usage, "s3ls", "", e);
		default:
			return options_refused(c, argv, e);
		}
	}
	o->scope.prefix = argv[optind];
	if (o->scope.prefix != NULL && argv[optind + 1] != NULL)
		return error_set(e, ERROR_USAGE, "more than one prefix: %s",
		    argv[optind + 1]);
	if (o->uploads && o->scope.delimiter != NULL)
		return error_set(e, ERROR_USAGE, "-d does not go with -u");
	return 0;
}

static void
add_json(struct output *out, const struct s3_entry *entry)
{
	struct buffer *b = &out->text;

	buffer_puts(b, entry->prefix ? "{\"prefix\":" : "{\"key\":");
	json_string(b, entry->key);
	if (entry->upload != NULL) {
		buffer_puts(b, ",\"upload\":");
		json_string(b, entry->upload);
	} else if (!entry->prefix) {
		buffer_printf(b, ",\"size\":%" PRIu64, entry->size);
	}
	if (!entry->prefix) {
		buffer_puts(b, ",\"time\":");
		json_string(b, entry->time);
	}
	buffer_puts(b, "}");
}

static void
add_line(struct output *out, const struct s3_entry *entry)
{
	struct buffer *b = &out->text;

	if (out->options->longer || entry->upload != NULL) {
		if (entry->upload != NULL)
			visible_add(b, entry->upload, out->terminal);
		else if (entry->prefix)
			buffer_puts(b, "-");
		else
			buffer_printf(b, "%" PRIu64, entry->size);
		buffer_puts(b, "\t");
		visible_add(
		    b, entry->prefix ? "-" : entry->time, out->terminal);
		buffer_puts(b, "\t");
	}
	visible_add(b, entry->key, out->terminal);
}

static int
flush(struct output *out, struct error *e)
{
	int rc =
	    fdio_write(&out->to, out->text.data, out->text.size, out->stop, e);

	buffer_clear(&out->text);
	return rc;
}

static int
print_entry(void *ctx, const struct s3_entry *entry, struct error *e)
{
	struct output *out = ctx;
	char terminator = out->options->terminator;

	if (out->options->json) {
		add_json(out, entry);
	} else {
		/* Two lines would be two names, of other objects. */
		if (terminator == '\n' && strchr(entry->key, '\n') != NULL)
			return error_set(e, ERROR_FAILED,
			    "a key holds a newline (-0 or -J list it): %s",
			    entry->key);
		add_line(out, entry);
	}
	buffer_add(&out->text, &terminator, 1);
	if (out->text.failed)
		return error_set(e, ERROR_FAILED, "out of memory");
	return out->text.size < FLUSH ? 0 : flush(out, e);
}

static int
list(struct s3 *s3, struct output *out, struct error *e)
{
	const struct options *o = out->options;
	int rc;

	if (o->uploads)
		rc = s3_list_uploads(s3, &o->scope, print_entry, out, e);
	else
		rc = s3_list(s3, &o->scope, print_entry, out, e);
	/* What was listed before a failure is true, and is given. */
	if (rc == 0)
		rc = flush(out, e);
	else if (e->status != ERROR_CLOSED) {
		struct error ignored;

		flush(out, &ignored);
	}
	return rc;
}

static int
run(const struct options *o, struct stop *stop, struct error *e)
{
	struct output out = {.options = o, .stop = stop};
	struct config config;
	struct s3 *s3;
	int rc = -1;

	if (config_load(&config, o->bucket, stop, e) != 0)
		return -1;
	config_tell(&config, false);
	fdio_output(&out.to, STDOUT_FILENO, "stdout");
	out.terminal = isatty(STDOUT_FILENO);
	s3 = s3_open(&config, stop, e);
	if (s3 != NULL) {
		rc = list(s3, &out, e);
		s3_close(s3);
	}
	if (rc == 0)
		rc = fdio_finish(&out.to, e);
	buffer_free(&out.text);
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
	report_program("s3ls");
	rc = parse(argc, argv, &options, &e);
	if (rc > 0)
		return 0;
	if (rc == 0 && (rc = stop_open(&stop, &e)) == 0) {
		signals_catch(&stop);
		rc = run(&options, &stop, &e);
	}
	return signals_finish(rc != 0 ? &e : NULL);
}
