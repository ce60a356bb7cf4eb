#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "s3/listed.h"
#include "s3/s3.h"

/* What a listing has of a key. */
struct sight {
	const char *key;
	bool seen;
	uint64_t size;
};

static int
see(void *ctx, const struct s3_entry *entry, struct error *e)
{
	struct sight *s = ctx;

	if (strcmp(entry->key, s->key) != 0)
		return 0;
	s->seen = true;
	s->size = entry->size;
	e->status = ERROR_CLOSED; /* the rest is not asked for */
	return -1;
}

int
listed_check(struct s3 *s3, const char *key, uint64_t size, struct error *e)
{
	struct s3_scope scope = {.prefix = key};
	struct sight s = {.key = key};

	if (s3_list(s3, &scope, see, &s, e) != 0 && !s.seen) {
		e->status = ERROR_UNLISTED;
		return error_prefix(
		    e, "put %s: stored, but not confirmed", key);
	}
	if (!s.seen)
		return error_set(e, ERROR_UNLISTED,
		    "put %s: stored, but the store does not list it", key);
	if (s.size != size)
		return error_set(e, ERROR_UNLISTED,
		    "put %s: stored, but the store lists it with %" PRIu64
		    " bytes, not %" PRIu64,
		    key, s.size, size);
	return 0;
}
