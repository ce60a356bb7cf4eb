#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "aws/credentials_source.h"
#include "io/settings.h"

/* Seconds: who is not on EC2 waits for it in vain. */
enum { CONNECT_TIMEOUT = 1, TIMEOUT = 1, TRIES = 3, ROLE_MAX = 256 };

#define ROLES "/latest/meta-data/iam/security-credentials/"

static const char source[] = "instance metadata";
static const char *const disabled_names[] = {"AWS_EC2_METADATA_DISABLED", NULL};
static const char *const endpoint_names[] = {
    "AWS_EC2_METADATA_SERVICE_ENDPOINT", NULL};
static const char *const mode_names[] = {
    "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", NULL};

/* The service, as it is asked ("Use IMDSv2", Amazon EC2 User Guide). */
struct service {
	struct credentials_search *search;
	struct http *http;
	struct buffer url, token; /* the token is a whole header */
	struct http_response response;
	size_t base; /* the part of the URL that is the endpoint */
};

static void
set_endpoint(struct service *m)
{
	const char *endpoint = settings_first(endpoint_names);
	const char *mode = settings_first(mode_names);

	if (endpoint == NULL && mode != NULL && strcasecmp(mode, "IPv6") == 0)
		endpoint = "http://[fd00:ec2::254]";
	if (endpoint == NULL)
		endpoint = "http://169.254.169.254";
	m->base = strlen(endpoint);
	if (m->base > 0 && endpoint[m->base - 1] == '/')
		m->base--;
	buffer_add(&m->url, endpoint, m->base);
}

/* Asks for what is at the path; returns 0 with any answer. */
static int
ask(struct service *m, const char *method, const char *header, const char *path,
    const char *more, unsigned tries, struct error *e)
{
	const char *const headers[] = {header, NULL};
	struct http_request q = {
	    .method = method, .headers = headers, .response = &m->response};

	m->url.size = m->base;
	buffer_printf(&m->url, "%s%s", path, more);
	if (m->url.failed || m->token.failed)
		return error_set(e, ERROR_FAILED, "out of memory");
	q.url = m->url.data;
	return credentials_fetch(m->http, &q, m->search->stop, tries, e);
}

/* The first line of the answer's body, if it is a plain word. */
static bool
first_line(const struct http_response *r, char *line, size_t size)
{
	const char *text = r->body.data != NULL ? r->body.data : "";
	size_t i, n = strcspn(text, "\r\n");

	if (n == 0 || n >= size)
		return false;
	for (i = 0; i < n; i++) {
		if ((unsigned char)text[i] <= 0x20 || text[i] == 0x7f)
			return false;
	}
	snprintf(line, size, "%.*s", (int)n, text);
	return true;
}

/* Whether there is a service, which gives a token for the session. */
static int
get_token(struct service *m, struct error *e)
{
	char why[64], token[4096];

	if (ask(m, "PUT", "X-aws-ec2-metadata-token-ttl-seconds: 21600",
		"/latest/api/token", "", 1, e) != 0) {
		credentials_tried(m->search, source, e->text);
		return 0;
	}
	if (m->response.status != 200 ||
	    !first_line(&m->response, token, sizeof token)) {
		snprintf(why, sizeof why, "no token (status %d)",
		    m->response.status);
		credentials_tried(m->search, source, why);
		return 0;
	}
	buffer_printf(&m->token, "X-aws-ec2-metadata-token: %s", token);
	explicit_bzero(token, sizeof token);
	return 1;
}

/* The name of the instance's role, if it has one. */
static int
get_role(struct service *m, char role[ROLE_MAX], struct error *e)
{
	if (ask(m, "GET", m->token.data, ROLES, "", TRIES, e) != 0)
		return error_prefix(e, "%s", source);
	if (m->response.status != 200 ||
	    !first_line(&m->response, role, ROLE_MAX)) {
		credentials_tried(
		    m->search, source, "the instance has no role");
		return 0;
	}
	return 1;
}

static int
get_credentials(struct service *m, struct error *e)
{
	struct credentials *c = m->search->found;
	const struct buffer *body = &m->response.body;
	char role[ROLE_MAX];
	int rc = get_token(m, e);

	if (rc == 1)
		rc = get_role(m, role, e);
	if (rc != 1)
		return rc;
	if (ask(m, "GET", m->token.data, ROLES, role, TRIES, e) != 0)
		return error_prefix(e, "%s", source);
	if (m->response.status != 200)
		return error_set(e, ERROR_FAILED, "%s: role %s: status %d",
		    source, role, m->response.status);
	if (credentials_from_json(c, body->data, body->size, e) != 0)
		return error_prefix(e, "%s: role %s", source, role);
	snprintf(c->source, sizeof c->source, "%s, role %.80s", source, role);
	return credentials_check(c, source, e) == 0 ? 1 : -1;
}

int
credentials_instance(struct credentials_search *s, struct error *e)
{
	struct http_settings settings = {.connect_timeout = CONNECT_TIMEOUT,
	    .timeout = TIMEOUT,
	    .direct = true,
	    .stop = s->stop};
	const char *disabled = settings_first(disabled_names);
	struct service m = {.search = s};
	int rc;

	if (disabled != NULL && strcasecmp(disabled, "true") == 0) {
		credentials_tried(s, source, "AWS_EC2_METADATA_DISABLED");
		return 0;
	}
	m.http = http_open(&settings, e);
	if (m.http == NULL)
		return -1;
	set_endpoint(&m);
	rc = get_credentials(&m, e);
	buffer_free(&m.url);
	buffer_free(&m.token);
	http_response_free(&m.response);
	http_close(m.http);
	return rc;
}
