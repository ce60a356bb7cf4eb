/*
 * ini: the settings of one section of a shared AWS config file. Pure.
 */
#ifndef INI_H
#define INI_H

#include <stddef.h>

#include "base/error.h"

/*
 * Reads a text of sections, "[name]", and settings, "name = value", and calls
 * setting() for each setting whose section wanted() accepts. Blanks around
 * names and values do not count, a line that begins with '#' or ';' is a
 * comment, and so is the rest of one behind a blank and such a character; a
 * line that begins with a blank belongs to the setting above it and is passed
 * over ("Shared config and credentials files", AWS SDKs and Tools Reference).
 * setting() returns 0, or -1 with an error, which ends the reading. What is
 * no such line, or holds a NUL, is an error that names the line's number, and
 * nothing that it holds.
 */
struct ini_visitor {
	int (*wanted)(void *ctx, const char *section);
	int (*setting)(
	    void *ctx, const char *name, const char *value, struct error *);
	void *ctx;
};

int ini_parse(
    const char *text, size_t size, const struct ini_visitor *, struct error *);

#endif
