#include <string.h>

#include "s3/same.h"

static int
take(void *ctx, const void *bytes, size_t n, struct error *e)
{
	if (hash_add(ctx, bytes, n) == 0)
		return 0;
	return error_set(e, ERROR_FAILED, "a digest failed");
}

/* The SHA-256 of the object, which is fetched for it. */
static int
fetch_digest(
    struct s3 *s, const char *key, char sha256[HASH_HEX], struct error *e)
{
	struct hash *h = hash_open(HASH_OF_SHA256);
	struct s3_range all = {.take = take, .ctx = h};
	int rc;

	if (h == NULL)
		return error_set(e, ERROR_FAILED, "a digest failed");
	rc = s3_get(s, key, &all, e);
	if (rc == 0 && hash_finish(h, sha256) != 0)
		rc = error_set(e, ERROR_FAILED, "a digest failed");
	hash_free(h);
	return rc;
}

int
same_object(struct s3 *s, const char *key, uint64_t size,
    const char sha256[HASH_HEX], struct error *e)
{
	struct s3_object o;

	if (s3_head(s, key, &o, e) != 0)
		return -1;
	if (o.size != size)
		return 0;
	if (strlen(o.sha256) != HASH_HEX - 1 &&
	    fetch_digest(s, key, o.sha256, e) != 0)
		return -1;
	return strcmp(o.sha256, sha256) == 0;
}
