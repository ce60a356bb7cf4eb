#include <stddef.h>
#include <string.h>

#include "sql/pattern.h"

/*
 * Goes back to the last star only: what an earlier one took is no matter. So
 * the time is the product of both lengths at most.
 */
static bool
is_like(const char *p, const char *p_end, const char *text)
{
	const char *star = NULL, *from = NULL;

	while (*text != '\0') {
		if (p < p_end && *p == '*') {
			star = ++p;
			from = text;
		} else if (p < p_end && (*p == '?' || *p == *text)) {
			p++;
			text++;
		} else if (star != NULL) {
			p = star;
			text = ++from;
		} else {
			return false;
		}
	}
	while (p < p_end && *p == '*')
		p++;
	return p == p_end;
}

bool
pattern_matches(const char *pattern, const char *schema, const char *name)
{
	const char *end = pattern + strlen(pattern), *dot;

	if (*name == '\0')
		return false;
	if (is_like(pattern, end, name))
		return true;
	for (dot = strchr(pattern, '.'); dot != NULL && *schema != '\0';
	     dot = strchr(dot + 1, '.')) {
		if (is_like(pattern, dot, schema) &&
		    is_like(dot + 1, end, name))
			return true;
	}
	return false;
}
