#include <curl/curl.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/stop.h"
#include "net/http.h"
#include "net/patience.h"
#include "net/throttle.h"

/*
 * Seconds: an idle connection is used no longer, for something on the way may
 * have forgotten it; a silent one is probed.
 */
enum { IDLE_MAX = 15, PROBE = 15 };

struct http {
	CURL *curl;
	struct http_settings settings;
	int fd; /* the socket opened last, -1: none */
	struct patience patience;
	char reason[CURL_ERROR_SIZE];
};

/* One transfer under way. */
struct transfer {
	struct http *http;
	struct http_request *request;
	struct error *error;
	bool failed; /* error is set */
	int64_t began;
	curl_off_t seen; /* bytes moved when it last got on */
	curl_off_t sent; /* of them, booked with the throttle */
	int64_t since; /* when that was; later for what we held it up */
	long patience;
	int64_t stopped; /* when the stop was first seen; 0: it was not */
	curl_off_t step; /* bytes that count as getting on */
};

struct http *
http_open(const struct http_settings *settings, struct error *e)
{
	struct http *h = calloc(1, sizeof *h);

	if (h == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != 0) {
		free(h);
		error_set(e, ERROR_FAILED, "libcurl cannot be initialised");
		return NULL;
	}
	h->settings = *settings;
	h->fd = -1;
	h->patience.timeout = settings->timeout;
	h->curl = curl_easy_init();
	if (h->curl == NULL) {
		error_set(e, ERROR_FAILED, "libcurl: out of memory");
		curl_global_cleanup();
		free(h);
		return NULL;
	}
	return h;
}

void
http_close(struct http *h)
{
	if (h == NULL)
		return;
	curl_easy_cleanup(h->curl);
	curl_global_cleanup();
	free(h);
}

int
http_disconnect(struct http *h, struct error *e)
{
	CURL *curl = curl_easy_init();

	if (curl == NULL)
		return error_set(e, ERROR_FAILED, "libcurl: out of memory");
	curl_easy_cleanup(h->curl);
	h->curl = curl;
	return 0;
}

void
http_ignore_stop(struct http *h)
{
	h->settings.stop = NULL;
}

static size_t
on_header(char *data, size_t size, size_t n, void *cookie)
{
	struct transfer *t = cookie;
	struct buffer *b = &t->request->response->headers;

	n *= size;
	/* A status line begins a new answer: one after a 100, or a proxy's. */
	if (n >= 5 && memcmp(data, "HTTP/", 5) == 0)
		buffer_clear(b);
	buffer_add(b, data, n);
	if (!b->failed)
		return n;
	error_set(t->error, ERROR_FAILED,
	    "the answer's headers exceed %d bytes", HTTP_HEADERS_MAX);
	t->failed = true;
	return 0;
}

/* Gives a piece of the body to whom it is for; returns 0 or -1. */
static int
take_body(struct transfer *t, const char *data, size_t n)
{
	struct http_request *r = t->request;
	long status = 0;

	curl_easy_getinfo(t->http->curl, CURLINFO_RESPONSE_CODE, &status);
	r->response->status = (int)status;
	if (r->sink != NULL && status >= 200 && status < 300) {
		return r->sink(r->ctx, r, data, n, t->error);
	}
	buffer_add(&r->response->body, data, n);
	if (!r->response->body.failed)
		return 0;
	return error_set(t->error, ERROR_FAILED,
	    "the answer's body exceeds %d bytes", HTTP_BODY_MAX);
}

static size_t
on_body(char *data, size_t size, size_t n, void *cookie)
{
	struct transfer *t = cookie;
	int64_t before = clock_ms();

	n *= size;
	throttle_take(t->http->settings.throttle, n, t->http->settings.stop);
	t->failed = take_body(t, data, n) != 0;
	/* A slow taker is not a silent server. */
	t->since += clock_ms() - before;
	return t->failed ? 0 : n;
}

/* Whether the stop ends the transfer: now, or when its grace has passed. */
static bool
must_stop(struct transfer *t)
{
	if (!stop_raised(t->http->settings.stop))
		return false;
	if (t->stopped == 0)
		t->stopped = clock_ms();
	return clock_ms() - t->stopped >= t->request->grace;
}

/* The bytes that lie in our own socket still. */
static curl_off_t
queued(const struct http *h)
{
	int n = 0;

	if (h->fd != -1 && ioctl(h->fd, SIOCOUTQ, &n) != 0)
		n = 0;
	return n;
}

/* Whether nothing has moved for longer than it may, with an error. */
static bool
has_stalled(struct transfer *t, curl_off_t sent, curl_off_t received)
{
	int64_t silent = clock_ms() - t->since;
	bool handed_over = received == 0 && t->request->body_size > 0 &&
	    sent >= (curl_off_t)t->request->body_size;
	int64_t limit = (int64_t)t->http->settings.timeout * 1000;

	if (handed_over && queued(t->http) == 0)
		limit = t->request->patience != 0
		    ? (int64_t)t->patience * 1000
		    : patience_for(&t->http->patience, t->request->body_size);
	else if (received > 0 || t->request->body_size == 0)
		limit = (int64_t)t->patience * 1000;
	if (silent < limit)
		return false;
	if (limit > (int64_t)t->patience * 1000)
		error_set(t->error, ERROR_FAILED,
		    "no answer for %ld seconds to %zu bytes",
		    (long)(limit / 1000), t->request->body_size);
	else
		error_set(t->error, ERROR_FAILED, "no progress for %ld seconds",
		    (long)(limit / 1000));
	t->failed = true;
	return true;
}

/* Called by libcurl at least once a second. */
static int
on_progress(void *cookie, curl_off_t dltotal, curl_off_t dlnow,
    curl_off_t ultotal, curl_off_t ulnow)
{
	struct transfer *t = cookie;
	curl_off_t moved = dlnow + ulnow - queued(t->http);
	int64_t before;

	(void)dltotal;
	(void)ultotal;
	if (must_stop(t)) {
		error_set(t->error, ERROR_FAILED, "stopped");
		t->failed = true;
		return 1;
	}
	if (ulnow > t->sent) {
		before = clock_ms();
		throttle_take(t->http->settings.throttle,
		    (uint64_t)(ulnow - t->sent), t->http->settings.stop);
		t->sent = ulnow;
		t->since += clock_ms() - before;
	}
	if (moved - t->seen >= t->step) {
		t->seen = moved;
		t->since = clock_ms();
		return 0;
	}
	return has_stalled(t, ulnow, dlnow) ? 1 : 0;
}

/* A command that we run has no use for it, and could hold it open. */
static int
on_socket(void *cookie, curl_socket_t fd, curlsocktype purpose)
{
	struct http *h = cookie;

	(void)purpose;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	h->fd = fd;
	return CURL_SOCKOPT_OK;
}

static int
on_close(void *cookie, curl_socket_t fd)
{
	struct http *h = cookie;

	if (h->fd == fd)
		h->fd = -1;
	return close(fd);
}

/* What is the same for every request. */
static void
set_options(struct http *h, struct transfer *t)
{
	long piece = (long)throttle_piece(h->settings.throttle);
	long timeout = h->settings.timeout;
	CURL *c = h->curl;

	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, h->reason);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(c, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(c, CURLOPT_TCP_KEEPIDLE, (long)PROBE);
	curl_easy_setopt(c, CURLOPT_TCP_KEEPINTVL, (long)PROBE);
	curl_easy_setopt(c, CURLOPT_MAXAGE_CONN,
	    timeout < IDLE_MAX ? timeout : (long)IDLE_MAX);
	curl_easy_setopt(c, CURLOPT_BUFFERSIZE, piece);
	curl_easy_setopt(c, CURLOPT_UPLOAD_BUFFERSIZE, piece);
	curl_easy_setopt(
	    c, CURLOPT_CONNECTTIMEOUT, h->settings.connect_timeout);
	if (h->settings.ca_file != NULL) {
		curl_easy_setopt(c, CURLOPT_CAINFO, h->settings.ca_file);
		/* Debian's libcurl has a directory of the system's, too. */
		curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
	}
	if (h->settings.direct)
		curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_SOCKOPTFUNCTION, on_socket);
	curl_easy_setopt(c, CURLOPT_SOCKOPTDATA, h);
	curl_easy_setopt(c, CURLOPT_CLOSESOCKETFUNCTION, on_close);
	curl_easy_setopt(c, CURLOPT_CLOSESOCKETDATA, h);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(c, CURLOPT_XFERINFODATA, t);
}

static void
set_request(CURL *c, const struct http_request *r, struct curl_slist *headers)
{
	curl_easy_setopt(c, CURLOPT_URL, r->url);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	if (strcmp(r->method, "HEAD") == 0)
		curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
	else if (r->body != NULL) {
		/* Sent from where it lies; the length goes first. */
		curl_easy_setopt(
		    c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body_size);
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, r->body);
	}
	curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, r->method);
	curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, r->fresh ? 1L : 0L);
}

/* libcurl's list of the headers; three that it would add are left out. */
static struct curl_slist *
header_list(const struct http_request *r)
{
	struct curl_slist *list = NULL, *longer;
	const char *const none[] = {
	    "Expect:", "Accept:", "Content-Type:", NULL};
	const char *const *sources[] = {none, r->headers};
	const char *const *p;
	size_t i;

	for (i = 0; i < 2; i++) {
		for (p = sources[i]; *p != NULL; p++) {
			longer = curl_slist_append(list, *p);
			if (longer == NULL) {
				curl_slist_free_all(list);
				return NULL;
			}
			list = longer;
		}
	}
	return list;
}

/* What no repeat mends: the certificates, the address. */
static bool
is_permanent(CURLcode rc)
{
	return rc == CURLE_PEER_FAILED_VERIFICATION ||
	    rc == CURLE_SSL_CACERT_BADFILE || rc == CURLE_SSL_ISSUER_ERROR ||
	    rc == CURLE_URL_MALFORMAT;
}

int
http_perform(struct http *h, struct http_request *r, struct error *e)
{
	struct transfer t = {.http = h, .request = r, .error = e};
	struct curl_slist *headers = header_list(r);
	CURLcode rc;
	long status, sent = 0;

	if (headers == NULL)
		return error_set(e, ERROR_FAILED, "out of memory");
	r->response->status = 0;
	r->response->permanent = r->response->unsent = false;
	r->response->headers.limit = HTTP_HEADERS_MAX;
	r->response->body.limit = HTTP_BODY_MAX;
	buffer_clear(&r->response->headers);
	buffer_clear(&r->response->body);
	t.patience = r->patience != 0 ? r->patience : h->settings.timeout;
	/* The patient wait for a byte: Complete sends blanks meanwhile. */
	t.step = r->patience != 0 ? 1 : HTTP_STEP;
	t.began = t.since = clock_ms();
	h->reason[0] = '\0';
	curl_easy_reset(h->curl); /* connections are kept */
	set_options(h, &t);
	set_request(h->curl, r, headers);
	rc = curl_easy_perform(h->curl);
	curl_slist_free_all(headers);
	if (rc != CURLE_OK) {
		r->response->status = 0;
		r->response->permanent = is_permanent(rc);
		curl_easy_getinfo(h->curl, CURLINFO_REQUEST_SIZE, &sent);
		r->response->unsent = sent == 0;
		if (t.failed)
			return -1;
		return error_set(e, ERROR_FAILED, "%s",
		    h->reason[0] != '\0' ? h->reason : curl_easy_strerror(rc));
	}
	curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &status);
	r->response->status = (int)status;
	if (status >= 200 && status < 300)
		patience_learn(
		    &h->patience, r->body_size, clock_ms() - t.began);
	return 0;
}
