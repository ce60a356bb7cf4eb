#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "aws/hash.h"
#include "aws/keyring.h"
#include "base/number.h"
#include "io/stop.h"
#include "net/retry.h"
#include "s3/s3_integrity.h"
#include "s3/s3_mend.h"
#include "s3/s3_sign.h"

void
s3_call_header(struct s3_call *c, const char *name, const char *value)
{
	size_t i;

	for (i = 0; i < c->nheaders; i++) {
		if (strcasecmp(c->headers[i].name, name) == 0) {
			c->headers[i].value = value;
			return;
		}
	}
	if (c->nheaders < S3_CALL_HEADERS) {
		c->headers[c->nheaders].name = name;
		c->headers[c->nheaders++].value = value;
	}
}

/* Takes a header out; returns whether it was there. */
static bool
drop_header(struct s3_call *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->nheaders; i++) {
		if (strcasecmp(c->headers[i].name, name) == 0) {
			c->headers[i] = c->headers[--c->nheaders];
			return true;
		}
	}
	return false;
}

/* The words before the cause: "put KEY: " or "list BUCKET: ". */
static const char *
subject(const struct s3 *s, const struct s3_call *c)
{
	return c->key != NULL ? c->key : s->config->bucket.name;
}

int
s3_call_failed(const struct s3 *s, const struct s3_call *c, struct error *e,
    const char *text)
{
	return error_set(
	    e, ERROR_FAILED, "%s %s: %s", c->verb, subject(s, c), text);
}

/* Sets the error from an answer that is no success. */
static int
describe(struct s3 *s, struct s3_call *c, struct error *e)
{
	enum error_status status = ERROR_FAILED;
	char id[160] = "", text[128], location[256];

	if (strcmp(c->why.code, "NoSuchKey") == 0 ||
	    strcmp(c->why.code, "NoSuchBucket") == 0)
		status = ERROR_ABSENT;
	/* Any server answers 404: only one that speaks S3 is believed. */
	if (c->status == 404 && strcmp(c->method, "HEAD") == 0 && s->answered)
		status = ERROR_ABSENT;
	if (c->status == 403)
		status = ERROR_FORBIDDEN;
	if (c->why.request_id[0] != '\0')
		snprintf(id, sizeof id, " (request id %s)", c->why.request_id);
	if (c->why.code[0] == '\0' && c->why.message[0] == '\0')
		snprintf(text, sizeof text, "the answer says no more");
	error_set(e, status, "%s %s: %d %s%s%s%s", c->verb, subject(s, c),
	    c->status, c->why.code,
	    c->why.code[0] != '\0' && c->why.message[0] != '\0' ? ": " : "",
	    c->why.code[0] == '\0' && c->why.message[0] == '\0'
		? text
		: c->why.message,
	    id);
	if (c->status >= 300 && c->status < 400 &&
	    http_header(&s->response, "location", location, sizeof location))
		error_append(e, "; it points to %s", location);
	return -1;
}

/*
 * Sends the call once. Returns 0 for a success, 1 for an answer that is none
 * (c->status and c->why tell), -1 where no whole answer came (e tells).
 */
static int
send_once(struct s3 *s, struct s3_call *c, const char *payload, bool fresh,
    struct error *e)
{
	struct s3_signed r = {0};
	struct http_request q = {.method = c->method,
	    .headers = r.headers,
	    .body = c->body,
	    .body_size = c->size,
	    .patience = c->patience,
	    .grace = c->grace,
	    .fresh = fresh,
	    .sink = c->sink,
	    .ctx = c,
	    .response = &s->response};
	char id[sizeof c->why.request_id];
	int rc;

	c->status = 0;
	memset(&c->why, 0, sizeof c->why);
	if (keyring_get(s->config->keyring, &s->credentials, &s->generation,
		s->stop, e) != 0) {
		c->fatal = true;
		return error_prefix(e, "%s %s", c->verb, subject(s, c));
	}
	if (s3_sign(s, c, payload, &r) != 0) {
		s3_signed_free(&r);
		c->fatal = true;
		return s3_call_failed(s, c, e, "cannot be signed");
	}
	q.url = r.url.data;
	rc = http_perform(s->http, &q, e);
	s3_signed_free(&r);
	if (rc != 0 && c->fatal)
		return -1;
	if (rc != 0) {
		c->fatal = s->response.permanent;
		return error_prefix(
		    e, "%s %s: %s", c->verb, subject(s, c), s->host);
	}
	c->status = s->response.status;
	if (http_header(&s->response, "x-amz-request-id", id, sizeof id))
		s->answered = true;
	/* A 2xx may hold an <Error> all the same. */
	if (c->status >= 200 && c->status < 300 && c->sink != NULL)
		return 0;
	if (reply_error(s->response.body.data, s->response.body.size, &c->why))
		s->answered = true;
	else if (c->status >= 200 && c->status < 300)
		return 0;
	if (c->why.request_id[0] == '\0')
		memcpy(c->why.request_id, id, sizeof id);
	return 1;
}

/*
 * A HEAD that is refused has no body to say why: the same is asked as a GET of
 * one byte, whose answer has. So is a 404, unless S3 is known to answer here.
 */
static void
ask_why(struct s3 *s, struct s3_call *c, const char *payload)
{
	struct s3_call get = *c;
	struct error ignored;

	if (strcmp(c->method, "HEAD") != 0 ||
	    (c->status != 301 && c->status != 400 && c->status != 403 &&
		(c->status != 404 || s->answered)))
		return;
	get.method = "GET";
	s3_call_header(&get, "Range", "bytes=0-0");
	if (send_once(s, &get, payload, false, &ignored) == 1)
		c->why = get.why;
}

/* Whether a refusal asks for an MD5: object lock does, by code or in words. */
static bool
asks_for_md5(const struct s3_call *c)
{
	return c->status == 400 && c->size > 0 &&
	    (strcmp(c->why.code, "MissingContentMD5") == 0 ||
		(strcmp(c->why.code, "InvalidRequest") == 0 &&
		    strstr(c->why.message, "Content-MD5") != NULL));
}

/* Adds what the settings and the store want every request to have. */
static int
complete_headers(struct s3 *s, struct s3_call *c, char md5[HASH_MD5_BASE64])
{
	struct pair pairs[SSE_C_HEADERS];
	size_t i, n = 0;

	for (i = 0; i < s->config->neverywhere; i++)
		s3_call_header(c, s->config->everywhere[i].name,
		    s->config->everywhere[i].value);
	if (c->key != NULL && strcmp(c->method, "DELETE") != 0)
		n = sse_c_headers(&s->config->sse_c, pairs);
	for (i = 0; i < n; i++)
		s3_call_header(c, pairs[i].name, pairs[i].value);
	if (s->no_conditions)
		drop_header(c, "If-None-Match");
	if (!s->wants_md5 || c->size == 0)
		return 0;
	if (hash_md5(md5, c->body, c->size) != 0)
		return -1;
	s3_call_header(c, "Content-MD5", md5);
	return 0;
}

/* What s3_call knows over its tries. */
struct tries {
	long allowed, made;
	unsigned mended; /* kinds of causes, by s3_mend */
	bool fresh; /* the next try wants a new connection */
	char payload[HASH_HEX], md5[HASH_MD5_BASE64];
};

enum next { DONE, AGAIN_NOW, AGAIN_LATER };

/* Decides what follows a try that was no success. */
static enum next
decide(struct s3 *s, struct s3_call *c, struct tries *t)
{
	enum retry_action action = retry_decide(c->status, c->why.code);

	if ((c->status >= 500 && action == RETRY_LATER) ||
	    (c->status == 0 && !s->response.unsent))
		c->doubt = true;
	if (asks_for_md5(c) && !s->wants_md5) {
		s->wants_md5 = true;
		if (complete_headers(s, c, t->md5) == 0)
			return AGAIN_NOW;
	}
	/* The caller has looked for the key, which has to do then. */
	if (c->status == 501 && !s->config->conditional &&
	    drop_header(c, "If-None-Match")) {
		s->no_conditions = true;
		return AGAIN_NOW;
	}
	if (action == RETRY_NEVER && s3_integrity_mend(s, c))
		return s3_integrity_payload(s, c, t->payload) == 0 ? AGAIN_NOW
								   : DONE;
	t->fresh = c->status == 503 || c->status == 0;
	/* A store that forgets temporary keys calls them unknown. */
	if (strcmp(c->why.code, "InvalidAccessKeyId") == 0 &&
	    s->credentials.session_token != NULL)
		action = RETRY_CREDENTIALS;
	if (s3_integrity_broken(c))
		action = RETRY_LATER;
	if (action == RETRY_NEVER)
		return DONE;
	if (action != RETRY_LATER)
		return s3_mend(s, c, action, &t->mended) ? AGAIN_NOW : DONE;
	if (c->before_retry != NULL && c->before_retry(c))
		t->made = 1;
	return t->made < t->allowed ? AGAIN_LATER : DONE;
}

/* The seconds that the last answer asks to wait; 0 where it does not. */
static unsigned
retry_after(const struct s3 *s, const struct s3_call *c)
{
	int64_t after = 0;
	char text[32];

	/* A date, or nonsense, leaves the pause to us. */
	if (c->status != 0 &&
	    http_header(&s->response, "retry-after", text, sizeof text))
		number_parse(text, 0, UINT32_MAX, &after);
	return (unsigned)after;
}

int
s3_call(struct s3 *s, struct s3_call *c, struct error *e)
{
	struct tries t = {
	    .allowed = c->tries != 0 ? c->tries : s->tries, .made = 1};
	enum next next;
	int rc;

	if (s3_integrity_payload(s, c, t.payload) != 0 ||
	    complete_headers(s, c, t.md5) != 0)
		return s3_call_failed(s, c, e, "a digest failed");
	for (;;) {
		rc = send_once(s, c, t.payload, t.fresh, e);
		if (rc == 0 || c->fatal || stop_raised(s->stop))
			break;
		if (rc == 1)
			ask_why(s, c, t.payload);
		next = decide(s, c, &t);
		if (next == DONE)
			break;
		if (next == AGAIN_NOW)
			continue;
		if (retry_wait(s->stop, (unsigned)t.made, retry_after(s, c)))
			break;
		t.made++;
	}
	if (rc == 1)
		rc = describe(s, c, e);
	else if (rc == 0)
		rc = s3_integrity_learn(s, c, e);
	if (rc != 0 && t.made > 1)
		error_append(e, " (%ld tries)", t.made);
	return rc;
}

int
s3_call_delete(struct s3 *s, struct s3_call *c, struct error *e)
{
	char id[sizeof c->why.request_id];

	if (s3_call(s, c, e) != 0)
		return -1;
	if (c->status == 204 ||
	    http_header(&s->response, "x-amz-request-id", id, sizeof id))
		return 0;
	return s3_call_failed(s, c, e, "the answer has no request id");
}
