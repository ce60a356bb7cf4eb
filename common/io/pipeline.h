/*
 * pipeline: reads items, works on several at once, writes them in order.
 *
 *     read (a thread) -> work (N threads) -> write (the caller)
 *
 * The one concurrency primitive of the house. Items live in a fixed number of
 * slots that the caller owns; a slot is filled by read, changed by one worker,
 * emptied by write, and used again. A slow writer stops the reader: nothing
 * grows. The first stage that fails stops all of them.
 */
#ifndef PIPELINE_H
#define PIPELINE_H

#include <stddef.h>

#include "base/error.h"

struct stop;

struct pipeline {
	/*
	 * Fills the slot with the next item. Returns 1, 0 at the end (the
	 * slot is not used then), or -1. Called by one thread.
	 */
	int (*read)(void *ctx, void *slot, struct error *);

	/* Works on the item. Returns 0 or -1; worker is 0 .. workers - 1. */
	int (*work)(void *ctx, unsigned worker, void *slot, struct error *);

	/* Takes the item, in the order read. Returns 0 or -1. */
	int (*write)(void *ctx, void *slot, struct error *);

	/*
	 * May be NULL. How many of the slots the items from the next one on
	 * may use, 1 .. slots. Called by the reader before each read; where
	 * the number changes, all slots are drained first, so that read may
	 * then free or resize the memory of any of them.
	 */
	unsigned (*window)(void *ctx);

	void *ctx;
	unsigned workers;
	void *slots; /* an array of nslots items of slot_size bytes */
	size_t slot_size;
	unsigned nslots;

	/*
	 * Raised by the pipeline when a stage fails, or from outside to end
	 * it. Every stage that can block must watch it (fdio does).
	 */
	struct stop *stop;
};

/*
 * Runs until read has ended and all was written (0), or until the first
 * failure or the stop (-1, with the first error; a stop from outside is one
 * without another cause). All threads have ended when it returns. Signals are
 * blocked in the threads it makes.
 */
int pipeline_run(const struct pipeline *, struct error *);

#endif
