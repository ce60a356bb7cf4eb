/*
 * page: one page of a listing, as ListObjectsV2, ListObjects or
 * ListMultipartUploads answer it ("ListObjectsV2", Amazon S3 API Reference).
 */
#ifndef PAGE_H
#define PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "s3/s3.h"

/* One entry of a page; strings are offsets into the page's text. */
struct page_item {
	size_t key, time, upload;
	uint64_t size;
	bool prefix;
};

/* All zero is an empty page; page_free() frees what it holds. */
struct page {
	struct page_item *items;
	size_t n, capacity;
	struct page_item now; /* the element that is being read */
	struct buffer text;
	bool listing; /* the document is a listing */
	bool truncated, encoded;
	bool old; /* of ListObjects, the first version */
	struct buffer next; /* the token or the key marker */
	struct buffer next_upload; /* the upload id marker */
};

/*
 * Reads the page from an answer's body. `old`: ListObjects was asked. Returns
 * -1 if the body is no XML, has a size that is no number, or memory is short.
 * A document of another kind is read too: then page->listing is false.
 */
int page_read(
    struct page *, const char *body, size_t size, bool old, struct error *);

/*
 * Undoes encoding-type=url, if the store says that it applied it; `markers`: to
 * the marker of the next page too. encoding-type covers markers, but no
 * continuation token. Returns NULL, or the words for what is badly encoded.
 */
const char *page_decode(struct page *, bool markers);

/*
 * Whether nothing tells if the names of a page are encoded: some stores encode
 * names when asked to, and do not say so.
 */
bool page_is_ambiguous(const struct page *);

/*
 * Sets where the next page of ListObjects begins: behind the last name of this
 * one. A store says so itself only with a delimiter.
 */
void page_mark_last(struct page *);

/* Calls each() for every entry, until it returns other than 0. */
int page_each(struct page *,
    int (*each)(void *, const struct s3_entry *, struct error *), void *ctx,
    struct error *);

void page_free(struct page *);

#endif
