#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "credentials.h"
#include "settings.h"

/* The names of the environment's two sets. */
static const struct names {
	const char *access_key, *secret_key, *session_token;
} sets[] = {
    {"S3_ACCESS_KEY", "S3_SECRET_KEY", "S3_SESSION_TOKEN"},
    {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"},
};

static void
wipe(char *s)
{
	if (s == NULL)
		return;
	OPENSSL_cleanse(s, strlen(s));
	free(s);
}

void
credentials_free(struct credentials *c)
{
	wipe(c->access_key);
	wipe(c->secret_key);
	wipe(c->session_token);
	memset(c, 0, sizeof *c);
}

/* What would break a header's line, or the signature's own, cannot be a key. */
static int
check(const char *name, const char *value, struct error *e)
{
	for (; *value != '\0'; value++) {
		if ((unsigned char)*value < 0x21 || *value == 0x7f)
			return error_set(e, ERROR_USAGE,
			    "%s holds a blank or a control character", name);
	}
	return 0;
}

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
	c->source = n->access_key;
	if (check(n->access_key, c->access_key, e) != 0 ||
	    check(n->secret_key, c->secret_key, e) != 0 ||
	    (c->session_token != NULL &&
		check(n->session_token, c->session_token, e) != 0))
		return -1;
	return 0;
}

int
credentials_find(struct credentials *c, struct error *e)
{
	size_t i;

	memset(c, 0, sizeof *c);
	for (i = 0; i < sizeof sets / sizeof *sets; i++) {
		if (take(c, &sets[i], e) != 0) {
			credentials_free(c);
			return -1;
		}
		if (c->access_key != NULL)
			return 0;
	}
	return error_set(e, ERROR_USAGE,
	    "no credentials: set S3_ACCESS_KEY and S3_SECRET_KEY");
}
