/*
 * clock: time that only goes forward, for measuring and for waiting.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

/* Milliseconds since some point in the past, whatever is done to the date. */
int64_t clock_ms(void);

#endif
