#include <stdio.h>
#include <string.h>

#include "io/tail.h"

void
tail_add(struct tail *t, const void *bytes, size_t n)
{
	const char *p = bytes;
	size_t kept = t->size;

	if (n == 0) /* and bytes NULL, as memcpy must not be given it */
		return;
	if (n > TAIL_SIZE) {
		p += n - TAIL_SIZE;
		n = TAIL_SIZE;
	}
	if (kept > TAIL_SIZE - n)
		kept = TAIL_SIZE - n;
	memmove(t->bytes, t->bytes + (t->size - kept), kept);
	memcpy(t->bytes + kept, p, n);
	t->size = kept + n;
}

int
tail_write(const struct tail *t, const char *name, struct error *e)
{
	FILE *file = fopen(name, "w");
	size_t n;

	if (file == NULL)
		return error_errno(e, "open %s", name);
	n = fwrite(t->bytes, 1, t->size, file);
	if (fclose(file) != 0 || n != t->size)
		return error_errno(e, "write %s", name);
	return 0;
}
