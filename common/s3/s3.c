#include <stdio.h>
#include <stdlib.h>

#include "s3/s3_call.h"

enum { CLEANUP_TRIES = 3 };

void
s3_set_host(struct s3 *s, const char *host)
{
	if (s->config->virtual_host)
		snprintf(s->host, sizeof s->host, "%s.%s",
		    s->config->bucket.name, host);
	else
		snprintf(s->host, sizeof s->host, "%s", host);
}

struct s3 *
s3_open(const struct config *config, const struct stop *stop, struct error *e)
{
	struct http_settings settings = {.ca_file = config->ca_file,
	    .connect_timeout = config->connect_timeout,
	    .timeout = config->timeout,
	    .throttle = config->throttle,
	    .stop = stop};
	struct s3 *s = calloc(1, sizeof *s);

	if (s == NULL) {
		error_set(e, ERROR_FAILED, "out of memory");
		return NULL;
	}
	s->config = config;
	s->stop = stop;
	s->tries = config->retries;
	s3_set_host(s, config->endpoint.host);
	snprintf(s->region, sizeof s->region, "%s", config->region);
	s->http = http_open(&settings, e);
	if (s->http == NULL) {
		free(s);
		return NULL;
	}
	return s;
}

void
s3_close(struct s3 *s)
{
	if (s == NULL)
		return;
	http_close(s->http);
	http_response_free(&s->response);
	credentials_free(&s->credentials);
	free(s);
}

struct s3 **
s3_open_all(const struct config *config, const struct stop *stop, unsigned n,
    struct error *e)
{
	struct s3 **all = calloc(n, sizeof(struct s3 *));
	unsigned i;

	if (all == NULL) {
		error_set(e, ERROR_FAILED, "out of memory");
		return NULL;
	}
	for (i = 0; i < n; i++) {
		all[i] = s3_open(config, stop, e);
		if (all[i] == NULL) {
			s3_close_all(all, n);
			return NULL;
		}
	}
	return all;
}

void
s3_close_all(struct s3 **all, unsigned n)
{
	unsigned i;

	for (i = 0; all != NULL && i < n; i++)
		s3_close(all[i]);
	free(all);
}

int
s3_disconnect(struct s3 *s, struct error *e)
{
	return http_disconnect(s->http, e);
}

void
s3_cleanup(struct s3 *s)
{
	s->stop = NULL;
	http_ignore_stop(s->http);
	if (s->tries > CLEANUP_TRIES)
		s->tries = CLEANUP_TRIES;
}
