#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/credentials_source.h"
#include "io/settings.h"

enum { CONNECT_TIMEOUT = 2, TIMEOUT = 5, TRIES = 3 };

static const char *const relative_names[] = {
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", NULL};
static const char *const full_names[] = {
    "AWS_CONTAINER_CREDENTIALS_FULL_URI", NULL};
static const char *const token_file_names[] = {
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", NULL};
static const char *const token_names[] = {
    "AWS_CONTAINER_AUTHORIZATION_TOKEN", NULL};

/* "Authorization: TOKEN", from the file if one is named; none: empty. */
static int
authorization(struct buffer *header, struct error *e)
{
	const char *path = settings_first(token_file_names), *p;
	const char *token = settings_first(token_names);
	char *held = NULL;
	bool whole;

	if (path != NULL) {
		token = held = settings_file(path, e);
		if (held == NULL)
			return error_prefix(e, "%s", token_file_names[0]);
	}
	if (token == NULL)
		return 0;
	for (p = token; *p != '\0' && (unsigned char)*p >= 0x20; p++)
		;
	whole = *p == '\0';
	if (whole)
		buffer_printf(header, "Authorization: %s", token);
	settings_wipe(held);
	if (!whole || header->failed)
		return error_set(e, ERROR_USAGE,
		    "the container's token holds a control character");
	return 0;
}

static int
ask(struct credentials_search *s, const char *url, const char *header,
    struct error *e)
{
	const char *const headers[] = {header, NULL};
	struct http_settings settings = {.connect_timeout = CONNECT_TIMEOUT,
	    .timeout = TIMEOUT,
	    .direct = true,
	    .stop = s->stop};
	struct http_request q = {
	    .method = "GET", .url = url, .headers = headers};

	return credentials_ask(
	    s, &settings, &q, TRIES, credentials_from_json, e);
}

int
credentials_container(struct credentials_search *s, struct error *e)
{
	const char *relative = settings_first(relative_names);
	const char *full = settings_first(full_names);
	struct buffer header = {0};
	char *url;
	int rc = -1;

	if (relative == NULL && full == NULL) {
		credentials_tried(s, "container", "not configured");
		return 0;
	}
	url = credentials_container_url(relative, full, e);
	if (url == NULL)
		return -1;
	if (authorization(&header, e) == 0)
		rc = ask(s, url, header.data, e);
	snprintf(s->found->source, sizeof s->found->source,
	    "the container's endpoint");
	buffer_free(&header);
	free(url);
	if (rc != 0)
		return error_prefix(e, "the container's credentials");
	return credentials_check(s->found, s->found->source, e) == 0 ? 1 : -1;
}
