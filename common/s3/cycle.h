/*
 * cycle: whether a walk comes back to a place where it was before. Pure.
 *
 * In constant memory, for any cycle: one place is kept at a time, the 1st,
 * the 2nd, the 4th, the 8th and so on (Brent, "An improved Monte Carlo
 * factorization algorithm", 1980), and the last one besides.
 */
#ifndef CYCLE_H
#define CYCLE_H

#include <stdint.h>

struct cycle {
	char *kept, *last;
	uint64_t places;
};

/*
 * Adds the place that the walk comes to; zeroes are the beginning. Returns 0;
 * 1 if it was there before, at the latest after three times as many steps as
 * there were before the cycle closed; -1 if there is no memory.
 */
int cycle_add(struct cycle *, const char *place);

void cycle_free(struct cycle *);

#endif
