/*
 * http: one request and its answer over a connection that is kept, by libcurl.
 *
 * Knows nothing of S3. TLS is always verified, redirects are never followed,
 * a content encoding is neither asked for nor undone, the path is sent as it
 * is. One struct http serves one thread at a time.
 */
#ifndef HTTP_H
#define HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/buffer.h"
#include "base/error.h"

struct http;
struct throttle;
struct stop;

struct http_settings {
	const char *ca_file; /* CA bundle to trust; NULL: the system's */
	long connect_timeout; /* seconds */
	/*
	 * Seconds without progress, which is HTTP_STEP bytes that the other
	 * side has acknowledged, or that came from there; the answer to a long
	 * body may take longer (patience.h).
	 */
	long timeout;
	bool direct; /* by no proxy, whatever the environment says */
	const struct stop *stop; /* ends a transfer within a second */
	struct throttle *throttle; /* of the bodies, both ways; NULL: none */
};

struct http_request {
	const char *method;
	const char *url;
	const char *const *headers; /* "Name: value", ended by NULL */
	const void *body; /* may be NULL */
	size_t body_size;
	long patience; /* seconds that an answer may take; 0: see timeout */
	int grace; /* milliseconds that it may go on after the stop */
	bool fresh; /* on a new connection */
	/*
	 * Where the body of an answer with status 2xx goes; NULL: into the
	 * response, as all others do. Returns 0, or -1 to break off.
	 */
	int (*sink)(void *ctx, const struct http_request *, const void *,
	    size_t, struct error *);
	void *ctx;
	struct http_response *response;
};

struct http_response {
	int status; /* 0: there was no whole answer */
	bool permanent; /* and none would come if asked again */
	bool unsent; /* and nothing of the request had gone out */
	struct buffer headers; /* lines "name: value\n", as received */
	struct buffer body; /* at most HTTP_BODY_MAX bytes */
};

enum {
	HTTP_BODY_MAX = 16 << 20,
	HTTP_HEADERS_MAX = 64 << 10,
	HTTP_STEP = 1 << 10
};

/* Returns NULL with an error. The settings' strings must outlive it. */
struct http *http_open(const struct http_settings *, struct error *);
void http_close(struct http *);

/* Closes all that it has open; it can be used on. Returns 0 or -1. */
int http_disconnect(struct http *, struct error *);

/* From now on transfers are not ended by the stop: for cleaning up. */
void http_ignore_stop(struct http *);

/*
 * Sends the request and fills in the response, which it clears first. Returns
 * 0 for any whole answer, whatever its status; -1 where none came (refused,
 * broken off, stalled, stopped, a sink that failed), with the reason.
 */
int http_perform(struct http *, struct http_request *, struct error *);

/* ---- the answer (http_response.c) ---- */

/*
 * The value of a header of the answer, without blanks around it, copied into
 * buf; false, and an empty buf, where there is none.
 */
bool http_header(
    const struct http_response *, const char *name, char *buf, size_t size);

/* The time in the answer's Date header; false where there is none. */
bool http_date(const struct http_response *, time_t *);

void http_response_free(struct http_response *);

#endif
