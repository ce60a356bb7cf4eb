/*
 * throttle: so many bytes a second, shared by all who take part.
 */
#ifndef THROTTLE_H
#define THROTTLE_H

#include <stddef.h>
#include <stdint.h>

struct throttle;
struct stop;

/* Returns NULL where memory is out. */
struct throttle *throttle_open(uint64_t bytes_per_second);
void throttle_free(struct throttle *);

/*
 * Books n bytes that have just been moved, and sleeps until all that were
 * booked are within the speed, or until the stop (which may be NULL). Does
 * nothing for a throttle of NULL.
 */
void throttle_take(struct throttle *, uint64_t n, const struct stop *);

/* How large a piece should be, so that pauses are short: 16 to 256 KiB. */
size_t throttle_piece(const struct throttle *);

#endif
