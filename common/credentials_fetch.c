#include <openssl/rand.h>
#include <string.h>

#include "credentials_source.h"
#include "retry.h"
#include "stop.h"

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
	uint32_t r = 0;
	int rc, status;

	for (tried = 1;; tried++) {
		rc = http_perform(h, q, e);
		status = q->response->status;
		if (rc == 0 && retry_decide(status, "") != RETRY_LATER)
			return 0;
		if (tried >= tries || q->response->hopeless)
			break;
		RAND_bytes((unsigned char *)&r, sizeof r);
		if (stop_sleep(stop, retry_delay(tried, r, 0)))
			break;
	}
	return rc == 0 ? 0 : prefix_host(q->url, e);
}
