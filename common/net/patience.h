/*
 * patience: how long the other side of a transfer may be silent. Pure.
 *
 * Once all of a body is acknowledged it may still be on its way behind a relay,
 * a proxy or a modem: its answer is waited for as long again for each
 * PATIENCE_SHARE of it, or four times as long as the last body took, if that is
 * less.
 */
#ifndef PATIENCE_H
#define PATIENCE_H

#include <stdint.h>
#include <stddef.h>

enum { PATIENCE_SHARE = 512 << 10 };

/* What is known of a connection; pace is 0 at first. */
struct patience {
	long timeout; /* seconds without progress */
	int64_t pace; /* milliseconds that a share of the last body took */
};

/* Milliseconds that the answer to a body of so many bytes may take. */
int64_t patience_for(const struct patience *, size_t bytes);

/* Notes how long a body took until it was answered; a haste fades in. */
void patience_learn(struct patience *, size_t bytes, int64_t took);

#endif
