#include <inttypes.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "aws/hash.h"
#include "base/number.h"
#include "s3/s3_integrity.h"
#include "s3/s3_mend.h"

enum { PROGRESS_MIN = 64 << 10 };

int
s3_new_id(char id[S3_ID])
{
	unsigned char bytes[(S3_ID - 1) / 2];

	if (RAND_bytes(bytes, sizeof bytes) != 1)
		return -1;
	hash_hex(id, bytes, sizeof bytes);
	return 0;
}

/* A header that holds a whole number; false where it does not. */
static bool
number_header(const struct http_response *r, const char *name, uint64_t *value)
{
	char text[32];
	int64_t n;

	if (!http_header(r, name, text, sizeof text) ||
	    number_parse(text, 0, INT64_MAX, &n) != 0)
		return false;
	*value = (uint64_t)n;
	return true;
}

static const char *
find_header(const struct s3_headers *h, const char *name)
{
	size_t i;

	for (i = 0; i < h->n; i++) {
		if (strcasecmp(h->pairs[i].name, name) == 0)
			return h->pairs[i].value;
	}
	return NULL;
}

/*
 * Judges a put that was not answered with a success: where it may have been
 * carried out all the same the object is looked at. A repeat of a put whose
 * answer was lost may meet itself, too. Says whether there is no object.
 */
static int
judge_put(struct s3 *s, const struct s3_call *c,
    const struct s3_headers *headers, bool *absent, struct error *e)
{
	const char *id = find_header(headers, S3_ID_HEADER);
	struct s3_object o;
	struct error why;

	if (!c->doubt && c->status != 412)
		return -1;
	if (s3_head(s, c->key, &o, &why) == 0) {
		if (id != NULL && strcmp(o.id, id) == 0)
			return 0;
	} else {
		*absent = why.status == ERROR_ABSENT;
		if (c->doubt && !*absent)
			error_prefix(e, "not confirmed; may exist");
	}
	if (c->status == 412 && find_header(headers, "If-None-Match") != NULL)
		e->status = ERROR_EXISTS;
	return -1;
}

static int
try_put(struct s3 *s, const char *key, const void *body, size_t size,
    const struct s3_headers *headers, bool *absent, struct error *e)
{
	struct s3_call c = {.verb = "put",
	    .method = "PUT",
	    .key = key,
	    .body = body != NULL ? body : "",
	    .size = size};
	const struct s3_sum sum = {.kind = CHECKSUM_CRC64NVME};
	char etag[S3_ETAG];
	bool given = false;
	size_t i;

	*absent = false;
	for (i = 0; i < headers->n; i++) {
		given = given || header_is_checksum(headers->pairs[i].name);
		s3_call_header(
		    &c, headers->pairs[i].name, headers->pairs[i].value);
	}
	if (!given && s3_integrity_add(s, &c, &sum, true) != 0)
		return s3_call_failed(s, &c, e, "a digest failed");
	if (s3_call(s, &c, e) == 0) {
		if (http_header(&s->response, "etag", etag, sizeof etag))
			return 0;
		c.doubt = true; /* it may have been no store that answered */
		s3_call_failed(s, &c, e, "the answer has no ETag");
	}
	return judge_put(s, &c, headers, absent, e);
}

int
s3_put(struct s3 *s, const char *key, const void *body, size_t size,
    const struct s3_headers *headers, struct error *e)
{
	unsigned contradictions = 0;
	bool absent;
	int rc;

	do
		rc = try_put(s, key, body, size, headers, &absent, e);
	while (rc != 0 && e->status == ERROR_EXISTS && absent &&
	    s3_mend_condition(s, &contradictions));
	return rc;
}

int
s3_head(struct s3 *s, const char *key, struct s3_object *o, struct error *e)
{
	struct s3_call c = {.verb = "head", .method = "HEAD", .key = key};

	memset(o, 0, sizeof *o);
	if (s3_call(s, &c, e) != 0)
		return -1;
	if (!http_header(&s->response, "etag", o->etag, sizeof o->etag))
		return s3_call_failed(s, &c, e, "the answer has no ETag");
	if (!number_header(&s->response, "content-length", &o->size))
		return s3_call_failed(
		    s, &c, e, "the answer has no Content-Length");
	http_header(&s->response, S3_ID_HEADER, o->id, sizeof o->id);
	http_header(
	    &s->response, S3_SHA256_HEADER, o->sha256, sizeof o->sha256);
	return 0;
}

void
s3_checksum(
    struct s3 *s, const char *key, const char etag[S3_ETAG], struct s3_sum *sum)
{
	struct s3_call c = {.verb = "head", .method = "HEAD", .key = key};
	struct error ignored;

	sum->kind = CHECKSUM_NONE;
	if (s->no_checksums)
		return;
	s3_call_header(&c, "If-Match", etag);
	s3_integrity_ask(s, &c, "x-amz-checksum-mode", "ENABLED");
	if (s3_call(s, &c, &ignored) == 0)
		s3_integrity_read(&s->response, sum);
}

/* A GetObject under way, over its repeats. */
struct get {
	struct s3 *s;
	struct s3_range *range;
	uint64_t got, want; /* bytes given on; bytes of the answer */
	uint64_t got_before; /* when the last try began */
	bool checked; /* the headers of this answer */
	bool known; /* the object's size and ETag */
	char header[64];
};

static int
wrong(struct s3_call *c, struct error *e, const char *what)
{
	struct get *g = c->ctx;

	c->fatal = true;
	return s3_call_failed(g->s, c, e, what);
}

/* Reads "bytes FIRST-LAST/SIZE" (RFC 9110, 14.4). */
static bool
content_range(const struct http_response *r, uint64_t *first, uint64_t *last,
    uint64_t *size)
{
	char text[96], *end;

	if (!http_header(r, "content-range", text, sizeof text) ||
	    strncmp(text, "bytes ", 6) != 0)
		return false;
	*first = strtoull(text + 6, &end, 10);
	if (*end != '-')
		return false;
	*last = strtoull(end + 1, &end, 10);
	if (*end != '/' || end[1] < '0' || end[1] > '9')
		return false;
	*size = strtoull(end + 1, &end, 10);
	return *end == '\0' && *first <= *last && *last < *size;
}

/* Checks a 206: it must be what was asked for, of the same object. */
static int
check_part(struct s3_call *c, struct error *e)
{
	struct get *g = c->ctx;
	struct s3_range *r = g->range;
	uint64_t first, last, size, want, length;

	if (!content_range(&g->s->response, &first, &last, &size))
		return wrong(c, e, "the answer's Content-Range is no range");
	if (first != r->offset + g->got || (g->known && size != r->size))
		return wrong(c, e, "the answer is of another range");
	want = size - first;
	if (r->length != 0 && want > r->length - g->got)
		want = r->length - g->got;
	if (last - first + 1 != want)
		return wrong(c, e, "the answer is of another length");
	/* What breaks off by its own words is not begun with. */
	if (number_header(&g->s->response, "content-length", &length) &&
	    length != want)
		return error_set(e, ERROR_FAILED,
		    "the answer's length is not that of its range");
	r->size = size;
	g->want = g->got + want;
	return 0;
}

/*
 * Checks the headers of an answer before any of its body is given on. What may
 * be better the next time is told without the call, as http does.
 */
static int
check_answer(struct s3_call *c, struct error *e)
{
	struct get *g = c->ctx;
	struct s3_range *r = g->range;
	char etag[S3_ETAG];

	g->checked = true;
	/* An <Error> with status 200 has none. */
	if (!http_header(&g->s->response, "etag", etag, sizeof etag))
		return error_set(e, ERROR_FAILED, "the answer has no ETag");
	if (r->etag[0] != '\0' && strcmp(etag, r->etag) != 0)
		return wrong(c, e, "the object changed while it was read");
	if (g->s->response.status == 206) {
		if (check_part(c, e) != 0)
			return -1;
	} else {
		/* The range was ignored: good from the start only. */
		if (r->offset + g->got != 0)
			return wrong(c, e, "the store gives no ranges");
		if (!number_header(&g->s->response, "content-length", &r->size))
			return wrong(c, e, "the answer has no Content-Length");
		r->whole = true;
		g->want = r->size;
	}
	/* That of a range would be a part's. */
	if (r->offset + g->got == 0 && g->want == r->size)
		s3_integrity_read(&g->s->response, &r->sum);
	memcpy(r->etag, etag, sizeof etag);
	g->known = true;
	return 0;
}

static int
get_sink(void *ctx, const struct http_request *q, const void *data, size_t n,
    struct error *e)
{
	struct s3_call *c = ctx;
	struct get *g = c->ctx;

	(void)q;
	if (!g->checked && check_answer(c, e) != 0)
		return -1;
	if (n > g->want - g->got)
		return wrong(c, e, "the answer is longer than it said");
	if (g->range->take(g->range->ctx, data, n, e) != 0) {
		c->fatal = true;
		return -1;
	}
	g->got += n;
	return 0;
}

static void
set_range(struct s3_call *c)
{
	struct get *g = c->ctx;
	struct s3_range *r = g->range;
	uint64_t from = r->offset + g->got;

	if (r->length != 0)
		snprintf(g->header, sizeof g->header,
		    "bytes=%" PRIu64 "-%" PRIu64, from,
		    r->offset + r->length - 1);
	else
		snprintf(
		    g->header, sizeof g->header, "bytes=%" PRIu64 "-", from);
	s3_call_header(c, "Range", g->header);
	if (r->etag[0] != '\0')
		s3_call_header(c, "If-Match", r->etag);
	g->checked = false;
	g->got_before = g->got;
}

/*
 * Before a repeat: goes on at the byte where the body broke. A try that brought
 * a little only counts as one: a server that drips must come to an end.
 */
static bool
get_before_retry(struct s3_call *c)
{
	struct get *g = c->ctx;
	bool moved = g->got - g->got_before >= PROGRESS_MIN;

	set_range(c);
	return moved;
}

int
s3_get(struct s3 *s, const char *key, struct s3_range *range, struct error *e)
{
	struct get g = {.s = s, .range = range};
	struct s3_call c = {.verb = "get",
	    .method = "GET",
	    .key = key,
	    .sink = get_sink,
	    .before_retry = get_before_retry,
	    .ctx = &g};
	struct s3_object o;
	struct error ignored;

	range->whole = false;
	range->sum.kind = CHECKSUM_NONE;
	if (range->offset == 0)
		s3_integrity_ask(s, &c, "x-amz-checksum-mode", "ENABLED");
	for (;;) {
		set_range(&c);
		if (s3_call(s, &c, e) != 0)
			break;
		/* An empty body calls no sink. */
		if (!g.checked && check_answer(&c, e) != 0)
			return c.fatal ? -1
				       : error_prefix(e, "%s %s", c.verb, key);
		if (g.got == g.want)
			return 0;
		if (g.got == g.got_before)
			return wrong(
			    &c, e, "the answer is shorter than it said");
	}
	/* No byte of an empty object can be asked for. */
	if (c.status == 416 && range->offset == 0 && g.got == 0 &&
	    s3_head(s, key, &o, &ignored) == 0 && o.size == 0) {
		memcpy(range->etag, o.etag, sizeof o.etag);
		range->size = 0;
		range->whole = true;
		return 0;
	}
	if (c.status == 412 && range->etag[0] != '\0')
		return s3_call_failed(
		    s, &c, e, "the object changed while it was read");
	return -1;
}
