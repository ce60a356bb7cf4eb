/*
 * page: any bytes as a page of a listing. The first byte chooses the version.
 * Nothing may break; a page that is refused says why, and no entry has a key
 * longer than the page.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "s3/page.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static int
each(void *ctx, const struct s3_entry *entry, struct error *e)
{
	(void)e;
	if (strlen(entry->key) > *(size_t *)ctx || entry->time == NULL ||
	    (entry->upload != NULL && strlen(entry->upload) > *(size_t *)ctx))
		abort();
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t size)
{
	struct page p = {0};
	struct error e = {0};
	bool old;

	if (size == 0)
		return 0;
	old = (*in & 1) != 0;
	if (page_read(&p, (const char *)in + 1, size - 1, old, &e) != 0) {
		if (e.text[0] == '\0')
			abort();
	} else if (page_decode(&p, (*in & 2) != 0) == NULL) {
		page_is_ambiguous(&p);
		if (old && p.next.size == 0)
			page_mark_last(&p);
		page_each(&p, each, &size, &e);
	}
	page_free(&p);
	return 0;
}
