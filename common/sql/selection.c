#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "sql/object.h"
#include "sql/pattern.h"
#include "sql/selection.h"

static bool
begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static bool
is_one_of(const char *type, const char *const *types)
{
	for (; *types != NULL; types++) {
		if (strcmp(type, *types) == 0)
			return true;
	}
	return false;
}

/* ---- kinds */

/* The data of a foreign table, which lie on another server. */
static bool
is_foreign_data(
    const struct selection *s, const struct header *h, const char *kind)
{
	return strcmp(h->type, "TABLE DATA") == 0 &&
	    (strcasecmp(kind, "FOREIGN TABLE DATA") == 0 ||
		strcasecmp(kind, "FOREIGN TABLE") == 0) &&
	    names_has(&s->foreign, h->schema, h->name);
}

/* Whether it is what one of the texts asks for. */
static bool
is_asked(const struct selection *s, const char *const *texts, size_t n,
    const struct header *h, const struct plan *p)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (object_is(h, p, texts[i]) ||
		    is_foreign_data(s, h, texts[i]))
			return true;
	}
	return false;
}

/* ---- names */

static bool
matches(
    const char *const *patterns, size_t n, const char *schema, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (pattern_matches(patterns[i], schema, name))
			return true;
	}
	return false;
}

static const char *
schema_of(const struct header *h, const struct identifier *n)
{
	return n->schema[0] != '\0' ? n->schema : h->schema;
}

static bool
is_unwanted(const struct selection *s, const char *schema, const char *name)
{
	return matches(s->without, s->nwithout, schema, name);
}

/*
 * Whether an entry is about a relation that was left out, and that it names
 * without its table: an index, a sequence.
 */
static bool
is_about_gone(
    const struct selection *s, const struct header *h, const struct plan *p)
{
	static const char *const types[] = {"INDEX ATTACH", "SEQUENCE SET",
	    "SEQUENCE OWNED BY", "STATISTICS DATA", NULL};

	if (is_one_of(h->type, types))
		return names_has(&s->gone, h->schema, h->name) ||
		    names_has(
			&s->gone, schema_of(h, &p->subject), p->subject.name);
	return object_is_about(h) &&
	    (begins(h->name, "INDEX ") || begins(h->name, "SEQUENCE ")) &&
	    names_has(&s->gone, schema_of(h, &p->subject), p->subject.name);
}

static bool
is_unwanted_name(
    const struct selection *s, const struct header *h, const struct plan *p)
{
	char name[HEADER_TEXT];

	object_name(h, p, name, sizeof name);
	return is_unwanted(s, h->schema, h->name) ||
	    is_unwanted(s, h->schema, name) ||
	    is_unwanted(s, schema_of(h, &p->subject), p->subject.name) ||
	    is_unwanted(s, schema_of(h, &p->other), p->other.name) ||
	    is_about_gone(s, h, p);
}

/* ---- tables */

/* Whether all that lies in a schema is wanted. */
static bool
is_schema(const struct selection *s, const char *name)
{
	return matches(s->schemas, s->nschemas, "", name);
}

static bool
is_table(const struct selection *s, const char *schema, const char *name)
{
	return matches(s->tables, s->ntables, schema, name) ||
	    is_schema(s, schema);
}

static bool
is_of_table(const struct selection *s, const struct header *h,
    const struct identifier *name)
{
	return is_table(s, schema_of(h, name), name->name);
}

static bool
is_taken(const struct selection *s, const struct header *h,
    const struct identifier *name)
{
	return names_has(&s->taken, schema_of(h, name), name->name);
}

/* Comments, grants and labels on what a table has of its own. */
static bool
is_about_table(
    const struct selection *s, const struct header *h, const struct plan *p)
{
	static const char *const kinds[] = {"TABLE ", "COLUMN ", "VIEW ",
	    "MATERIALIZED VIEW ", "FOREIGN TABLE ", "SEQUENCE ", "CONSTRAINT "};
	size_t i;

	if (begins(h->name, "INDEX ") || begins(h->name, "SEQUENCE "))
		return is_taken(s, h, &p->subject) ||
		    is_of_table(s, h, &p->subject);
	for (i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (begins(h->name, kinds[i]))
			return is_of_table(s, h, &p->subject);
	}
	return false;
}

/* Whether an object belongs to tables that are wanted. */
static bool
is_of_wanted(
    const struct selection *s, const struct header *h, const struct plan *p)
{
	static const char *const relations[] = {"TABLE", "TABLE DATA", "VIEW",
	    "FOREIGN TABLE", "MATERIALIZED VIEW", "MATERIALIZED VIEW DATA",
	    "SEQUENCE", "SEQUENCE SET", "STATISTICS DATA", NULL};
	static const char *const parts[] = {"SEQUENCE", "DEFAULT", "CONSTRAINT",
	    "CHECK CONSTRAINT", "INDEX", "STATISTICS", "ROW SECURITY", NULL};

	if (is_one_of(h->type, relations) &&
	    (is_table(s, h->schema, h->name) ||
		names_has(&s->taken, h->schema, h->name)))
		return true;
	if (is_one_of(h->type, parts))
		return is_of_table(s, h, &p->subject);
	return object_is_about(h) && is_about_table(s, h, p);
}

/* Whether it lies in a schema that is wanted, or is that schema. */
static bool
is_of_schema(
    const struct selection *s, const struct header *h, const struct plan *p)
{
	if (strcmp(h->type, "SCHEMA") == 0)
		return is_schema(s, h->name);
	if (object_is_about(h) && begins(h->name, "SCHEMA "))
		return is_schema(s, p->subject.name);
	return !begins(h->type, "PUBLICATION ") && is_schema(s, h->schema);
}

/* Whether it is wanted where not all is. */
static bool
is_wanted(
    const struct selection *s, const struct header *h, const struct plan *p)
{
	static const char *const both[] = {
	    "FK CONSTRAINT", "TABLE ATTACH", NULL};

	if (is_asked(s, s->also, s->nalso, h, p))
		return true;
	if (is_one_of(h->type, both))
		return is_of_table(s, h, &p->subject) &&
		    is_of_table(s, h, &p->other);
	if (strcmp(h->type, "SEQUENCE OWNED BY") == 0)
		return is_of_table(s, h, &p->other);
	if (strcmp(h->type, "INDEX ATTACH") == 0)
		return is_taken(s, h, &p->subject) && is_taken(s, h, &p->other);
	return is_of_wanted(s, h, p) || is_of_schema(s, h, p);
}

/* ---- the verdict */

/* Types of what has a name among the relations. */
static bool
is_relation(const char *type)
{
	static const char *const types[] = {"TABLE", "FOREIGN TABLE", "VIEW",
	    "MATERIALIZED VIEW", "SEQUENCE", "INDEX", "CONSTRAINT", NULL};

	return is_one_of(type, types);
}

static void
remember(struct selection *s, struct names *set, const struct header *h,
    const struct plan *p)
{
	char name[HEADER_TEXT];

	if (!is_relation(h->type))
		return;
	object_name(h, p, name, sizeof name);
	if (names_add(set, h->schema, name) != 0)
		s->failed = true;
}

static enum selection_verdict
leave(struct selection *s, const struct header *h, const struct plan *p)
{
	remember(s, &s->gone, h, p);
	return SELECTION_LEAVE;
}

static enum selection_verdict
take(struct selection *s, const struct header *h, const struct plan *p)
{
	if (selection_is_restricted(s))
		remember(s, &s->taken, h, p);
	return is_asked(s, s->deferred, s->ndeferred, h, p) ? SELECTION_DEFER
							    : SELECTION_TAKE;
}

/* A sequence that a CREATE SEQUENCE makes; an identity's is its table's. */
static bool
is_free_sequence(const struct header *h, const struct plan *p)
{
	return strcmp(h->type, "SEQUENCE") == 0 &&
	    strcmp(h->name, p->subject.name) == 0;
}

bool
selection_is_restricted(const struct selection *s)
{
	return s->ntables + s->nschemas + s->nalso > 0;
}

bool
selection_is_partial(const struct selection *s)
{
	return selection_is_restricted(s) || s->nwithout + s->nkinds > 0;
}

enum selection_verdict
selection_judge(
    struct selection *s, const struct header *h, const struct plan *p)
{
	bool restricted = selection_is_restricted(s);

	if (h->type[0] == '\0')
		return restricted ? SELECTION_LEAVE : SELECTION_TAKE;
	if (strcmp(h->type, "FOREIGN TABLE") == 0 &&
	    names_add(&s->foreign, h->schema, h->name) != 0)
		s->failed = true;
	if (is_asked(s, s->kinds, s->nkinds, h, p) || is_unwanted_name(s, h, p))
		return leave(s, h, p);
	if (restricted && is_wanted(s, h, p))
		return take(s, h, p);
	if ((restricted || s->nwithout > 0) && is_free_sequence(h, p))
		return SELECTION_HOLD;
	return restricted ? leave(s, h, p) : take(s, h, p);
}

enum selection_verdict
selection_judge_held(struct selection *s, const struct header *held,
    const struct header *h, const struct plan *p)
{
	static const struct plan none;
	bool owned = h != NULL && strcmp(h->type, "SEQUENCE OWNED BY") == 0 &&
	    strcmp(h->name, held->name) == 0 &&
	    strcmp(h->schema, held->schema) == 0;

	if (owned && is_unwanted(s, schema_of(h, &p->other), p->other.name))
		return leave(s, held, &none);
	if (!selection_is_restricted(s) || (owned && is_wanted(s, h, p)))
		return take(s, held, &none);
	return leave(s, held, &none);
}

bool
selection_is_tried(
    const struct selection *s, const struct header *h, const struct plan *p)
{
	return is_asked(s, s->tried, s->ntried, h, p);
}

bool
selection_drops(const struct selection *s, const struct plan *p)
{
	return (s->no_owner &&
		   (p->kind == PLAN_OWNER || p->kind == PLAN_AUTHORIZATION)) ||
	    (s->no_grants && p->kind == PLAN_GRANT);
}

void
selection_count(struct selection *s, const struct header *h)
{
	size_t i;

	for (i = 0; i < s->nleft; i++) {
		if (strcmp(s->left[i].type, h->type) == 0)
			break;
	}
	if (i == SELECTION_KINDS)
		return;
	if (i == s->nleft) {
		snprintf(
		    s->left[i].type, sizeof s->left[i].type, "%s", h->type);
		s->nleft++;
	}
	s->left[i].count++;
}

void
selection_tell(const struct selection *s, struct buffer *text)
{
	size_t i;

	for (i = 0; i < s->nleft; i++)
		buffer_printf(text, "%s%llu %s", i > 0 ? ", " : "",
		    s->left[i].count, s->left[i].type);
}

void
selection_free(struct selection *s)
{
	names_free(&s->taken);
	names_free(&s->gone);
	names_free(&s->foreign);
}
