#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sql/tally.h"

/* Adds a part of a line: a tab, newline or backslash would make two of it. */
static void
add_escaped(struct buffer *b, const char *text, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++) {
		switch (text[i]) {
		case '\t':
			buffer_puts(b, "\\t");
			break;
		case '\n':
			buffer_puts(b, "\\n");
			break;
		case '\\':
			buffer_puts(b, "\\\\");
			break;
		default:
			buffer_add(b, text + i, 1);
		}
	}
}

static void
add_field(struct buffer *b, const char *text, const char *end)
{
	add_escaped(b, text, strlen(text));
	buffer_puts(b, end);
}

void
tally_object(struct tally *t, const struct header *h)
{
	add_field(t->text, h->type, "\t");
	add_field(t->text, h->schema, "\t");
	add_field(t->text, h->name, "\t");
	add_field(t->text, h->owner, "\n");
}

void
tally_rows(struct tally *t, const char *table, size_t size, uint64_t count)
{
	buffer_printf(t->text, "%" PRIu64 "\t", count);
	add_escaped(t->text, table, size);
	buffer_puts(t->text, "\n");
	t->rows += count;
}

void
tally_end_inserts(struct tally *t)
{
	if (t->table != NULL)
		tally_rows(t, t->table, strlen(t->table), t->inserted);
	tally_free(t);
	t->inserted = 0;
}

int
tally_insert(struct tally *t, const char *table, size_t size, uint64_t count,
    struct error *e)
{
	if (t->table == NULL || strlen(t->table) != size ||
	    memcmp(t->table, table, size) != 0) {
		tally_end_inserts(t);
		t->table = strndup(table, size);
		if (t->table == NULL)
			return error_set(e, ERROR_FAILED, "out of memory");
	}
	t->inserted += count;
	return 0;
}

void
tally_free(struct tally *t)
{
	free(t->table);
	t->table = NULL;
}
