/*
 * selection: which objects of a dump are wanted, by their headers and by what
 * their first statement names.
 */
#ifndef SELECTION_H
#define SELECTION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"
#include "sql/header.h"
#include "sql/names.h"
#include "sql/plan.h"

enum { SELECTION_KINDS = 64 }; /* that are counted apart */

struct selection {
	/* As the command line has them; the caller's. */
	const char *const *without; /* patterns of names (-N) */
	size_t nwithout;
	const char *const *tables; /* patterns of tables (-t); none: all */
	size_t ntables;
	const char *const
	    *schemas; /* patterns of schemas whose all is wanted */
	size_t nschemas;
	const char *const *also; /* what is wanted besides, for object_is() */
	size_t nalso;
	const char *const *kinds; /* what to leave out (-T), for object_is() */
	size_t nkinds;
	const char *const
	    *deferred; /* what is not for the database, likewise */
	size_t ndeferred;
	const char *const *tried; /* what may fail, likewise */
	size_t ntried;
	bool no_owner, no_grants;

	/* The selection's own. */
	struct names taken; /* indexes and sequences of the tables wanted */
	struct names gone; /* what was left out */
	struct names foreign; /* foreign tables */
	struct {
		char type[64];
		unsigned long long count;
	} left[SELECTION_KINDS];
	size_t nleft;
	bool failed; /* no memory: nothing that was said since counts */
};

enum selection_verdict {
	SELECTION_TAKE,
	SELECTION_LEAVE,
	SELECTION_DEFER,
	/*
	 * A sequence: whether it is wanted is known by the next object, which
	 * may say whose it is.
	 */
	SELECTION_HOLD,
};

/* Whether only some things are wanted. */
bool selection_is_restricted(const struct selection *);

/* Whether it may leave out anything but owners and grants. */
bool selection_is_partial(const struct selection *);

/* Judges an object by its header and the first statement behind it. */
enum selection_verdict
selection_judge(struct selection *, const struct header *, const struct plan *);

/*
 * Judges a sequence that was held, by the object behind it; where that does
 * not say whose it is, both are NULL.
 */
enum selection_verdict selection_judge_held(struct selection *,
    const struct header *held, const struct header *, const struct plan *);

/* Whether an object may fail. */
bool selection_is_tried(
    const struct selection *, const struct header *, const struct plan *);

/* Whether a statement is left out whatever object it belongs to. */
bool selection_drops(const struct selection *, const struct plan *);

/* Counts an object that was left out, with its name. */
void selection_count(struct selection *, const struct header *);

/* Adds what was left out: "2 COMMENT, 1 SUBSCRIPTION". */
void selection_tell(const struct selection *, struct buffer *);

void selection_free(struct selection *);

#endif
