#include <string.h>

#include "aws/credentials_source.h"
#include "net/retry.h"

/* The host in a URL, for messages. */
static int
prefix_host(const char *url, struct error *e)
{
	const char *host = strstr(url, "://");

	host = host != NULL ? host + 3 : url;
	return error_prefix(e, "%.*s", (int)strcspn(host, "/?"), host);
}

int
credentials_fetch(struct http *h, struct http_request *q,
    const struct stop *stop, unsigned tries, struct error *e)
{
	unsigned tried;
	int rc, status;

	for (tried = 1;; tried++) {
		rc = http_perform(h, q, e);
		status = q->response->status;
		if (rc == 0 && retry_decide(status, "") != RETRY_LATER)
			return 0;
		if (tried >= tries || q->response->permanent)
			break;
		if (retry_wait(stop, tried, 0))
			break;
	}
	return rc == 0 ? 0 : prefix_host(q->url, e);
}

int
credentials_ask(struct credentials_search *s,
    const struct http_settings *settings, struct http_request *q,
    unsigned tries,
    int (*read)(struct credentials *, const char *, size_t, struct error *),
    struct error *e)
{
	struct http_response response = {0};
	struct http *h = http_open(settings, e);
	int rc = -1;

	if (h == NULL)
		return -1;
	q->response = &response;
	if (credentials_fetch(h, q, s->stop, tries, e) == 0) {
		rc = read(s->found, response.body.data, response.body.size, e);
		if (rc == 0 && response.status != 200)
			rc = error_set(e, ERROR_FAILED, "unexpected status");
		if (rc != 0)
			error_prefix(e, "%s: %d", q->url, response.status);
	}
	http_response_free(&response);
	http_close(h);
	return rc;
}
