/*
 * s3_integrity: the checksum of a call's body, and what its store makes of it.
 *
 * A store that keeps checksums shows it by its answers. One that refuses them
 * is asked without, and if that is granted, not again. Over https, a body whose
 * checksum the store verifies is not hashed a second time for the signature.
 */
#ifndef S3_INTEGRITY_H
#define S3_INTEGRITY_H

#include "s3/s3_call.h"

/*
 * Adds the checksum of the call's body, unless the kind is CHECKSUM_NONE, or
 * it may be left out and the store has refused such headers. It is computed
 * here if the text is empty. Returns 0 or -1 (a digest failed).
 */
int s3_integrity_add(
    struct s3 *, struct s3_call *, const struct s3_sum *, bool may_leave_out);

/* Adds a header of this kind that the store may refuse. */
void s3_integrity_ask(
    struct s3 *, struct s3_call *, const char *name, const char *value);

/* What the signature is to say of the body. Returns 0 or -1. */
int s3_integrity_payload(
    const struct s3 *, struct s3_call *, char payload[HASH_HEX]);

/* Whether an answer says that the body did not arrive as its checksum says. */
bool s3_integrity_broken(const struct s3_call *);

/*
 * Whether a refusal may be due to a checksum, or to a body that was not
 * signed: the call has changed then, and is to be sent again.
 */
bool s3_integrity_mend(struct s3 *, struct s3_call *);

/*
 * After a success: learns from the answer. Returns 0, or -1 with an error
 * where the store has another checksum than the one that was sent.
 */
int s3_integrity_learn(struct s3 *, struct s3_call *, struct error *);

/* The checksum of a whole object in an answer; its kind is CHECKSUM_NONE where
 * there is none. */
void s3_integrity_read(const struct http_response *, struct s3_sum *);

#endif
