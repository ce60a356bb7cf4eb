#include <string.h>
#include <time.h>

#include "aws/sigv4.h"
#include "s3/s3_sign.h"

void
s3_signed_free(struct s3_signed *r)
{
	buffer_free(&r->path);
	buffer_free(&r->query);
	buffer_free(&r->url);
	buffer_free(&r->authorization);
	buffer_free(&r->lines);
}

static void
make_url(const struct s3 *s, const struct s3_call *c, struct s3_signed *r)
{
	buffer_puts(&r->path, "/");
	if (!s->config->virtual_host) {
		sigv4_encode(&r->path, s->config->bucket.name, false);
		if (c->key != NULL)
			buffer_puts(&r->path, "/");
	}
	if (c->key != NULL)
		sigv4_encode(&r->path, c->key, true);
	buffer_puts(&r->query, "");
	sigv4_query(&r->query, c->query, c->nquery);
	buffer_printf(&r->url, "%s://%s%s%s%s",
	    s->config->endpoint.https ? "https" : "http", s->host,
	    r->path.failed ? "" : r->path.data, c->nquery > 0 ? "?" : "",
	    r->query.failed ? "" : r->query.data);
}

/* Lays the header lines out for libcurl, ended by NULL. */
static void
make_lines(struct s3_signed *r, const struct pair *pairs, size_t n)
{
	const char *p;
	size_t i;

	for (i = 0; i < n; i++) {
		/* libcurl sends a header without a value only if it ends
		 * with a semicolon. */
		if (pairs[i].value[0] == '\0')
			buffer_printf(&r->lines, "%s;", pairs[i].name);
		else
			buffer_printf(
			    &r->lines, "%s: %s", pairs[i].name, pairs[i].value);
		buffer_add(&r->lines, "", 1);
	}
	buffer_printf(&r->lines, "Authorization: %s", r->authorization.data);
	buffer_add(&r->lines, "", 1);
	for (i = 0, p = r->lines.data; !r->lines.failed && i <= n; i++) {
		r->headers[i] = p;
		p += strlen(p) + 1;
	}
	r->headers[i] = NULL;
}

int
s3_sign(const struct s3 *s, const struct s3_call *c, const char *payload,
    struct s3_signed *r)
{
	const struct credentials *cr = &s->credentials;
	struct sigv4_key key = {
	    cr->access_key, cr->secret_key, s->region, "s3"};
	struct pair pairs[S3_CALL_HEADERS + 4];
	struct sigv4_request q = {
	    .method = c->method, .headers = pairs, .payload = payload};
	char date[SIGV4_DATE];
	size_t n = c->nheaders;

	make_url(s, c, r);
	if (sigv4_date(date, time(NULL) + s->skew) != 0)
		return -1;
	memcpy(pairs, c->headers, n * sizeof *pairs);
	pairs[n++] = (struct pair){"Host", s->host};
	pairs[n++] = (struct pair){"x-amz-content-sha256", payload};
	pairs[n++] = (struct pair){"x-amz-date", date};
	if (cr->session_token != NULL)
		pairs[n++] =
		    (struct pair){"x-amz-security-token", cr->session_token};
	if (r->path.failed || r->query.failed || r->url.failed)
		return -1;
	q.path = r->path.data;
	q.query = r->query.data;
	q.nheaders = n;
	sigv4_authorization(&r->authorization, &q, &key, date);
	if (r->authorization.failed)
		return -1;
	make_lines(r, pairs, n);
	return r->lines.failed ? -1 : 0;
}
