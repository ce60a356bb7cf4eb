/*
 * names: a set of objects, each by its schema and its name.
 */
#ifndef NAMES_H
#define NAMES_H

#include <stdbool.h>
#include <stddef.h>

struct names {
	char **slots;
	size_t count, room;
};

/* Adds a name, unless it is there. Returns 0, or -1 without memory. */
int names_add(struct names *, const char *schema, const char *name);
bool names_has(const struct names *, const char *schema, const char *name);
void names_free(struct names *);

#endif
