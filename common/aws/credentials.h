/*
 * credentials: the access key, its secret and a session token, as a set from
 * the first source that names an access key.
 */
#ifndef CREDENTIALS_H
#define CREDENTIALS_H

#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

struct profile;
struct stop;

struct credentials {
	char *access_key, *secret_key;
	char *session_token; /* NULL: none */
	int64_t expires; /* seconds since 1970; 0: never, or not told */
	char source[128]; /* where they are from, for -v */
};

/* What a search has to tell besides its result; all zero at first. */
struct credentials_notes {
	struct buffer tried; /* the sources that had none, and why */
	struct buffer warning; /* what the user had better change */
};

/*
 * Finds the credentials, in this order (docs/design.md, section 3):
 *
 *     S3_ACCESS_KEY and its fellows (each also as _FILE)
 *     AWS_ACCESS_KEY_ID and its fellows (likewise)
 *     the profile in the shared credentials and config files
 *     AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN, by STS
 *     the container's endpoint, AWS_CONTAINER_CREDENTIALS_*
 *     the instance's metadata service, IMDSv2
 *
 * Parts of two sources are never mixed; a key without its secret is an error,
 * and so is a source that is configured and fails. The stop (may be NULL) ends
 * what waits for the network. The profile is read, unless it was, when its turn
 * comes. Returns 0, or -1 with an error that tells what
 * was tried; the notes, which the caller frees, are never secret.
 */
int credentials_find(struct credentials *, struct profile *,
    const struct stop *, struct credentials_notes *, struct error *);

/* A copy of the first as the second; -1 where memory is out. */
int credentials_copy(const struct credentials *, struct credentials *);

/* Wipes and frees them. */
void credentials_free(struct credentials *);
void credentials_notes_free(struct credentials_notes *);

#endif
