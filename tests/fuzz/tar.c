/*
 * tar: any bytes as an archive of a base backup, in pieces of any size. What is
 * written is members under the folder, whole blocks, and the same however it came
 * in pieces.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "sql/tar.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static int
keep(void *context, const void *bytes, size_t size, struct error *e)
{
	(void)e;
	buffer_add(context, bytes, size);
	return 0;
}

/* Takes it in pieces of that size; returns whether it was an archive. */
static int
take(struct buffer *out, const uint8_t *in, size_t size, size_t piece)
{
	struct tar t = {.write = keep, .context = out};
	struct error e;
	size_t at, n;

	tar_begin(&t, "pg_tblspc/1/");
	for (at = 0; at < size; at += n) {
		n = size - at < piece ? size - at : piece;
		if (tar_take(&t, in + at, n, &e) != 0)
			return -1;
	}
	return tar_end(&t, &e);
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t size)
{
	struct buffer whole = {0}, pieces = {0};
	int rc = take(&whole, in, size, size + 1);

	if (take(&pieces, in, size, 7) != rc)
		abort();
	if (whole.size != pieces.size ||
	    (whole.size > 0 &&
		memcmp(whole.data, pieces.data, whole.size) != 0))
		abort();
	if (rc == 0 && whole.size % TAR_BLOCK != 0)
		abort();
	if (whole.size >= TAR_BLOCK &&
	    memcmp(whole.data, "pg_tblspc/1/", 12) != 0)
		abort();
	buffer_free(&whole);
	buffer_free(&pieces);
	return 0;
}
