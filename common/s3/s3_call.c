#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "aws/hash.h"
#include "aws/keyring.h"
#include "base/number.h"
#include "io/stop.h"
#include "net/retry.h"
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

/* The words before the cause: "put KEY: " or "list BUCKET: ". */
static const char *
subject(const struct s3 *s, const struct s3_call *c)
{
	return c->key != NULL ? c->key : s->config->bucket;
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
	char id[160] = "", text[128];

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
	return error_set(e, status, "%s %s: %d %s%s%s%s", c->verb,
	    subject(s, c), c->status, c->why.code,
	    c->why.code[0] != '\0' && c->why.message[0] != '\0' ? ": " : "",
	    c->why.code[0] == '\0' && c->why.message[0] == '\0'
		? text
		: c->why.message,
	    id);
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

/* The region in an <Endpoint>, which may have the bucket before it. */
static void
region_of_endpoint(
    const struct s3 *s, const char *endpoint, char region[CONFIG_REGION])
{
	size_t n = strlen(s->config->bucket);

	if (strncmp(endpoint, s->config->bucket, n) == 0 && endpoint[n] == '.')
		endpoint += n + 1;
	config_region_of(endpoint, region);
}

/*
 * Mends what the answer says is wrong with our address. Returns whether there
 * was anything to mend.
 */
static bool
mend_region(struct s3 *s, const struct s3_call *c)
{
	char region[CONFIG_REGION], host[CONFIG_HOST];

	snprintf(region, sizeof region, "%s", c->why.region);
	if (region[0] == '\0')
		http_header(
		    &s->response, "x-amz-bucket-region", region, sizeof region);
	if (region[0] == '\0')
		region_of_endpoint(s, c->why.endpoint, region);
	if (region[0] == '\0' || strcmp(region, s->region) == 0)
		return false;
	snprintf(s->region, sizeof s->region, "%s", region);
	if (s->config->aws) {
		snprintf(host, sizeof host, "%s", s->config->host);
		config_host_of(region, host);
		s3_set_host(s, host);
	}
	return true;
}

static bool
mend_clock(struct s3 *s)
{
	time_t theirs;

	if (!http_date(&s->response, &theirs))
		return false;
	s->skew = (long)(theirs - time(NULL));
	return true;
}

static bool
mend_credentials(struct s3 *s)
{
	struct error ignored;

	return keyring_renew(
		   s->config->keyring, s->generation, s->stop, &ignored) == 0;
}

/* Mends the cause, each kind once a call; returns whether to go again. */
static bool
mend(struct s3 *s, const struct s3_call *c, enum retry_action action,
    unsigned *mended)
{
	unsigned bit = 1u << action;

	if ((*mended & bit) != 0)
		return false;
	*mended |= bit;
	switch (action) {
	case RETRY_REGION:
		return mend_region(s, c);
	case RETRY_CLOCK:
		return mend_clock(s);
	case RETRY_CREDENTIALS:
		return mend_credentials(s);
	default:
		return false;
	}
}

/* Waits before the next try; returns whether the stop ended the wait. */
static bool
wait_again(const struct s3 *s, const struct s3_call *c, unsigned again)
{
	unsigned char bytes[4] = {0};
	int64_t after = 0;
	char text[32];
	uint32_t r;

	/* Seconds; where it is a date or nonsense, the pause is our own. */
	if (c->status != 0 &&
	    http_header(&s->response, "retry-after", text, sizeof text))
		number_parse(text, 0, UINT32_MAX, &after);
	RAND_bytes(bytes, sizeof bytes);
	r = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
	    (uint32_t)bytes[2] << 8 | bytes[3];
	return stop_sleep(s->stop, retry_delay(again, r, (unsigned)after));
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
	if (!s->wants_md5 || c->size == 0)
		return 0;
	if (hash_md5(md5, c->body, c->size) != 0)
		return -1;
	s3_call_header(c, "Content-MD5", md5);
	return 0;
}

int
s3_call(struct s3 *s, struct s3_call *c, struct error *e)
{
	long tries = c->tries != 0 ? c->tries : s->tries, tried = 1;
	enum retry_action action;
	char payload[HASH_HEX], md5[HASH_MD5_BASE64];
	unsigned mended = 0;
	bool fresh = false;
	int rc;

	if (hash_sha256(payload, c->body != NULL ? c->body : "", c->size) !=
		0 ||
	    complete_headers(s, c, md5) != 0)
		return s3_call_failed(s, c, e, "a digest failed");
	for (;;) {
		rc = send_once(s, c, payload, fresh, e);
		if (rc == 0 || c->fatal || stop_raised(s->stop))
			break;
		if (rc == 1)
			ask_why(s, c, payload);
		action = retry_decide(c->status, c->why.code);
		if ((c->status >= 500 && action == RETRY_LATER) ||
		    (c->status == 0 && !s->response.unsent))
			c->doubt = true;
		if (asks_for_md5(c) && !s->wants_md5) {
			s->wants_md5 = true;
			if (complete_headers(s, c, md5) == 0)
				continue;
		}
		fresh = c->status == 503 || c->status == 0;
		if (action != RETRY_NEVER && action != RETRY_LATER) {
			if (!mend(s, c, action, &mended))
				break;
			continue;
		}
		if (action == RETRY_NEVER)
			break;
		if (c->before_retry != NULL && c->before_retry(c))
			tried = 1;
		if (tried >= tries || wait_again(s, c, (unsigned)tried))
			break;
		tried++;
	}
	if (rc == 1)
		rc = describe(s, c, e);
	if (rc != 0 && tried > 1)
		error_append(e, " (%ld tries)", tried);
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
