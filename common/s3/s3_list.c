#include <stdio.h>
#include <string.h>

#include "s3/cycle.h"
#include "s3/page.h"
#include "s3/s3_call.h"

/* Fetches and reads one page. */
static int
fetch_page(
    struct s3 *s, struct s3_call *c, struct page *p, bool old, struct error *e)
{
	const char *wrong;

	if (s3_call(s, c, e) != 0)
		return -1;
	if (page_read(
		p, s->response.body.data, s->response.body.size, old, e) != 0)
		return error_prefix(
		    e, "%s %s", c->verb, s->config->bucket.name);
	if (!p->listing)
		return s3_call_failed(s, c, e, "the answer is not a listing");
	wrong =
	    page_decode(p, p->old || strcmp(c->query[0].name, "uploads") == 0);
	if (wrong != NULL)
		return s3_call_failed(s, c, e, wrong);
	if (p->old && p->truncated && p->next.size == 0)
		page_mark_last(p);
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
	if (l->raw || !page_is_ambiguous(page))
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
			rc = page_each(&page, each, ctx, e);
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
