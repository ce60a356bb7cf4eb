#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "s3/cycle.h"

static bool
keep(char **to, const char *place)
{
	free(*to);
	*to = strdup(place);
	return *to != NULL;
}

int
cycle_add(struct cycle *c, const char *place)
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
cycle_free(struct cycle *c)
{
	free(c->kept);
	free(c->last);
}
