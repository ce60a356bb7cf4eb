/*
 * json_object: the members of one JSON object, as far as they are plain. Pure.
 */
#ifndef JSON_OBJECT_H
#define JSON_OBJECT_H

#include <stddef.h>

#include "base/error.h"

/*
 * Reads a text that is one JSON object (RFC 8259) and nothing else, and calls
 * member() for each of its own members that is a string, with its text in
 * UTF-8, or a number, true or false, as written; null, and what stands in
 * arrays and inner objects, is checked and passed over. member() returns 0, or
 * -1 with an error, which ends the reading. A text that is no JSON, is nested
 * more than 16 deep, or has a NUL in a string, is an error; none of it is in
 * the error's words, for it may be a secret.
 */
int json_object(const char *text, size_t size,
    int (*member)(
	void *ctx, const char *name, const char *value, struct error *),
    void *ctx, struct error *);

#endif
