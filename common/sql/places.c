#include <stdlib.h>
#include <string.h>

#include "sql/places.h"

void
places_add(struct places *p, uint64_t line, uint64_t lines)
{
	uint64_t i = p->count++ % PLACES_BLOCKS;

	p->blocks[i].rows = p->rows;
	p->blocks[i].line = line;
	p->rows += lines;
}

/* The number of the row in the line of the context that is the COPY's, or 0. */
static uint64_t
row_number(const char *context)
{
	static const char mark[] = ", line ";
	const char *found;

	while (strncmp(context, "COPY ", 5) != 0) {
		context = strchr(context, '\n');
		if (context++ == NULL)
			return 0;
	}
	found = strstr(context, mark);
	return found != NULL ? strtoull(found + sizeof mark - 1, NULL, 10) : 0;
}

uint64_t
places_find(const struct places *p, const char *context)
{
	uint64_t n = row_number(context), i, first, at;

	first = p->count > PLACES_BLOCKS ? p->count - PLACES_BLOCKS : 0;
	for (i = p->count; n > 0 && i > first; i--) {
		at = (i - 1) % PLACES_BLOCKS;
		if (p->blocks[at].rows < n)
			return p->blocks[at].line + n - 1 - p->blocks[at].rows;
	}
	return 0;
}
