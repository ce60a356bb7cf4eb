/*
 * s3_sign: a call as a signed request: its URL and its header lines.
 */
#ifndef S3_SIGN_H
#define S3_SIGN_H

#include "s3/s3_call.h"

/* What one signed request is made of; all zero at first, freed as a whole. */
struct s3_signed {
	struct buffer path, query, url, authorization;
	struct buffer lines; /* the headers, each with a NUL */
	const char *headers[S3_CALL_HEADERS + 8];
};

/*
 * Signs the call for now, with the connection's credentials, region and clock;
 * the payload is the SHA-256 of its body in hex. Returns 0, or -1 where memory
 * or the clock fails.
 */
int s3_sign(const struct s3 *, const struct s3_call *, const char *payload,
    struct s3_signed *);
void s3_signed_free(struct s3_signed *);

#endif
