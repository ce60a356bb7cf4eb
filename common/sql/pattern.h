/*
 * pattern: names of objects as -N and -t are given them.
 *
 * "name" is one in any schema, "schema.name" one in that schema; * stands for
 * any bytes, and ? for one. Each dot of the pattern is tried, because a name
 * may hold one. Nothing is folded: names are as the catalogs have them.
 */
#ifndef PATTERN_H
#define PATTERN_H

#include <stdbool.h>

bool pattern_matches(const char *pattern, const char *schema, const char *name);

#endif
