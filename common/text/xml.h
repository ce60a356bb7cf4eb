/*
 * xml: text as XML 1.0 can carry it.
 */
#ifndef XML_H
#define XML_H

#include <stdbool.h>

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

#endif
