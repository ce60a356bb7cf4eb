/*
 * rate: so many bytes a second, shared by all who take part.
 */
#ifndef RATE_H
#define RATE_H

#include <stddef.h>
#include <stdint.h>

struct rate;
struct stop;

/* Returns NULL where memory is out. */
struct rate *rate_open(uint64_t bytes_per_second);
void rate_free(struct rate *);

/*
 * Books n bytes that have just been moved, and sleeps until all that were
 * booked are within the rate, or until the stop (which may be NULL). Does
 * nothing for a rate of NULL.
 */
void rate_take(struct rate *, uint64_t n, const struct stop *);

/* How large a piece should be, so that pauses are short: 16 to 256 KiB. */
size_t rate_piece(const struct rate *);

#endif
