/*
 * leftover: uploads that may have been left behind without anybody's knowing.
 */
#ifndef LEFTOVER_H
#define LEFTOVER_H

#include <time.h>

struct s3;

/*
 * After the answer to a CreateMultipartUpload was lost: reports each unfinished
 * upload of the key that was begun since then (by the store's clock, which may
 * differ by as much as a signature's), but for the one that is known (NULL:
 * none), and the command that removes it. That it is ours cannot be proved, for
 * an upload carries nothing but its key: somebody else may be writing the same
 * one. So it is left.
 */
void
leftover_tell(struct s3 *, const char *key, const char *known, time_t since);

#endif
