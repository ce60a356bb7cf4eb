#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "s3/header.h"

/* Not the user's to set; one that ends with '-' stands for all it begins. */
static const char *const ours[] = {
    "authorization",
    "connection",
    "content-length",
    "content-md5",
    "expect",
    "host",
    "if-match",
    "if-none-match",
    "range",
    "transfer-encoding",
    "x-amz-content-sha256",
    "x-amz-copy-source",
    "x-amz-date",
    "x-amz-meta-s3pipe-id",
    "x-amz-meta-s3pipe-sha256",
    "x-amz-security-token",
    "x-amz-server-side-encryption-customer-",
};

static bool
is_ours(const char *name)
{
	size_t i, n;

	for (i = 0; i < sizeof ours / sizeof *ours; i++) {
		n = strlen(ours[i]);
		if (strncasecmp(name, ours[i], n) == 0 &&
		    (name[n] == '\0' || ours[i][n - 1] == '-'))
			return true;
	}
	return false;
}

static bool
is_token(const char *s)
{
	static const char others[] = "!#$%&'*+-.^_`|~";

	if (*s == '\0')
		return false;
	for (; *s != '\0'; s++) {
		if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
			(*s >= '0' && *s <= '9') || strchr(others, *s)))
			return false;
	}
	return true;
}

int
header_check(const char *name, const char *value, struct error *e)
{
	const char *p;

	if (!is_token(name))
		return error_set(
		    e, ERROR_USAGE, "not a header's name: %s", name);
	if (is_ours(name))
		return error_set(
		    e, ERROR_USAGE, "s3put sets the header %s itself", name);
	for (p = value; *p != '\0'; p++) {
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return error_set(e, ERROR_USAGE,
			    "the header %s holds a control character", name);
	}
	return 0;
}

int
header_add(
    struct header_list *l, const char *name, const char *value, struct error *e)
{
	char *n, *v;
	size_t i;

	value += strspn(value, " ");
	if (header_check(name, value, e) != 0)
		return -1;
	for (i = 0; i < l->n; i++) {
		if (strcasecmp(l->pairs[i].name, name) == 0)
			break;
	}
	if (i == HEADER_MAX)
		return error_set(
		    e, ERROR_USAGE, "more than %d headers", HEADER_MAX);
	n = strdup(name);
	v = strdup(value);
	if (n == NULL || v == NULL) {
		free(n);
		free(v);
		return error_set(e, ERROR_FAILED, "out of memory");
	}
	free((char *)l->pairs[i].name);
	free((char *)l->pairs[i].value);
	l->pairs[i].name = n;
	l->pairs[i].value = v;
	if (i == l->n)
		l->n++;
	return 0;
}

/* Splits text at the first `at` and adds it as prefix+left: right. */
static int
add_split(struct header_list *l, const char *text, char at, const char *prefix,
    struct error *e)
{
	const char *right = strchr(text, at);
	char name[256];

	if (right == NULL || right == text)
		return error_set(
		    e, ERROR_USAGE, "not \"name%c value\": %s", at, text);
	if ((size_t)(right - text) >= sizeof name - strlen(prefix))
		return error_set(
		    e, ERROR_USAGE, "the name is too long: %.64s...", text);
	snprintf(
	    name, sizeof name, "%s%.*s", prefix, (int)(right - text), text);
	return header_add(l, name, right + 1, e);
}

int
header_add_line(struct header_list *l, const char *line, struct error *e)
{
	return add_split(l, line, ':', "", e) == 0 ? 0 : error_prefix(e, "-H");
}

int
header_add_metadata(struct header_list *l, const char *pair, struct error *e)
{
	return add_split(l, pair, '=', "x-amz-meta-", e) == 0
	    ? 0
	    : error_prefix(e, "-m");
}

size_t
header_everywhere(
    const struct header_list *l, struct pair found[HEADER_EVERYWHERE])
{
	size_t i, n = 0;

	for (i = 0; i < l->n; i++) {
		if (strcasecmp(l->pairs[i].name, "x-amz-request-payer") == 0 ||
		    strcasecmp(
			l->pairs[i].name, "x-amz-expected-bucket-owner") == 0)
			found[n++] = l->pairs[i];
	}
	return n;
}

bool
header_is_checksum(const char *name)
{
	return strncasecmp(name, "x-amz-checksum-", 15) == 0 ||
	    strcasecmp(name, "x-amz-sdk-checksum-algorithm") == 0;
}

void
header_free(struct header_list *l)
{
	size_t i;

	for (i = 0; i < l->n; i++) {
		free((char *)l->pairs[i].name);
		free((char *)l->pairs[i].value);
	}
	l->n = 0;
}
