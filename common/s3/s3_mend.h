/*
 * s3_mend: puts right what an answer says is wrong with how we ask: the region
 * (and so the host) that is signed for, the clock, the credentials.
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

#endif
