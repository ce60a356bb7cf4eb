/*
 * credentials: the access key, its secret and a session token, as a set from
 * the first source that names an access key.
 */
#ifndef CREDENTIALS_H
#define CREDENTIALS_H

#include "error.h"

struct credentials {
	char *access_key, *secret_key;
	char *session_token; /* NULL: none */
	const char *source; /* where they are from, for -v */
};

/*
 * Finds the credentials: S3_ACCESS_KEY and its fellows (each also as _FILE),
 * then AWS_ACCESS_KEY_ID and its fellows. Parts of two sources are never
 * mixed; a key without its secret is an error.
 */
int credentials_find(struct credentials *, struct error *);

/* Wipes and frees them. */
void credentials_free(struct credentials *);

#endif
