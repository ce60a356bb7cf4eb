#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/credentials_source.h"
#include "io/settings.h"

void
credentials_free(struct credentials *c)
{
	settings_wipe(c->access_key);
	settings_wipe(c->secret_key);
	settings_wipe(c->session_token);
	memset(c, 0, sizeof *c);
}

void
credentials_notes_free(struct credentials_notes *n)
{
	buffer_free(&n->tried);
	buffer_free(&n->warning);
}

int
credentials_copy(const struct credentials *from, struct credentials *to)
{
	const char *const sources[] = {
	    from->access_key, from->secret_key, from->session_token};
	char **const targets[] = {
	    &to->access_key, &to->secret_key, &to->session_token};
	size_t i;

	memset(to, 0, sizeof *to);
	to->expires = from->expires;
	memcpy(to->source, from->source, sizeof to->source);
	for (i = 0; i < sizeof sources / sizeof *sources; i++) {
		if (sources[i] == NULL)
			continue;
		*targets[i] = strdup(sources[i]);
		if (*targets[i] == NULL) {
			credentials_free(to);
			return -1;
		}
	}
	return 0;
}

void
credentials_tried(
    struct credentials_search *s, const char *source, const char *why)
{
	struct buffer *b = &s->notes->tried;

	buffer_printf(b, "%s%s: %s", b->size > 0 ? "; " : "", source, why);
}

/* What would break a header's line, or the signature's own, cannot be a key. */
static int
check(const char *source, const char *what, const char *value, struct error *e)
{
	for (; value != NULL && *value != '\0'; value++) {
		if ((unsigned char)*value < 0x21 || *value == 0x7f)
			return error_set(e, ERROR_USAGE,
			    "%s: the %s holds a blank or a control character",
			    source, what);
	}
	return 0;
}

int
credentials_check(struct credentials *c, const char *name, struct error *e)
{
	if (c->access_key == NULL || c->access_key[0] == '\0')
		return error_set(e, ERROR_FAILED, "%s: no access key", name);
	if (c->secret_key == NULL || c->secret_key[0] == '\0')
		return error_set(e, ERROR_USAGE,
		    "%s: an access key without its secret", name);
	if (check(name, "access key", c->access_key, e) != 0 ||
	    check(name, "secret key", c->secret_key, e) != 0)
		return -1;
	/* One that is empty is left out, as botocore does. */
	if (c->session_token != NULL && c->session_token[0] == '\0') {
		settings_wipe(c->session_token);
		c->session_token = NULL;
	}
	return check(name, "session token", c->session_token, e);
}

int
credentials_find(struct credentials *c, struct profile *profile,
    const struct stop *stop, struct credentials_notes *notes, struct error *e)
{
	static int (*const sources[])(struct credentials_search *,
	    struct error *) = {credentials_environment, credentials_profile,
	    credentials_web_identity, credentials_container,
	    credentials_instance};
	struct credentials_search s = {c, profile, notes, stop};
	int rc = 0;
	size_t i;

	memset(c, 0, sizeof *c);
	for (i = 0; rc == 0 && i < sizeof sources / sizeof *sources; i++)
		rc = sources[i](&s, e);
	if (rc > 0)
		return 0;
	credentials_free(c);
	if (rc < 0)
		return -1;
	return error_set(e, ERROR_USAGE,
	    "no credentials: set S3_ACCESS_KEY and S3_SECRET_KEY (tried: %s)",
	    notes->tried.failed ? "" : notes->tried.data);
}
