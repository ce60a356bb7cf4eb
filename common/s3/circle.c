#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "s3/circle.h"

static bool
keep(char **to, const char *place)
{
	free(*to);
	*to = strdup(place);
	return *to != NULL;
}

int
circle_add(struct circle *c, const char *place)
{
	if ((c->last != NULL && strcmp(c->last, place) == 0) ||
	    (c->kept != NULL && strcmp(c->kept, place) == 0))
		return 1;
	c->places++;
	if ((c->places & (c->places - 1)) == 0 && !keep(&c->kept, place))
		return -1;
	return keep(&c->last, place) ? 0 : -1;
}

void
circle_free(struct circle *c)
{
	free(c->kept);
	free(c->last);
}
