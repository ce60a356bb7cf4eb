#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/credentials_source.h"

/* Takes the key of one of the two files, with what belongs to it there. */
static int
take_keys(
    struct credentials *c, char **fields, const char *source, struct error *e)
{
	if (fields[PROFILE_ACCESS_KEY] == NULL)
		return 0;
	c->access_key = fields[PROFILE_ACCESS_KEY];
	c->secret_key = fields[PROFILE_SECRET_KEY];
	c->session_token = fields[PROFILE_SESSION_TOKEN];
	fields[PROFILE_ACCESS_KEY] = fields[PROFILE_SECRET_KEY] =
	    fields[PROFILE_SESSION_TOKEN] = NULL;
	return credentials_check(c, source, e) == 0 ? 1 : -1;
}

/* What we do not do ourselves, awscli does for us. */
static int
refuse(const struct profile *p, struct error *e)
{
	const char *why = "single sign-on";

	if (profile_get(p, PROFILE_ROLE) != NULL)
		why = "a role_arn without a web_identity_token_file";
	else if (profile_get(p, PROFILE_SSO) == NULL)
		why = "login_session";

	return error_set(e, ERROR_USAGE,
	    "profile %s: %s is not supported; as credential_process of "
	    "another profile \"aws configure export-credentials --profile %s "
	    "--format process\" gives it",
	    p->name, why, p->name);
}

/* The ways of a profile, in the order in which awscli has them. */
static int
find(struct credentials_search *s, struct profile *p, const char *source,
    struct error *e)
{
	struct credentials_role role = {.arn = profile_get(p, PROFILE_ROLE),
	    .token_file = profile_get(p, PROFILE_TOKEN_FILE),
	    .session = profile_get(p, PROFILE_SESSION_NAME),
	    .source = source};
	const char *process = profile_get(p, PROFILE_PROCESS);
	int rc;

	if (role.arn != NULL && role.token_file != NULL)
		return credentials_assume(s, &role, e);
	if (role.arn != NULL)
		return refuse(p, e);
	rc = take_keys(s->found, p->fields[0], source, e);
	if (rc == 0 && process != NULL)
		return credentials_process(s, process, source, e);
	if (rc == 0)
		rc = take_keys(s->found, p->fields[1], source, e);
	if (rc == 0 && p->named &&
	    (profile_get(p, PROFILE_SSO) != NULL ||
		profile_get(p, PROFILE_LOGIN) != NULL))
		return refuse(p, e);
	return rc;
}

/* Notes that the profile has no credentials, and why. */
static void
note(struct credentials_search *s, const struct profile *p, const char *source)
{
	const char *why = "no credentials in it";

	if (!p->found)
		why = p->missing.size > 0 ? p->missing.data : "no such profile";
	else if (profile_get(p, PROFILE_SSO) != NULL)
		why = "single sign-on is not supported";
	else if (profile_get(p, PROFILE_LOGIN) != NULL)
		why = "login_session is not supported";
	credentials_tried(s, source, why);
}

int
credentials_profile(struct credentials_search *s, struct error *e)
{
	struct profile *p = s->profile;
	char source[96];
	int rc;

	if (profile_read(p, &s->notes->warning, e) != 0)
		return -1;
	snprintf(source, sizeof source, "profile %s", p->name);
	rc = find(s, p, source, e);
	if (rc == 0)
		note(s, p, source);
	else if (rc > 0 && s->found->source[0] == '\0')
		snprintf(
		    s->found->source, sizeof s->found->source, "%s", source);
	return rc;
}
