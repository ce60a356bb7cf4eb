#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/hash.h"
#include "io/stop.h"
#include "net/retry.h"
#include "s3/s3_call.h"
#include "text/xml.h"

int
s3_delete(struct s3 *s, const char *key, struct error *e)
{
	struct s3_call c = {.verb = "delete", .method = "DELETE", .key = key};

	return s3_call_delete(s, &c, e);
}

/* What is known of a key while a batch is under way. */
enum fate { OPEN, GONE, REFUSED, AGAIN, ALONE };

struct batch {
	struct s3_deletion *keys;
	enum fate fates[S3_BATCH];
	size_t n;
	size_t at; /* where the last result was found */
	/* The <Deleted> or <Error> that is being read. */
	struct buffer key, code, message;
};

static void
batch_free(struct batch *b)
{
	buffer_free(&b->key);
	buffer_free(&b->code);
	buffer_free(&b->message);
}

/* The text of the request: the keys whose fate is open. */
static void
make_body(struct buffer *body, const struct batch *b)
{
	size_t i;

	buffer_clear(body);
	buffer_puts(
	    body, "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
	for (i = 0; i < b->n; i++) {
		if (b->fates[i] != OPEN)
			continue;
		buffer_puts(body, "<Object><Key>");
		xml_escape(body, b->keys[i].key);
		buffer_puts(body, "</Key></Object>");
	}
	buffer_puts(body, "</Delete>");
}

/*
 * Whether two keys are the same after the normalisation of line ends that the
 * answer's XML may have gone through (XML 1.0, 2.11).
 */
static bool
same_key(const char *a, const char *b)
{
	for (;; a++, b++) {
		char x = *a == '\r' ? '\n' : *a, y = *b == '\r' ? '\n' : *b;

		if (a[0] == '\r' && a[1] == '\n')
			a++;
		if (b[0] == '\r' && b[1] == '\n')
			b++;
		if (x != y)
			return false;
		if (x == '\0')
			return true;
	}
}

/*
 * Finds an open key: exactly, or else normalised if only one is meant. The
 * answer comes in our order, as a rule, so the search goes on where it was.
 */
static size_t
find(const struct batch *b, const char *key)
{
	size_t i, j, hit = b->n;

	for (i = 0; i < b->n; i++) {
		j = (b->at + i) % b->n;
		if (b->fates[j] == OPEN && strcmp(b->keys[j].key, key) == 0)
			return j;
	}
	for (i = 0; i < b->n; i++) {
		if (b->fates[i] != OPEN || !same_key(b->keys[i].key, key))
			continue;
		if (hit != b->n)
			return b->n;
		hit = i;
	}
	return hit;
}

/* Notes the result that an element told. */
static void
note(struct batch *b, bool deleted)
{
	const char *key = b->key.data != NULL ? b->key.data : "";
	const char *code = b->code.data != NULL ? b->code.data : "";
	const char *message = b->message.data != NULL ? b->message.data : "";
	size_t i = find(b, key);

	if (i == b->n)
		return;
	b->at = i + 1;
	if (deleted || strcmp(code, "NoSuchKey") == 0) {
		b->fates[i] = GONE;
		return;
	}
	b->fates[i] = retry_decide(200, code) == RETRY_LATER ? AGAIN : REFUSED;
	error_set(&b->keys[i].error, ERROR_FAILED, "delete %s: %s%s%s",
	    b->keys[i].key, code, *message != '\0' ? ": " : "", message);
}

static int
on_leaf(void *ctx, const char *parent, const char *name, const char *text,
    struct error *e)
{
	struct batch *b = ctx;

	(void)e;
	if (strcmp(parent, "Deleted") != 0 && strcmp(parent, "Error") != 0)
		return 0;
	if (strcmp(name, "Key") == 0)
		buffer_puts(&b->key, text);
	else if (strcmp(name, "Code") == 0)
		buffer_puts(&b->code, text);
	else if (strcmp(name, "Message") == 0)
		buffer_puts(&b->message, text);
	return 0;
}

static int
on_end(void *ctx, const char *name, struct error *e)
{
	struct batch *b = ctx;
	bool deleted = strcmp(name, "Deleted") == 0;

	if (!deleted && strcmp(name, "Error") != 0)
		return 0;
	if (b->key.failed || b->code.failed || b->message.failed)
		return error_set(e, ERROR_FAILED, "out of memory");
	note(b, deleted);
	buffer_clear(&b->key);
	buffer_clear(&b->code);
	buffer_clear(&b->message);
	return 0;
}

/* What a DeleteObjects that was refused says of the store. */
enum refusal {
	NONE,
	UNSUPPORTED, /* it has no DeleteObjects */
	DOUBTFUL, /* it may be that, in words of its own */
};

/* Sends one DeleteObjects for the open keys and reads its results. */
static int
send_batch(struct s3 *s, struct batch *b, struct buffer *body,
    enum refusal *refusal, struct error *e)
{
	static const struct pair query[] = {{"delete", ""}};
	struct xml_visitor v = {.leaf = on_leaf, .end = on_end, .ctx = b};
	struct s3_call c = {.verb = "delete from",
	    .method = "POST",
	    .query = query,
	    .nquery = 1};
	char md5[HASH_MD5_BASE64];

	make_body(body, b);
	if (body->failed || hash_md5(md5, body->data, body->size) != 0)
		return error_set(e, ERROR_FAILED, "out of memory");
	c.body = body->data;
	c.size = body->size;
	s3_call_header(&c, "Content-MD5", md5);
	s3_call_header(&c, "Content-Type", "application/xml");
	b->at = 0;
	if (s3_call(s, &c, e) != 0) {
		if (c.status == 405 || c.status == 501 ||
		    strcmp(c.why.code, "NotImplemented") == 0)
			*refusal = UNSUPPORTED;
		else if ((c.status == 400 || c.status == 403) &&
		    !retry_identity(c.status, c.why.code))
			*refusal = DOUBTFUL;
		return -1;
	}
	if (xml_parse(s->response.body.data, s->response.body.size, &v, e) != 0)
		return error_prefix(e, "%s %s", c.verb, s->config->bucket.name);
	return 0;
}

/* Turns one fate into another; returns how many there were. */
static size_t
turn(struct batch *b, enum fate from, enum fate to)
{
	size_t i, n = 0;

	for (i = 0; i < b->n; i++) {
		if (b->fates[i] != from)
			continue;
		b->fates[i] = to;
		n++;
	}
	return n;
}

/* A key that was given twice may be named but once. */
static void
settle_doubles(struct batch *b)
{
	size_t i, j;

	for (i = 0; i < b->n; i++) {
		for (j = 0; b->fates[i] == OPEN && j < b->n; j++) {
			if (b->fates[j] == GONE &&
			    strcmp(b->keys[i].key, b->keys[j].key) == 0)
				b->fates[i] = GONE;
		}
	}
}

static void
delete_alone(struct s3 *s, struct batch *b)
{
	size_t i;

	for (i = 0; i < b->n; i++) {
		if (b->fates[i] != ALONE)
			continue;
		b->fates[i] =
		    s3_delete(s, b->keys[i].key, &b->keys[i].error) == 0
		    ? GONE
		    : REFUSED;
	}
}

/*
 * After a refusal: whether keys can be deleted one by one. Where that is in
 * doubt the first open key shows it.
 */
static bool
goes_singly(struct s3 *s, struct batch *b, enum refusal refusal)
{
	struct error ignored;
	size_t i;

	if (refusal == NONE)
		return false;
	for (i = 0; refusal == DOUBTFUL && i < b->n; i++) {
		if (b->fates[i] != OPEN)
			continue;
		if (s3_delete(s, b->keys[i].key, &ignored) != 0)
			return false;
		b->fates[i] = GONE;
		break;
	}
	s->no_batches = true;
	return true;
}

/* Sends the batch until no key is left that could be tried again. */
static int
delete_batch(struct s3 *s, struct batch *b, struct error *e)
{
	struct buffer body = {0};
	enum refusal refusal = NONE;
	long tried;
	int rc = 0;

	if (s->no_batches)
		turn(b, OPEN, ALONE);
	for (tried = 1; turn(b, OPEN, OPEN) > 0; tried++) {
		rc = send_batch(s, b, &body, &refusal, e);
		if (rc != 0 && goes_singly(s, b, refusal)) {
			turn(b, OPEN, ALONE);
			rc = 0;
		}
		/* What is open still, the answer does not name. */
		if (rc != 0 || turn(b, OPEN, OPEN) > 0 || tried >= s->tries ||
		    turn(b, AGAIN, OPEN) == 0)
			break;
		if (retry_wait(s->stop, (unsigned)tried, 0))
			break;
	}
	buffer_free(&body);
	return rc;
}

int
s3_delete_many(
    struct s3 *s, struct s3_deletion *keys, size_t n, struct error *e)
{
	struct batch *b = calloc(1, sizeof *b);
	size_t i;
	int rc;

	if (b == NULL || n > S3_BATCH) {
		free(b);
		return error_set(e, ERROR_FAILED, "out of memory");
	}
	b->keys = keys;
	b->n = n;
	for (i = 0; i < n; i++) {
		b->fates[i] = xml_carries(keys[i].key) ? OPEN : ALONE;
		keys[i].error.status = ERROR_NONE;
	}
	rc = delete_batch(s, b, e);
	settle_doubles(b);
	if (rc == 0)
		delete_alone(s, b);
	for (i = 0; rc == 0 && i < n; i++) {
		keys[i].gone = b->fates[i] == GONE;
		if (!keys[i].gone && keys[i].error.status == ERROR_NONE)
			error_set(&keys[i].error, ERROR_FAILED,
			    "delete %s: the answer does not name it",
			    keys[i].key);
	}
	batch_free(b);
	free(b);
	return rc;
}
