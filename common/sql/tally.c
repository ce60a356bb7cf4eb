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

static void
add_fact(struct tally *t, const char *what, const char *text, size_t size)
{
	buffer_puts(t->facts, what);
	add_escaped(t->facts, text, size);
	buffer_puts(t->facts, "\n");
}

void
tally_rows(struct tally *t, const char *table, size_t size, uint64_t rows,
    uint64_t lines)
{
	buffer_printf(t->text, "%" PRIu64 "\t", rows);
	add_escaped(t->text, table, size);
	buffer_puts(t->text, "\n");
	t->rows += rows;
	if (t->facts == NULL)
		return;
	buffer_printf(t->facts, "table\t%" PRIu64 "\t", rows);
	if (lines == TALLY_UNKNOWN)
		add_fact(t, "-\t", table, size);
	else {
		buffer_printf(t->facts, "%" PRIu64 "\t", lines);
		add_fact(t, "", table, size);
	}
}

void
tally_setval(struct tally *t, const char *arguments, size_t size, bool standard)
{
	struct buffer plain = {0};
	size_t i;

	if (t->facts == NULL)
		return;
	for (i = 0; i < size; i++) {
		if (!standard && arguments[i] == '\\' && i + 1 < size)
			i++;
		buffer_add(&plain, arguments + i, 1);
	}
	if (plain.failed)
		t->facts->failed = true;
	else
		add_fact(t, "sequence\t", plain.data, plain.size);
	buffer_free(&plain);
}

void
tally_large_object(struct tally *t)
{
	t->objects++;
}

void
tally_end(struct tally *t)
{
	tally_end_inserts(t);
	if (t->facts != NULL)
		buffer_printf(t->facts, "objects\t%" PRIu64 "\n", t->objects);
}

void
tally_end_inserts(struct tally *t)
{
	if (t->table != NULL)
		tally_rows(
		    t, t->table, strlen(t->table), t->inserted, TALLY_UNKNOWN);
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
