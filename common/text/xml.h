/*
 * xml: text as XML 1.0 can carry it, and XML answers as their elements, read by
 * expat. Pure.
 *
 * Namespaces are ignored, a document type (and so any entity) is refused, and
 * what is not well-formed is an error, never half an answer.
 */
#ifndef XML_H
#define XML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct buffer;

/*
 * Adds text with markup as entities, and tab and line ends as character
 * references, which a parser does not normalise (XML 1.0, 2.11 and 3.3.3).
 */
void xml_escape(struct buffer *, const char *text);

/*
 * Whether XML 1.0 can carry the text at all (2.2): valid UTF-8 without control
 * characters other than tab, newline and carriage return, without surrogates,
 * U+FFFE and U+FFFF.
 */
bool xml_carries(const char *text);

/*
 * Calls leaf for each element without children, with its parent's name, its
 * own and its text; and end (may be NULL) where an element with children
 * ends. Either may return -1, which ends the parse. Returns 0, or -1 with the
 * error.
 */
struct xml_visitor {
	int (*leaf)(void *ctx, const char *parent, const char *name,
	    const char *text, struct error *);
	int (*end)(void *ctx, const char *name, struct error *);
	void *ctx;
};

int xml_parse(
    const char *xml, size_t size, const struct xml_visitor *, struct error *);

/*
 * The text of the element of that name right below the root, as a new string;
 * NULL and an error where there is none. An <Error> as the root is none.
 */
char *xml_field(const char *xml, size_t size, const char *root,
    const char *name, struct error *);

#endif
