/*
 * dealer: which session takes the next block of a COPY's rows.
 *
 * Sessions begin the COPY when there is a block for them. One that likely has
 * failed, or has been idle for long, ends what it has and may begin anew.
 */
#ifndef DEALER_H
#define DEALER_H

#include <stdbool.h>

#include "base/error.h"
#include "sql/session.h"

struct crew;
struct rows;

enum { DEALER_PATIENCE_MS = 500 }; /* with a session that likely failed */

struct dealer {
	struct rows *rows; /* the COPY */
	struct crew *crew;
	struct session *pinned; /* has a row that is not whole yet, or NULL */
	unsigned most; /* sessions that may take rows */
	bool asked; /* whether the table's rows may be dealt out */
};

/* Waits for a session that can take a block: the one that is pinned, or any. */
int dealer_choose(struct dealer *, struct session **, struct error *);

/* Has an idle session begin the COPY. */
int dealer_begin(struct dealer *, struct session *, struct error *);

/*
 * Ends what a session has that likely failed, to see why; or that has not, and
 * then it has lost nothing. Within a row that cannot be: there the server is
 * told that the data are not whole, once the suspicion has lasted.
 */
int dealer_end_suspects(struct dealer *, struct error *);

#endif
