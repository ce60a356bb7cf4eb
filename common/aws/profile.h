/*
 * profile: one profile of the shared AWS credentials and config files.
 */
#ifndef PROFILE_H
#define PROFILE_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/error.h"

/* The settings that are looked at; NULL where the profile has none. */
enum profile_field {
	PROFILE_ACCESS_KEY,
	PROFILE_SECRET_KEY,
	PROFILE_SESSION_TOKEN,
	PROFILE_REGION,
	PROFILE_PROCESS, /* credential_process */
	PROFILE_ROLE, /* role_arn */
	PROFILE_TOKEN_FILE, /* web_identity_token_file */
	PROFILE_SESSION_NAME, /* role_session_name */
	PROFILE_SSO, /* sso_session, or sso_start_url of old */
	PROFILE_FIELDS
};

struct profile {
	const char *name;
	bool named; /* by AWS_PROFILE: it must be there */
	bool found; /* in one file at least */
	/* The credentials file's, which come first, and the config file's. */
	char *fields[2][PROFILE_FIELDS];
	struct buffer missing; /* the files that are not there */
};

/*
 * Reads the profile of AWS_PROFILE, or "default", from the files of
 * AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE, or ~/.aws/credentials and
 * ~/.aws/config. A file that is not there has no profile; one that is a
 * directory, cannot be read or is broken is an error; so is a profile that was
 * named and is in neither. A file with a secret key that others may read adds
 * to the warning. The caller frees the profile whatever is returned.
 */
int profile_read(struct profile *, struct buffer *warning, struct error *);

/* The setting in the first file that has it, or NULL. */
const char *profile_get(const struct profile *, enum profile_field);

/* Wipes and frees it. */
void profile_free(struct profile *);

#endif
