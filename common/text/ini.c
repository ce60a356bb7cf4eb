#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/buffer.h"
#include "text/ini.h"

/* The text under way. */
struct parse {
	const struct ini_visitor *visitor;
	unsigned line; /* from 1 */
	bool began; /* a section stood above */
	bool wanted; /* the one that is read is */
	/* The setting whose value may go on: its own line, indent and text. */
	unsigned set_at; /* 0: there is none */
	size_t indent;
	struct buffer name, value;
	/* The wanted sections so far, and the settings of this one: each
	 * between two newlines. */
	struct buffer sections, settings;
};

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

void
ini_cut_comment(char *s)
{
	char *p;

	for (p = s; *p != '\0'; p++) {
		if (is_blank(p[0]) && (p[1] == '#' || p[1] == ';')) {
			*p = '\0';
			trim(s);
			return;
		}
	}
}

/* Adds a name to a list; -1 where it is in there already. */
static int
note_name(struct buffer *list, const char *name)
{
	size_t before;

	if (list->size == 0)
		buffer_puts(list, "\n");
	before = list->size - 1; /* the newline ahead of the name */
	buffer_printf(list, "%s\n", name);
	if (list->failed)
		return 0; /* which is found out at the end */
	return strstr(list->data, list->data + before) == list->data + before
	    ? 0
	    : -1;
}

/* Tells the setting whose value has come to its end. */
static int
finish_setting(struct parse *p, struct error *e)
{
	unsigned line = p->set_at;

	p->set_at = 0;
	if (line == 0 || !p->wanted)
		return 0;
	if (p->value.failed || p->name.failed || p->settings.failed)
		return error_set(e, ERROR_FAILED, "out of memory");
	if (p->visitor->setting(
		p->visitor->ctx, p->name.data, p->value.data, e) == 0)
		return 0;
	p->line = line;
	return -1;
}

/* "[name]", and at most a comment behind it. */
static int
begin_section(struct parse *p, char *text, struct error *e)
{
	char *end = strchr(text, ']');

	if (end == NULL)
		return error_set(e, ERROR_USAGE, "no section");
	ini_cut_comment(end);
	if (*trim(end + 1) != '\0')
		return error_set(e, ERROR_USAGE, "no section");
	*end = '\0';
	text = trim(text + 1);
	if (*text == '\0')
		return error_set(e, ERROR_USAGE, "no section");
	p->began = true;
	p->wanted = p->visitor->wanted(p->visitor->ctx, text);
	buffer_clear(&p->settings);
	if (p->wanted && note_name(&p->sections, text) != 0)
		return error_set(
		    e, ERROR_USAGE, "a section that stands there twice");
	return 0;
}

static int
begin_setting(struct parse *p, char *text, struct error *e)
{
	char *value = strpbrk(text, "=:"), *c;

	if (value == NULL || value == text)
		return error_set(e, ERROR_USAGE, "no setting");
	if (!p->began)
		return error_set(
		    e, ERROR_USAGE, "a setting before the first section");
	*value++ = '\0';
	text = trim(text);
	for (c = text; *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
	if (p->wanted && note_name(&p->settings, text) != 0)
		return error_set(
		    e, ERROR_USAGE, "a setting that stands there twice");
	p->set_at = p->line;
	buffer_clear(&p->name);
	buffer_puts(&p->name, text);
	buffer_clear(&p->value);
	buffer_puts(&p->value, trim(value));
	return 0;
}

static int
parse_line(struct parse *p, char *line, struct error *e)
{
	size_t indent = strspn(line, " \t");

	line = trim(line);
	if (*line == '\0' || *line == '#' || *line == ';')
		return 0;
	if (p->set_at != 0 && indent > p->indent) {
		buffer_printf(&p->value, "\n%s", line);
		return 0;
	}
	if (finish_setting(p, e) != 0)
		return -1;
	p->indent = indent;
	return *line == '[' ? begin_section(p, line, e)
			    : begin_setting(p, line, e);
}

static int
parse_lines(struct parse *p, const char *text, size_t size, struct error *e)
{
	const char *end = text + size, *next;
	struct buffer line = {0};
	int rc = 0;

	for (; rc == 0 && text < end; text = next + 1) {
		p->line++;
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
			rc = parse_line(p, line.data, e);
		if (next == end)
			break;
	}
	buffer_free(&line);
	return rc;
}

int
ini_parse(
    const char *text, size_t size, const struct ini_visitor *v, struct error *e)
{
	struct parse p = {.visitor = v};
	int rc;

	if (size == 0) /* text may be NULL then */
		return 0;
	rc = parse_lines(&p, text, size, e);
	if (rc == 0)
		rc = finish_setting(&p, e);
	if (rc != 0)
		error_prefix(e, "line %u", p.line);
	else if (p.sections.failed)
		rc = error_set(e, ERROR_FAILED, "out of memory");
	buffer_free(&p.name);
	buffer_free(&p.value);
	buffer_free(&p.sections);
	buffer_free(&p.settings);
	return rc;
}

int
ini_nested(const char *value,
    int (*setting)(
	void *ctx, const char *name, const char *value, struct error *),
    void *ctx, struct error *e)
{
	struct buffer line = {0};
	char *to;
	size_t n;
	int rc = 0;

	if (*value != '\n')
		return 0;
	for (value++; rc == 0 && *value != '\0'; value += n) {
		n = strcspn(value, "\n");
		buffer_clear(&line);
		buffer_add(&line, value, n);
		if (value[n] == '\n')
			n++;
		if (line.failed) {
			rc = error_set(e, ERROR_FAILED, "out of memory");
			break;
		}
		to = strchr(line.data, '=');
		if (to == NULL) {
			rc = error_set(e, ERROR_USAGE, "no setting");
			break;
		}
		*to++ = '\0';
		rc = setting(ctx, trim(line.data), trim(to), e);
	}
	buffer_free(&line);
	return rc;
}
