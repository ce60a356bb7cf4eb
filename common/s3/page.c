#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "s3/page.h"
#include "text/percent.h"
#include "text/xml.h"

static void
page_clear(struct page *p)
{
	p->n = 0;
	memset(&p->now, 0, sizeof p->now);
	buffer_clear(&p->text);
	buffer_add(&p->text, "", 1); /* offset 0 is the empty string */
	buffer_clear(&p->next);
	buffer_clear(&p->next_upload);
	p->listing = p->truncated = p->encoded = p->old = false;
}

void
page_free(struct page *p)
{
	free(p->items);
	buffer_free(&p->text);
	buffer_free(&p->next);
	buffer_free(&p->next_upload);
}

/* Keeps a string; returns its offset. */
static size_t
keep(struct page *p, const char *text)
{
	size_t at = p->text.size;

	buffer_add(&p->text, text, strlen(text) + 1);
	return at;
}

static int
add_item(struct page *p, struct error *e)
{
	struct page_item *items;
	size_t capacity;

	if (p->n == p->capacity) {
		capacity = p->capacity != 0 ? 2 * p->capacity : 1024;
		items = realloc(p->items, capacity * sizeof *items);
		if (items == NULL)
			return error_set(e, ERROR_FAILED, "out of memory");
		p->items = items;
		p->capacity = capacity;
	}
	p->items[p->n++] = p->now;
	memset(&p->now, 0, sizeof p->now);
	return 0;
}

static int
entry_leaf(struct page *p, const char *name, const char *text, struct error *e)
{
	int64_t size;

	if (strcmp(name, "Key") == 0) {
		p->now.key = keep(p, text);
	} else if (strcmp(name, "Prefix") == 0) {
		p->now.key = keep(p, text);
		p->now.prefix = true;
	} else if (strcmp(name, "LastModified") == 0 ||
	    strcmp(name, "Initiated") == 0) {
		p->now.time = keep(p, text);
	} else if (strcmp(name, "UploadId") == 0) {
		p->now.upload = keep(p, text);
	} else if (strcmp(name, "Size") == 0) {
		if (number_parse(text, 0, INT64_MAX, &size) != 0)
			return error_set(
			    e, ERROR_FAILED, "the answer has a size %s", text);
		p->now.size = (uint64_t)size;
	}
	return 0;
}

static int
on_leaf(void *ctx, const char *parent, const char *name, const char *text,
    struct error *e)
{
	struct page *p = ctx;

	if (strcmp(parent, "Contents") == 0 || strcmp(parent, "Upload") == 0 ||
	    strcmp(parent, "CommonPrefixes") == 0)
		return entry_leaf(p, name, text, e);
	if (strcmp(parent, "ListBucketResult") != 0 &&
	    strcmp(parent, "ListMultipartUploadsResult") != 0)
		return 0;
	if (strcmp(name, "IsTruncated") == 0)
		p->truncated = strcmp(text, "true") == 0;
	else if (strcmp(name, "EncodingType") == 0)
		p->encoded = strcmp(text, "url") == 0;
	else if (strcmp(name, "NextContinuationToken") == 0 ||
	    strcmp(name, "NextKeyMarker") == 0 ||
	    strcmp(name, "NextMarker") == 0)
		buffer_puts(&p->next, text);
	else if (strcmp(name, "Marker") == 0)
		p->old = true;
	else if (strcmp(name, "NextUploadIdMarker") == 0)
		buffer_puts(&p->next_upload, text);
	return 0;
}

static int
on_end(void *ctx, const char *name, struct error *e)
{
	struct page *p = ctx;

	if (strcmp(name, "Contents") == 0 || strcmp(name, "Upload") == 0 ||
	    strcmp(name, "CommonPrefixes") == 0)
		return add_item(p, e);
	p->listing = strcmp(name, "ListBucketResult") == 0 ||
	    strcmp(name, "ListMultipartUploadsResult") == 0;
	return 0;
}

int
page_read(
    struct page *p, const char *body, size_t size, bool old, struct error *e)
{
	struct xml_visitor v = {.leaf = on_leaf, .end = on_end, .ctx = p};

	page_clear(p);
	p->old = old;
	if (xml_parse(body, size, &v, e) != 0)
		return -1;
	if (p->text.failed || p->next.failed || p->next_upload.failed)
		return error_set(e, ERROR_FAILED, "out of memory");
	return 0;
}

const char *
page_decode(struct page *p, bool markers)
{
	size_t i;

	if (!p->encoded)
		return NULL;
	for (i = 0; i < p->n; i++) {
		if (percent_decode(p->text.data + p->items[i].key) != 0)
			return "the answer has a key that is badly encoded";
	}
	if (markers && p->next.size > 0 && percent_decode(p->next.data) != 0)
		return "the answer has a marker that is badly encoded";
	return NULL;
}

/* Whether a name has a byte that encoding-type=url would have changed. */
static bool
is_raw(const char *name)
{
	const unsigned char *p;

	for (p = (const unsigned char *)name; *p != '\0'; p++) {
		if (*p <= ' ' || *p >= 0x7f || strchr("\"&<>", *p) != NULL)
			return true;
	}
	return false;
}

bool
page_is_ambiguous(const struct page *p)
{
	bool looks_encoded = false;
	const char *key;
	size_t i;

	for (i = 0; i < p->n && !p->encoded; i++) {
		key = p->text.data + p->items[i].key;
		if (is_raw(key))
			return false;
		if (strpbrk(key, "%+") != NULL)
			looks_encoded = true;
	}
	return looks_encoded;
}

/* Keys and common prefixes come apart, each in their order. */
void
page_mark_last(struct page *p)
{
	const char *key, *last = "";
	size_t i;

	for (i = 0; i < p->n; i++) {
		key = p->text.data + p->items[i].key;
		if (strcmp(key, last) > 0)
			last = key;
	}
	buffer_puts(&p->next, last);
}

/* "2026-11-22T12:00:00.000Z" without its fraction. */
static const char *
whole_seconds(char *time)
{
	char *dot = strchr(time, '.');

	if (dot != NULL)
		memmove(dot, "Z", 2);
	return time;
}

int
page_each(struct page *p,
    int (*each)(void *, const struct s3_entry *, struct error *), void *ctx,
    struct error *e)
{
	struct s3_entry entry;
	char *key;
	size_t i;

	for (i = 0; i < p->n; i++) {
		key = p->text.data + p->items[i].key;
		/* What stands for a character that XML could not carry: the
		 * key is not this one. */
		if (!p->encoded && strstr(key, "\xef\xbf\xbd") != NULL)
			return error_set(e, ERROR_FAILED,
			    "the listing hides a character of a key: %s", key);
		entry.key = key;
		entry.prefix = p->items[i].prefix;
		entry.size = p->items[i].size;
		entry.time = whole_seconds(p->text.data + p->items[i].time);
		entry.upload = p->items[i].upload != 0
		    ? p->text.data + p->items[i].upload
		    : NULL;
		if (each(ctx, &entry, e) != 0)
			return -1;
	}
	return 0;
}
