#include <stdlib.h>
#include <string.h>

#include "sql/held.h"

int
held_add(struct held *h, const struct header *header, const char *text,
    size_t size, uint64_t line, struct error *e)
{
	struct held_statement *new = malloc(sizeof *new + size + 1), **at;

	if (new == NULL)
		return error_set(e, ERROR_FAILED, "out of memory");
	new->next = NULL;
	new->line = line;
	new->size = size;
	memcpy(new->text, text, size);
	new->text[size] = '\0';
	for (at = &h->first; *at != NULL; at = &(*at)->next)
		continue;
	*at = new;
	h->header = *header;
	return 0;
}

struct held_statement *
held_next(struct held *h)
{
	struct held_statement *first = h->first;

	if (first != NULL)
		h->first = first->next;
	return first;
}

void
held_statement_free(struct held_statement *s)
{
	free(s);
}

void
held_free(struct held *h)
{
	struct held_statement *each;

	while ((each = held_next(h)) != NULL)
		held_statement_free(each);
}
