/*
 * ini: the settings of some sections of a shared AWS config file. Pure.
 */
#ifndef INI_H
#define INI_H

#include <stddef.h>

#include "base/error.h"

/*
 * Reads a text of sections, "[name]", and settings, "name = value" or
 * "name: value", and calls setting() for each setting whose section wanted()
 * accepts, its name in small letters. Blanks around names and values do not
 * count; a line that begins with '#' or ';' is a comment. A line that is
 * indented deeper than the setting above it continues its value, which is
 * then of several lines: "\n" stands before each further one. The section or
 * setting that is wanted and stands there twice is an error. So awscli reads
 * these files, by Python's configparser.
 *
 * setting() returns 0, or -1 with an error, which ends the reading. What is
 * no such line, stands before the first section or holds a NUL is an error
 * that names the line's number, and nothing that it holds.
 */
struct ini_visitor {
	int (*wanted)(void *ctx, const char *section);
	int (*setting)(
	    void *ctx, const char *name, const char *value, struct error *);
	void *ctx;
};

int ini_parse(
    const char *text, size_t size, const struct ini_visitor *, struct error *);

/*
 * Calls setting() for each line "name = value" of a value of several lines
 * whose first is empty, as of "s3 =" or in a section of services. A line
 * without "=" is an error; of any other value nothing is told.
 */
int ini_nested(const char *value,
    int (*setting)(
	void *ctx, const char *name, const char *value, struct error *),
    void *ctx, struct error *);

/*
 * Cuts a comment off the end of a value, in place: what begins with '#' or ';'
 * behind a blank, and the blanks before it. awscli knows none there, other
 * readers of the same files do.
 */
void ini_cut_comment(char *value);

#endif
