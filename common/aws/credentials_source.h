/*
 * credentials_source: the places where credentials are looked for. Only the
 * credentials*.c know it.
 *
 * Each function returns 1 with credentials, 0 where the source has none (the
 * notes tell why), or -1 with an error where it is configured and fails.
 */
#ifndef CREDENTIALS_SOURCE_H
#define CREDENTIALS_SOURCE_H

#include <stddef.h>

#include "aws/credentials.h"
#include "aws/profile.h"
#include "net/http.h"

struct credentials_search {
	struct credentials *found;
	struct profile *profile; /* read when somebody asks for it */
	struct credentials_notes *notes;
	const struct stop *stop;
};

int credentials_environment(struct credentials_search *, struct error *);
int credentials_profile(struct credentials_search *, struct error *);
int credentials_web_identity(struct credentials_search *, struct error *);
int credentials_container(struct credentials_search *, struct error *);
int credentials_instance(struct credentials_search *, struct error *);

/* Adds a source that had no credentials to the notes. */
void credentials_tried(
    struct credentials_search *, const char *source, const char *why);

/*
 * Checks a set that is whole: a key, its secret, and no byte in any of them
 * that would break a header's line. An empty session token is removed. The name
 * is the source's.
 */
int credentials_check(struct credentials *, const char *name, struct error *);

/* ---- answers (credentials_answer.c), pure ---- */

/*
 * Reads the JSON that the metadata service, the container's endpoint and a
 * credential_process give: AccessKeyId, SecretAccessKey, Token or
 * SessionToken, Expiration; what Code and Message say is the error's text
 * where there are no credentials. The credentials are to be freed even where
 * it fails.
 */
int credentials_from_json(
    struct credentials *, const char *text, size_t size, struct error *);

/* Reads STS's answer to AssumeRoleWithWebIdentity, likewise. */
int credentials_from_sts(
    struct credentials *, const char *xml, size_t size, struct error *);

/*
 * The URL that the two variables of a container mean (either may be NULL), as
 * a new string. Plain http is allowed to the host itself and to the addresses
 * of ECS and EKS only ("Container credential provider", AWS SDKs and Tools
 * Reference). NULL with an error where it is another.
 */
char *credentials_container_url(
    const char *relative, const char *full, struct error *);

/* ---- the network (credentials_fetch.c) ---- */

/*
 * Sends a request and, where no answer came or the server failed, a few times
 * again. Returns 0 with any answer, or -1 with an error that names the host.
 */
int credentials_fetch(struct http *, struct http_request *, const struct stop *,
    unsigned tries, struct error *);

/*
 * Likewise over a connection of its own, and lets one of the above read the
 * answer's credentials; an answer without, or of a status other than 200, is an
 * error that names the URL and the status.
 */
int credentials_ask(struct credentials_search *, const struct http_settings *,
    struct http_request *, unsigned tries,
    int (*read)(struct credentials *, const char *, size_t, struct error *),
    struct error *);

/* ---- AssumeRoleWithWebIdentity, of the environment or of a profile ---- */

struct credentials_role {
	const char *arn, *token_file;
	const char *session; /* NULL: a name of ours */
	const char *source; /* for messages */
};

int credentials_assume(struct credentials_search *,
    const struct credentials_role *, struct error *);

/* Runs a profile's credential_process, in a shell, and reads its answer. */
int credentials_process(struct credentials_search *, const char *command,
    const char *source, struct error *);

#endif
