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
	PROFILE_LOGIN, /* login_session */
	PROFILE_ENDPOINT, /* endpoint_url */
	PROFILE_SERVICES, /* the section [services NAME] that goes with it */
	PROFILE_ENDPOINT_S3, /* and the endpoint_url there of s3 and sts */
	PROFILE_ENDPOINT_STS,
	PROFILE_IGNORE, /* ignore_configured_endpoint_urls */
	PROFILE_CA, /* ca_bundle */
	PROFILE_FIPS, /* use_fips_endpoint */
	PROFILE_DUALSTACK, /* use_dualstack_endpoint, of s3 before its own */
	PROFILE_ADDRESSING, /* addressing_style of s3 */
	PROFILE_FIELDS
};

struct profile {
	bool read; /* all of it; the rest is valid then */
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
 * ~/.aws/config, as awscli reads them; once it is read, it stays as it is. A
 * file that is not there has no profile, nor has one in a home that we may not
 * read; one that is a directory, cannot be read or is broken is an error; so is a profile that was named and is in
 * neither. A file with a secret key that others may read adds to the warning.
 * All zero at first; the caller frees the profile whatever is returned.
 */
int profile_read(struct profile *, struct buffer *warning, struct error *);

/* The setting in the first file that has it, or NULL. */
const char *profile_get(const struct profile *, enum profile_field);

/* Whether a setting says true, as awscli takes it; NULL does not. */
bool profile_true(const char *value);

/*
 * The endpoint's URL that AWS_ENDPOINT_URL_<service>, AWS_ENDPOINT_URL or the
 * profile give for a service, in this order (AWS SDKs and Tools Reference,
 * "Service-specific endpoints"); NULL: none, or they are to be ignored. The
 * profile is read only where the environment has none.
 */
enum profile_service { PROFILE_S3, PROFILE_STS };
int profile_endpoint(struct profile *, enum profile_service, const char **url,
    struct buffer *warning, struct error *);

/* Wipes and frees it. */
void profile_free(struct profile *);

#endif
