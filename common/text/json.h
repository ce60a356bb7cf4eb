/*
 * json: text as a JSON string.
 */
#ifndef JSON_H
#define JSON_H

struct buffer;

/*
 * Adds the text as a string with its quotes (RFC 8259, 7). A byte that is not
 * part of valid UTF-8 comes as an escaped lone surrogate U+DC80 to U+DCFF, the
 * way Python's surrogateescape has it, so that nothing is lost.
 */
void json_string(struct buffer *, const char *text);

#endif
