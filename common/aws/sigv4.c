#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "aws/hash.h"
#include "aws/sigv4.h"
#include "base/buffer.h"

int
sigv4_date(char out[SIGV4_DATE], time_t when)
{
	struct tm tm;

	if (gmtime_r(&when, &tm) == NULL || tm.tm_year > 9999 - 1900)
		return -1;
	return strftime(out, SIGV4_DATE, "%Y%m%dT%H%M%SZ", &tm) ==
		SIGV4_DATE - 1
	    ? 0
	    : -1;
}

static bool
is_unreserved(unsigned char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	    (c >= '0' && c <= '9') || strchr("-._~", c) != NULL;
}

void
sigv4_encode(struct buffer *b, const char *text, bool keep_slash)
{
	const unsigned char *p;

	for (p = (const unsigned char *)text; *p != '\0'; p++) {
		if (is_unreserved(*p) || (*p == '/' && keep_slash))
			buffer_add(b, p, 1);
		else
			buffer_printf(b, "%%%02X", *p);
	}
}

static int
by_name(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

/*
 * Sorts encoded parameters by name, then value. "name=value" as a whole would
 * sort wrongly where one name begins another, for '=' is above '-' and '.':
 * so the two stand apart by a byte below all others until they are sorted.
 */
void
sigv4_query(struct buffer *b, const struct pair *pairs, size_t n)
{
	struct buffer one = {0};
	char **items = calloc(n + 1, sizeof *items);
	size_t i;

	if (items == NULL)
		b->failed = true;
	for (i = 0; items != NULL && i < n; i++) {
		buffer_clear(&one);
		sigv4_encode(&one, pairs[i].name, false);
		buffer_add(&one, "\001", 1);
		sigv4_encode(&one, pairs[i].value, false);
		items[i] = one.failed ? NULL : strdup(one.data);
		if (items[i] == NULL)
			b->failed = true;
	}
	if (!b->failed)
		qsort(items, n, sizeof *items, by_name);
	for (i = 0; !b->failed && i < n; i++) {
		*strchr(items[i], '\001') = '=';
		if (i > 0)
			buffer_puts(b, "&");
		buffer_puts(b, items[i]);
	}
	for (i = 0; items != NULL && i < n; i++)
		free(items[i]);
	free(items);
	buffer_free(&one);
}

/* Adds text in lower case. */
static void
add_lower(struct buffer *b, const char *text)
{
	char c;

	for (; *text != '\0'; text++) {
		c = *text >= 'A' && *text <= 'Z' ? (char)(*text | 0x20) : *text;
		buffer_add(b, &c, 1);
	}
}

/* Adds a header's value without outer blanks, inner runs of them as one. */
static void
add_trimmed(struct buffer *b, const char *value)
{
	bool blank = false, begun = false;

	for (; *value != '\0'; value++) {
		if (*value == ' ' || *value == '\t' || *value == '\n' ||
		    *value == '\r') {
			blank = begun;
			continue;
		}
		if (blank)
			buffer_add(b, " ", 1);
		buffer_add(b, value, 1);
		begun = true;
		blank = false;
	}
}

struct sorted {
	const struct pair *pair;
	size_t index;
};

static int
by_header(const void *a, const void *b)
{
	const struct sorted *x = a, *y = b;
	int order = strcasecmp(x->pair->name, y->pair->name);

	if (order != 0)
		return order;
	return x->index < y->index ? -1 : 1; /* equal names keep their order */
}

static struct sorted *
sort_headers(const struct sigv4_request *r)
{
	struct sorted *s = calloc(r->nheaders + 1, sizeof *s);
	size_t i;

	if (s == NULL)
		return NULL;
	for (i = 0; i < r->nheaders; i++) {
		s[i].pair = &r->headers[i];
		s[i].index = i;
	}
	qsort(s, r->nheaders, sizeof *s, by_header);
	return s;
}

static bool
same_header(const struct sorted *a, const struct sorted *b)
{
	return strcasecmp(a->pair->name, b->pair->name) == 0;
}

/* Adds "name:value,value\n" for each header, in order of their names. */
static void
add_headers(struct buffer *b, const struct sorted *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (i > 0 && same_header(&s[i - 1], &s[i])) {
			buffer_add(b, ",", 1);
		} else {
			if (i > 0)
				buffer_add(b, "\n", 1);
			add_lower(b, s[i].pair->name);
			buffer_add(b, ":", 1);
		}
		add_trimmed(b, s[i].pair->value);
	}
	buffer_add(b, "\n", 1);
}

/* Adds "name;name" for the headers. */
static void
add_names(struct buffer *b, const struct sorted *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (i > 0 && same_header(&s[i - 1], &s[i]))
			continue;
		if (i > 0)
			buffer_add(b, ";", 1);
		add_lower(b, s[i].pair->name);
	}
}

void
sigv4_canonical(struct buffer *b, const struct sigv4_request *r)
{
	struct sorted *s = sort_headers(r);

	if (s == NULL) {
		b->failed = true;
		return;
	}
	buffer_printf(b, "%s\n%s\n%s\n", r->method, r->path, r->query);
	add_headers(b, s, r->nheaders);
	buffer_puts(b, "\n");
	add_names(b, s, r->nheaders);
	buffer_printf(b, "\n%s", r->payload);
	free(s);
}

/* Adds the credential scope: day/region/service/aws4_request. */
static void
add_scope(struct buffer *b, const struct sigv4_key *k, const char *date)
{
	buffer_printf(
	    b, "%.8s/%s/%s/aws4_request", date, k->region, k->service);
}

void
sigv4_string_to_sign(struct buffer *b, const struct sigv4_request *r,
    const struct sigv4_key *k, const char *date)
{
	struct buffer canonical = {0};
	char hex[HASH_HEX];

	sigv4_canonical(&canonical, r);
	if (canonical.failed ||
	    hash_sha256(hex, canonical.data, canonical.size) != 0)
		b->failed = true;
	buffer_free(&canonical);
	if (b->failed)
		return;
	buffer_printf(b, "AWS4-HMAC-SHA256\n%s\n", date);
	add_scope(b, k, date);
	buffer_printf(b, "\n%s", hex);
}

/* Derives the signing key and signs the text; returns 0 or -1. */
static int
sign(char hex[HASH_HEX], const struct sigv4_key *k, const char *date,
    const struct buffer *text)
{
	const char *steps[] = {k->region, k->service, "aws4_request"};
	unsigned char key[HASH_SHA256] = {0};
	struct buffer secret = {0};
	size_t i;
	int rc;

	buffer_printf(&secret, "AWS4%s", k->secret);
	rc = secret.failed ? -1
			   : hash_hmac(key, secret.data, secret.size, date, 8);
	buffer_free(&secret);
	for (i = 0; rc == 0 && i < sizeof steps / sizeof *steps; i++)
		rc =
		    hash_hmac(key, key, sizeof key, steps[i], strlen(steps[i]));
	if (rc == 0)
		rc = hash_hmac(key, key, sizeof key, text->data, text->size);
	hash_hex(hex, key, sizeof key);
	explicit_bzero(key, sizeof key);
	return rc;
}

void
sigv4_authorization(struct buffer *b, const struct sigv4_request *r,
    const struct sigv4_key *k, const char *date)
{
	struct sorted *s = sort_headers(r);
	struct buffer text = {0};
	char signature[HASH_HEX];

	sigv4_string_to_sign(&text, r, k, date);
	if (s == NULL || text.failed || sign(signature, k, date, &text) != 0) {
		b->failed = true;
	} else {
		buffer_printf(b, "AWS4-HMAC-SHA256 Credential=%s/", k->access);
		add_scope(b, k, date);
		buffer_puts(b, ", SignedHeaders=");
		add_names(b, s, r->nheaders);
		buffer_printf(b, ", Signature=%s", signature);
	}
	buffer_free(&text);
	free(s);
}
