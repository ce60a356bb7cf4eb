#include <stdio.h>

#include "aws/credentials_source.h"
#include "io/settings.h"

/* The names of the environment's two sets. */
static const struct names {
	const char *access_key, *secret_key, *session_token;
} sets[] = {
    {"S3_ACCESS_KEY", "S3_SECRET_KEY", "S3_SESSION_TOKEN"},
    {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"},
};

/* Takes one set, if it names an access key. */
static int
take(struct credentials *c, const struct names *n, struct error *e)
{
	if (settings_secret(n->access_key, &c->access_key, e) != 0)
		return -1;
	if (c->access_key == NULL)
		return 0;
	if (settings_secret(n->secret_key, &c->secret_key, e) != 0 ||
	    settings_secret(n->session_token, &c->session_token, e) != 0)
		return -1;
	if (c->secret_key == NULL)
		return error_set(e, ERROR_USAGE, "%s is set, but not %s",
		    n->access_key, n->secret_key);
	snprintf(c->source, sizeof c->source, "%s", n->access_key);
	return credentials_check(c, n->access_key, e) == 0 ? 1 : -1;
}

int
credentials_environment(struct credentials_search *s, struct error *e)
{
	int rc = 0;
	size_t i;

	for (i = 0; rc == 0 && i < sizeof sets / sizeof *sets; i++)
		rc = take(s->found, &sets[i], e);
	if (rc == 0)
		credentials_tried(s, "environment", "no access key");
	return rc;
}
