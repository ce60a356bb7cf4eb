#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sql/encoding.h"
#include "sql/scan.h"
#include "sql/statement.h"
#include "sql/token.h"

struct statement_reader {
	struct scan scan;
	bool done; /* the text was given: the next byte begins another */
	size_t skip; /* bytes of a byte order mark that have been seen */
};

struct statement_reader *
statement_new(void)
{
	struct statement_reader *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	scan_open(&r->scan);
	return r;
}

void
statement_free(struct statement_reader *r)
{
	if (r == NULL)
		return;
	buffer_free(&r->scan.text);
	free(r);
}

/* Passes over a byte order mark, which some editors leave. */
static bool
is_mark(struct statement_reader *r, unsigned char c)
{
	static const unsigned char mark[] = {0xef, 0xbb, 0xbf};

	if (r->skip >= sizeof mark || c != mark[r->skip]) {
		r->skip = sizeof mark;
		return false;
	}
	r->skip++;
	return true;
}

static bool
is_on(const struct token *value)
{
	static const char *const off[] = {
	    "off", "'off'", "false", "'false'", "no", "'no'", "0", "'0'"};
	size_t i;

	for (i = 0; i < sizeof off / sizeof *off; i++) {
		if (value->size == strlen(off[i]) &&
		    strncasecmp(value->text, off[i], value->size) == 0)
			return false;
	}
	return true;
}

/* Follows what a SET says of the statements after it. */
static void
follow(struct statement_reader *r)
{
	struct tokens t = {
	    r->scan.text.data, r->scan.text.data + r->scan.text.size};
	struct token name, value;

	if (!token_take(&t, "SET"))
		return;
	token_phrase(&t, "SESSION");
	token_next(&t, &name);
	if (!token_take(&t, "="))
		token_take(&t, "TO");
	token_next(&t, &value);
	if (token_is(&name, "standard_conforming_strings"))
		r->scan.standard = is_on(&value);
	else if (token_is(&name, "client_encoding") || token_is(&name, "NAMES"))
		scan_encoding(&r->scan, encoding_find(value.text, value.size));
}

/* What has been read is whole: says what it is. */
static enum statement_event
give(struct statement_reader *r)
{
	enum scan_state state = r->scan.state;

	if (r->scan.text.failed)
		return STATEMENT_MEMORY;
	r->done = true;
	if (state == SCAN_TOP_LINE || state == SCAN_META) {
		if (r->scan.text.size > 0 &&
		    r->scan.text.data[r->scan.text.size - 1] == '\r')
			r->scan.text.data[--r->scan.text.size] = '\0';
		return state == SCAN_META ? STATEMENT_META : STATEMENT_COMMENT;
	}
	follow(r);
	return STATEMENT_ONE;
}

enum statement_event
statement_feed(
    struct statement_reader *r, const char *p, size_t n, size_t *used)
{
	size_t i = 0;
	unsigned char c;

	if (r->done)
		scan_next(&r->scan);
	r->done = false;
	while (i < n) {
		i += scan_run(&r->scan, p + i, n - i);
		if (i == n)
			break;
		c = (unsigned char)p[i++];
		*used = i;
		if (c == '\0')
			return STATEMENT_NUL;
		if (is_mark(r, c))
			continue;
		if (scan_take(&r->scan, c))
			return give(r);
		if (scan_keeps(&r->scan))
			buffer_add(&r->scan.text, &c, 1);
		if (r->scan.text.failed)
			return STATEMENT_MEMORY;
	}
	*used = n;
	return r->scan.text.failed ? STATEMENT_MEMORY : STATEMENT_MORE;
}

enum statement_event
statement_finish(struct statement_reader *r)
{
	if (!r->done &&
	    (r->scan.state == SCAN_TOP_LINE || r->scan.state == SCAN_META))
		return give(r);
	return STATEMENT_MORE;
}

bool
statement_is_open(const struct statement_reader *r)
{
	return !r->done && r->scan.state != SCAN_START;
}

const char *
statement_text(const struct statement_reader *r, size_t *size)
{
	*size = r->scan.text.size;
	return r->scan.text.data;
}

uint64_t
statement_line(const struct statement_reader *r)
{
	return r->scan.first_line;
}

void
statement_skip_lines(struct statement_reader *r, uint64_t lines)
{
	r->scan.line += lines;
}

uint64_t
statement_next_line(const struct statement_reader *r)
{
	return r->scan.line;
}

void
statement_settings(
    struct statement_reader *r, bool standard_strings, const char *encoding)
{
	r->scan.standard = standard_strings;
	scan_encoding(&r->scan, encoding_find(encoding, strlen(encoding)));
}

bool
statement_strings_are_standard(const struct statement_reader *r)
{
	return r->scan.standard;
}
