#include <stdlib.h>
#include <string.h>

#include "io/fdio.h"
#include "io/records.h"

struct records {
	int fd;
	const char *name;
	char terminator;
	const struct stop *stop;
	size_t start, end; /* what was read and not yet given */
	bool eof;
	char buf[2 * RECORDS_MAX + 1];
};

struct records *
records_open(int fd, const char *name, char terminator, const struct stop *stop)
{
	struct records *r = malloc(sizeof *r);

	if (r == NULL)
		return NULL;
	r->fd = fd;
	r->name = name;
	r->terminator = terminator;
	r->stop = stop;
	r->start = r->end = 0;
	r->eof = false;
	return r;
}

void
records_free(struct records *r)
{
	free(r);
}

/* Moves what is left to the front and reads more behind it. */
static int
refill(struct records *r, struct error *e)
{
	ssize_t n;

	memmove(r->buf, r->buf + r->start, r->end - r->start);
	r->end -= r->start;
	r->start = 0;
	n = fdio_read(r->fd, r->name, r->buf + r->end,
	    sizeof r->buf - 1 - r->end, r->stop, e);
	if (n < 0)
		return -1;
	r->eof = n == 0;
	r->end += (size_t)n;
	return 0;
}

static enum records_result
too_long(const struct records *r, struct error *e)
{
	error_set(e, ERROR_FAILED, "%s: a record is longer than %d bytes",
	    r->name, RECORDS_MAX);
	return RECORDS_FAILED;
}

/* Gives the bytes from start to length, and takes `used` bytes for them. */
static enum records_result
give(struct records *r, size_t used, size_t length, enum records_result result,
    const char **record, size_t *record_length, struct error *e)
{
	char *p = r->buf + r->start;

	if (length > RECORDS_MAX)
		return too_long(r, e);
	p[length] = '\0';
	if (r->terminator != '\0' && memchr(p, '\0', length) != NULL) {
		error_set(e, ERROR_FAILED, "%s: a line holds a NUL", r->name);
		return RECORDS_FAILED;
	}
	r->start += used;
	*record = p;
	*record_length = length;
	return result;
}

enum records_result
records_next(
    struct records *r, const char **record, size_t *length, struct error *e)
{
	size_t seen = 0, have;
	char *hit;

	for (;;) {
		have = r->end - r->start;
		hit = memchr(
		    r->buf + r->start + seen, r->terminator, have - seen);
		if (hit != NULL) {
			have = (size_t)(hit - r->buf) - r->start;
			return give(
			    r, have + 1, have, RECORDS_ONE, record, length, e);
		}
		if (r->eof)
			break;
		if (have > RECORDS_MAX)
			return too_long(r, e);
		seen = have;
		if (refill(r, e) != 0)
			return RECORDS_FAILED;
	}
	if (have == 0)
		return RECORDS_END;
	return give(r, have, have, RECORDS_CUT, record, length, e);
}
