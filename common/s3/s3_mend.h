/*
 * s3_mend: puts right what an answer says is wrong with how we ask: the region
 * (and so the host) that is signed for, the clock, the credentials; and a condition
 * on which the store contradicts itself.
 */
#ifndef S3_MEND_H
#define S3_MEND_H

#include <stdbool.h>

#include "net/retry.h"
#include "s3/s3_call.h"

/*
 * Mends the cause that the action names, from the last answer. Each kind is
 * mended once a call: *mended, 0 at first, keeps which were. Returns whether
 * anything was mended, so that the call is worth sending again.
 */
bool s3_mend(
    struct s3 *, const struct s3_call *, enum retry_action, unsigned *mended);

/*
 * Where the store refuses a put because the key exists (412), and a look at that
 * key finds nothing: a server that was killed between an object and its metadata
 * says so for ever. It is asked again after a second, in case that somebody has
 * removed an object just then; where it contradicts itself a second time the
 * looks decide, as with a store that refuses conditions, and the condition is
 * left out. Not where the store is known to honour it. `seen` counts, from 0.
 * Returns whether to try again.
 */
bool s3_mend_condition(struct s3 *, unsigned *seen);

#endif
