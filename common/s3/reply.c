#include <stdio.h>
#include <string.h>

#include "s3/reply.h"
#include "text/xml.h"

struct error_answer {
	struct reply_error *error;
	bool seen; /* a field of it */
	bool root; /* an <Error> was what ended last: the root does */
};

static int
error_leaf(void *ctx, const char *parent, const char *name, const char *text,
    struct error *e)
{
	struct error_answer *a = ctx;
	struct reply_error *r = a->error;
	const struct {
		const char *name;
		char *to;
		size_t size;
	} fields[] = {
	    {"Code", r->code, sizeof r->code},
	    {"Message", r->message, sizeof r->message},
	    {"RequestId", r->request_id, sizeof r->request_id},
	    {"Region", r->region, sizeof r->region},
	    {"Endpoint", r->endpoint, sizeof r->endpoint},
	};
	size_t i;

	/* Any other answer need not be read to its end. */
	if (strcmp(parent, "Error") != 0)
		return a->seen ? 0 : error_set(e, ERROR_FAILED, "no <Error>");
	a->seen = true;
	for (i = 0; i < sizeof fields / sizeof *fields; i++) {
		if (strcmp(name, fields[i].name) == 0)
			snprintf(fields[i].to, fields[i].size, "%s", text);
	}
	return 0;
}

static int
error_end(void *ctx, const char *name, struct error *e)
{
	struct error_answer *a = ctx;

	(void)e;
	a->root = strcmp(name, "Error") == 0;
	return 0;
}

bool
reply_error(const char *xml, size_t size, struct reply_error *r)
{
	struct error_answer a = {.error = r};
	struct xml_visitor v = {
	    .leaf = error_leaf, .end = error_end, .ctx = &a};
	struct error ignored;

	memset(r, 0, sizeof *r);
	if (size > 0 && xml_parse(xml, size, &v, &ignored) == 0 && a.root &&
	    r->code[0] != '\0')
		return true;
	memset(r, 0, sizeof *r);
	return false;
}
