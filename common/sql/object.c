#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "sql/object.h"
#include "sql/pattern.h"

static bool
begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* Whether a kind goes on as one of its parts does that is an entry by itself. */
static bool
is_part(const char *rest)
{
	static const char *const parts[] = {" DATA", " ATTACH", " SET",
	    " OWNED BY", " METADATA", " TABLE", " TABLES IN SCHEMA"};
	size_t i;

	for (i = 0; i < sizeof parts / sizeof *parts; i++) {
		if (strcasecmp(rest, parts[i]) == 0)
			return true;
	}
	return false;
}

/* STATISTICS DATA is of tables, not of statistics. */
static bool
is_kind(const char *type, const char *kind)
{
	size_t n;

	if (strcasecmp(kind, "FOREIGN SERVER") == 0)
		kind = "SERVER";
	else if (strcasecmp(kind, "LARGE OBJECT") == 0)
		kind = "BLOB";
	if (strcasecmp(kind, "SERVER") == 0 &&
	    strcmp(type, "USER MAPPING") == 0)
		return true;
	n = strlen(kind);
	if (strncasecmp(type, kind, n) != 0)
		return false;
	if (type[n] == '\0' || is_part(type + n))
		return strcasecmp(kind, "STATISTICS") != 0 || type[n] == '\0';
	return strcasecmp(kind, "BLOB") == 0 && strcmp(type, "BLOBS") == 0;
}

bool
object_is_about(const struct header *h)
{
	return strcmp(h->type, "COMMENT") == 0 || strcmp(h->type, "ACL") == 0 ||
	    strcmp(h->type, "SECURITY LABEL") == 0;
}

/* Whether a name such as "EVENT TRIGGER x" begins with the kind. */
static bool
names_kind(const char *name, const char *kind)
{
	size_t n;

	if (strcasecmp(kind, "SERVER") == 0 && begins(name, "FOREIGN "))
		name += strlen("FOREIGN ");
	if (strcasecmp(kind, "BLOB") == 0)
		kind = "LARGE OBJECT";
	n = strlen(kind);
	return strncasecmp(name, kind, n) == 0 && name[n] == ' ';
}

void
object_name(
    const struct header *h, const struct plan *p, char *name, size_t size)
{
	size_t table = strlen(p->subject.name);
	const char *from = h->name;

	if (table > 0 && begins(from, p->subject.name) && from[table] == ' ')
		from += table + 1;
	snprintf(name, size, "%s", from);
	if (strcmp(h->type, "FUNCTION") == 0 ||
	    strcmp(h->type, "PROCEDURE") == 0 ||
	    strcmp(h->type, "AGGREGATE") == 0)
		name[strcspn(name, "(")] = '\0';
}

/* The pattern behind the kind in what is wanted, or NULL. */
static const char *
pattern_behind(const char *wanted, const char *kind, size_t n)
{
	if (n == 0 || strncasecmp(wanted, kind, n) != 0 || wanted[n] != ' ' ||
	    is_part(wanted + n))
		return NULL;
	return wanted + n + 1;
}

/* How many bytes of a name such as "EVENT TRIGGER x" are its kind. */
static size_t
kind_size(const char *name)
{
	size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ ");

	while (n > 0 && name[n - 1] != ' ')
		n--;
	return n > 0 ? n - 1 : 0;
}

/* By a kind and a pattern. */
static bool
is_named(const struct header *h, const struct plan *p, const char *wanted)
{
	const char *pattern;
	char name[HEADER_TEXT];
	size_t n;

	pattern = pattern_behind(wanted, h->type, strlen(h->type));
	if (pattern != NULL) {
		object_name(h, p, name, sizeof name);
		return pattern_matches(pattern, h->schema, h->name) ||
		    pattern_matches(pattern, h->schema, name);
	}
	if (!object_is_about(h))
		return false;
	n = kind_size(h->name);
	pattern = pattern_behind(wanted, h->name, n);
	return pattern != NULL &&
	    (pattern_matches(pattern, h->schema, h->name + n + 1) ||
		pattern_matches(pattern,
		    p->subject.schema[0] != '\0' ? p->subject.schema
						 : h->schema,
		    p->subject.name));
}

bool
object_is(const struct header *h, const struct plan *p, const char *wanted)
{
	return is_kind(h->type, wanted) ||
	    (object_is_about(h) && names_kind(h->name, wanted)) ||
	    is_named(h, p, wanted);
}
