#include <stdio.h>
#include <string.h>

#include "sql/header.h"

/* The last place of needle in the text, or NULL. */
static const char *
find_last(const char *text, size_t size, const char *needle)
{
	size_t length = strlen(needle), i;

	for (i = size; i >= length; i--) {
		if (memcmp(text + i - length, needle, length) == 0)
			return text + i - length;
	}
	return NULL;
}

static void
copy(char *to, size_t room, const char *from, size_t size)
{
	if (size >= room)
		size = room - 1;
	memcpy(to, from, size);
	to[size] = '\0';
}

/*
 * Takes what follows the mark off the end of the text: a name may hold what
 * looks like a mark, what follows the name does not.
 */
static bool
take_last(
    const char *text, size_t *size, const char *mark, char *to, size_t room)
{
	const char *at = find_last(text, *size, mark);
	size_t skip = strlen(mark);

	if (at == NULL)
		return false;
	copy(to, room, at + skip, (size_t)(text + *size - at) - skip);
	*size = (size_t)(at - text);
	return true;
}

static bool
begins(const char **line, size_t *size, const char *with)
{
	size_t length = strlen(with);

	if (*size < length || memcmp(*line, with, length) != 0)
		return false;
	*line += length;
	*size -= length;
	return true;
}

bool
header_parse(struct header *h, const char *line, size_t size)
{
	struct header found;
	char tablespace[HEADER_TEXT];

	if (!begins(&line, &size, "-- Name: ") &&
	    !begins(&line, &size, "-- Data for Name: ") &&
	    !begins(&line, &size, "-- Statistics for Name: "))
		return false;
	take_last(line, &size, "; Tablespace: ", tablespace, sizeof tablespace);
	if (!take_last(
		line, &size, "; Owner: ", found.owner, sizeof found.owner) ||
	    !take_last(
		line, &size, "; Schema: ", found.schema, sizeof found.schema) ||
	    !take_last(line, &size, "; Type: ", found.type, sizeof found.type))
		return false;
	copy(found.name, sizeof found.name, line, size);
	if (strcmp(found.schema, "-") == 0)
		found.schema[0] = '\0';
	if (strcmp(found.owner, "-") == 0)
		found.owner[0] = '\0';
	*h = found;
	return true;
}

const char *
header_label(const struct header *h, char *buf, size_t size)
{
	snprintf(buf, size, "%s %s%s%s", h->type, h->schema,
	    h->schema[0] != '\0' ? "." : "", h->name);
	return buf;
}

static bool
is_line(const char *line, size_t size, const char *wanted)
{
	return size == strlen(wanted) && memcmp(line, wanted, size) == 0;
}

bool
header_is_end(const char *line, size_t size)
{
	return is_line(line, size, "-- PostgreSQL database dump complete");
}

bool
header_is_cluster(const char *line, size_t size)
{
	return is_line(line, size, "-- PostgreSQL database cluster dump") ||
	    is_line(line, size, "-- PostgreSQL database cluster dump complete");
}
