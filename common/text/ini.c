#include <stdbool.h>
#include <string.h>

#include "base/buffer.h"
#include "text/ini.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Cuts blanks off both ends, in place; returns the new start. */
static char *
trim(char *s)
{
	char *end;

	while (is_blank(*s))
		s++;
	end = s + strlen(s);
	while (end > s && is_blank(end[-1]))
		end--;
	*end = '\0';
	return s;
}

/* Cuts off a comment: what begins with # or ; behind a blank. */
static void
cut_comment(char *s)
{
	for (; *s != '\0'; s++) {
		if (is_blank(s[0]) && (s[1] == '#' || s[1] == ';')) {
			*s = '\0';
			return;
		}
	}
}

/* "[name]"; returns whether it is one, with its name in place of the line. */
static bool
section(char **line)
{
	char *end = strchr(*line, ']');

	if (end == NULL)
		return false;
	cut_comment(end);
	if (*trim(end + 1) != '\0')
		return false;
	*end = '\0';
	*line = trim(*line + 1);
	return **line != '\0';
}

/* One line; *in says whether the section it stands in is wanted. */
static int
parse_line(char *line, bool *in, const struct ini_visitor *v, struct error *e)
{
	bool inner = is_blank(*line);
	char *value;

	line = trim(line);
	if (*line == '\0' || *line == '#' || *line == ';')
		return 0;
	if (*line == '[') {
		if (!section(&line))
			return error_set(e, ERROR_USAGE, "no section");
		*in = v->wanted(v->ctx, line);
		return 0;
	}
	if (inner)
		return 0;
	cut_comment(line);
	value = strchr(line, '=');
	if (value == NULL || value == line)
		return error_set(e, ERROR_USAGE, "no setting");
	*value++ = '\0';
	return *in ? v->setting(v->ctx, trim(line), trim(value), e) : 0;
}

int
ini_parse(
    const char *text, size_t size, const struct ini_visitor *v, struct error *e)
{
	const char *end, *next;
	struct buffer line = {0};
	unsigned number = 1;
	bool in = false;
	int rc = 0;

	if (size == 0) /* text may be NULL then */
		return 0;
	end = text + size;
	for (; rc == 0 && text < end; text = next + 1, number++) {
		next = memchr(text, '\n', (size_t)(end - text));
		if (next == NULL)
			next = end;
		buffer_clear(&line);
		buffer_add(&line, text, (size_t)(next - text));
		if (line.failed)
			rc = error_set(e, ERROR_FAILED, "out of memory");
		else if (memchr(line.data, '\0', line.size) != NULL)
			rc = error_set(e, ERROR_USAGE, "a NUL");
		else
			rc = parse_line(line.data, &in, v, e);
		if (rc != 0)
			error_prefix(e, "line %u", number);
		if (next == end)
			break;
	}
	buffer_free(&line);
	return rc;
}
