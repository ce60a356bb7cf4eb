#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "s3/cycle.h"
#include "s3/s3_call.h"
#include "text/percent.h"
#include "text/xml.h"

/* One entry of a page; strings are offsets into the page's text. */
struct item {
	size_t key, time, upload;
	uint64_t size;
	bool prefix;
};

/* One page of a listing, as the answer has it. */
struct page {
	struct item *items;
	size_t n, capacity;
	struct item now; /* the element that is being read */
	struct buffer text;
	bool listing; /* it is one at all */
	bool truncated, encoded;
	bool old; /* of ListObjects, the first version */
	struct buffer next; /* the token or the key marker */
	struct buffer next_upload; /* the upload id marker */
};

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

static void
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
	struct item *items;
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

/* "2026-11-22T12:00:00.000Z" without its fraction. */
static const char *
whole_seconds(char *time)
{
	char *dot = strchr(time, '.');

	if (dot != NULL)
		memmove(dot, "Z", 2);
	return time;
}

/* Gives one page's entries to each(). */
static int
give_page(struct page *p,
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

/* Undoes the encoding of a page's keys and of its marker. */
static int
decode_page(const struct s3 *s, const struct s3_call *c, struct page *p,
    struct error *e)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		if (percent_decode(p->text.data + p->items[i].key) != 0)
			return s3_call_failed(s, c, e,
			    "the answer has a key that is badly encoded");
	}
	/* encoding-type covers the markers too, but no token. */
	if (p->next.size > 0 &&
	    (p->old || strcmp(c->query[0].name, "uploads") == 0) &&
	    percent_decode(p->next.data) != 0)
		return s3_call_failed(
		    s, c, e, "the answer has a marker that is badly encoded");
	return 0;
}

/*
 * Where the next page of the first version begins: behind the last name of
 * this one, if it does not say so (it does so with a delimiter only). Keys and
 * common prefixes come apart, each in their order.
 */
static void
mark_last(struct page *p)
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

/* Fetches and parses one page. */
static int
fetch_page(
    struct s3 *s, struct s3_call *c, struct page *p, bool old, struct error *e)
{
	struct xml_visitor v = {.leaf = on_leaf, .end = on_end, .ctx = p};

	page_clear(p);
	p->old = old;
	if (s3_call(s, c, e) != 0)
		return -1;
	if (xml_parse(s->response.body.data, s->response.body.size, &v, e) != 0)
		return error_prefix(
		    e, "%s %s", c->verb, s->config->bucket.name);
	if (!p->listing)
		return s3_call_failed(s, c, e, "the answer is no listing");
	if (p->text.failed || p->next.failed || p->next_upload.failed)
		return error_set(e, ERROR_FAILED, "out of memory");
	if (p->encoded && decode_page(s, c, p, e) != 0)
		return -1;
	if (p->old && p->truncated && p->next.size == 0)
		mark_last(p);
	if (p->truncated && p->next.size == 0)
		return s3_call_failed(
		    s, c, e, "the answer goes on, but does not say where");
	return 0;
}

/* Where a page begins: a token, or the two markers of uploads. */
struct place {
	struct buffer token, upload, both;
};

/* Takes over the place where the next page begins, which must be a new one. */
static int
advance(struct s3 *s, struct s3_call *c, const struct page *p,
    struct cycle *cycle, struct place *at, struct error *e)
{
	int rc;

	buffer_clear(&at->token);
	buffer_puts(&at->token, p->next.data);
	buffer_clear(&at->upload);
	buffer_add(&at->upload, p->next_upload.data, p->next_upload.size);
	buffer_clear(&at->both);
	buffer_printf(&at->both, "%s %s", at->token.data, at->upload.data);
	if (at->token.failed || at->upload.failed || at->both.failed)
		return error_set(e, ERROR_FAILED, "out of memory");
	rc = cycle_add(cycle, at->both.data);
	if (rc > 0)
		return s3_call_failed(s, c, e,
		    "the listing does not end: the store sent the same "
		    "continuation token again");
	return rc == 0 ? 0 : error_set(e, ERROR_FAILED, "out of memory");
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

/*
 * Whether nothing tells if the names of a page are encoded: some stores encode
 * them when asked to, and do not say so.
 */
static bool
is_ambiguous(const struct page *p)
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

/* A listing that is asked for page by page. */
struct listing {
	struct s3 *s;
	struct s3_call call;
	struct pair query[8];
	size_t fixed; /* parameters that all pages have */
	const char *marker,
	    *id_marker; /* parameters that say where one begins */
	const char *after; /* where the first begins; NULL: at the start */
	bool raw; /* names are asked for as they are */
};

static void
listing_add(struct listing *l, const char *name, const char *value)
{
	l->query[l->fixed++] = (struct pair){name, value};
}

/* From now on the listing asks for names as they are. */
static void
listing_ask_raw(struct listing *l)
{
	size_t i, n = 0;

	for (i = 0; i < l->call.nquery; i++) {
		if (strcmp(l->query[i].name, "encoding-type") != 0)
			l->query[n++] = l->query[i];
	}
	l->raw = true;
	l->fixed -= l->call.nquery - n;
	l->call.nquery = n;
}

/* Fetches a page, and again where only that tells what its names are. */
static int
get_page(struct listing *l, struct page *page, struct error *e)
{
	bool old = strcmp(l->marker, "marker") == 0;

	if (fetch_page(l->s, &l->call, page, old, e) != 0)
		return -1;
	if (l->raw || !is_ambiguous(page))
		return 0;
	listing_ask_raw(l);
	return fetch_page(l->s, &l->call, page, old, e);
}

/* Sets the parameters that say where the next page begins. */
static void
listing_place(
    struct listing *l, const struct page *page, const struct place *at)
{
	struct pair *query = l->query + l->fixed;

	*query++ =
	    (struct pair){page->old ? "marker" : l->marker, at->token.data};
	if (l->id_marker != NULL)
		*query++ = (struct pair){l->id_marker, at->upload.data};
	l->call.nquery = (size_t)(query - l->query);
}

/* Walks over the pages. */
static int
walk(struct listing *l,
    int (*each)(void *, const struct s3_entry *, struct error *), void *ctx,
    struct error *e)
{
	struct page page = {0};
	struct place at = {0};
	struct cycle cycle = {0};
	int rc;

	l->call.query = l->query;
	l->call.nquery = l->fixed;
	if (l->after != NULL)
		l->query[l->call.nquery++] = (struct pair){l->marker, l->after};
	do {
		rc = get_page(l, &page, e);
		if (rc == 0)
			rc = give_page(&page, each, ctx, e);
		if (rc == 0 && page.truncated)
			rc = advance(l->s, &l->call, &page, &cycle, &at, e);
		if (rc != 0)
			break;
		listing_place(l, &page, &at);
	} while (page.truncated);
	page_free(&page);
	buffer_free(&at.token);
	buffer_free(&at.upload);
	buffer_free(&at.both);
	cycle_free(&cycle);
	return rc;
}

/* Whether a listing was refused for being of the second version. */
static bool
refused_v2(const struct s3_call *c)
{
	return c->status == 405 || c->status == 501 ||
	    strcmp(c->why.code, "NotImplemented") == 0 ||
	    (c->status == 400 &&
		(strcmp(c->why.code, "InvalidArgument") == 0 ||
		    strcmp(c->why.code, "InvalidRequest") == 0));
}

/* The parameters that say what of the bucket is listed. */
static void
listing_add_scope(struct listing *l, const struct s3_scope *scope)
{
	if (scope->prefix != NULL && *scope->prefix != '\0')
		listing_add(l, "prefix", scope->prefix);
	if (scope->delimiter != NULL)
		listing_add(l, "delimiter", scope->delimiter);
}

/* Whether a walk has come past its first page. */
static bool
got_on(const struct listing *l)
{
	return l->call.nquery != l->fixed + (l->after != NULL);
}

int
s3_list(struct s3 *s, const struct s3_scope *scope,
    int (*each)(void *, const struct s3_entry *, struct error *), void *ctx,
    struct error *e)
{
	struct listing l = {.s = s,
	    .call = {.verb = "list", .method = "GET"},
	    .marker = "continuation-token"};
	struct listing old = {
	    .s = s, .call = l.call, .marker = "marker", .after = scope->after};
	struct error ignored;

	listing_add(&l, "list-type", "2");
	listing_add(&l, "encoding-type", "url");
	listing_add_scope(&l, scope);
	if (scope->after != NULL)
		listing_add(&l, "start-after", scope->after);
	if (walk(&l, each, ctx, e) == 0)
		return 0;
	if (got_on(&l) || !refused_v2(&l.call))
		return -1;
	/* Once more by the first version; if that fails too, the first error
	 * tells more. */
	listing_add(&old, "encoding-type", "url");
	listing_add_scope(&old, scope);
	if (walk(&old, each, ctx, &ignored) == 0)
		return 0;
	if (got_on(&old) || old.call.status == 200 ||
	    ignored.status == ERROR_CLOSED)
		*e = ignored;
	return -1;
}

int
s3_list_uploads(struct s3 *s, const struct s3_scope *scope,
    int (*each)(void *, const struct s3_entry *, struct error *), void *ctx,
    struct error *e)
{
	struct listing l = {.s = s,
	    .call = {.verb = "list uploads of", .method = "GET"},
	    .marker = "key-marker",
	    .id_marker = "upload-id-marker",
	    .after = scope->after};

	listing_add(&l, "uploads", "");
	listing_add(&l, "encoding-type", "url");
	listing_add_scope(&l, scope);
	return walk(&l, each, ctx, e);
}
