#include <stdio.h>
#include <string.h>

#include "aws/credentials_source.h"
#include "aws/sigv4.h"
#include "io/settings.h"

enum { CONNECT_TIMEOUT = 5, TIMEOUT = 30, TRIES = 3 };

static const char *const endpoint_names[] = {
    "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL", NULL};
static const char *const region_names[] = {
    "S3_REGION", "AWS_REGION", "AWS_DEFAULT_REGION", NULL};
static const char *const ca_names[] = {"S3_CA_FILE", NULL};
static const char *const token_names[] = {"AWS_WEB_IDENTITY_TOKEN_FILE", NULL};
static const char *const role_names[] = {"AWS_ROLE_ARN", NULL};
static const char *const session_names[] = {"AWS_ROLE_SESSION_NAME", NULL};

/* STS is asked in the region, or in its one place of old ("AWS STS"). */
static void
make_url(struct buffer *url, const struct credentials_role *role)
{
	const char *endpoint = settings_first(endpoint_names);
	const char *region = settings_first(region_names);

	if (region == NULL)
		region = role->region;
	if (endpoint != NULL)
		buffer_puts(url, endpoint);
	else if (region == NULL)
		buffer_puts(url, "https://sts.amazonaws.com/");
	else
		buffer_printf(url, "https://sts.%s.amazonaws.com%s/", region,
		    strncmp(region, "cn-", 3) == 0 ? ".cn" : "");
}

static void
make_form(
    struct buffer *form, const struct credentials_role *role, const char *token)
{
	const struct pair fields[] = {
	    {"Action", "AssumeRoleWithWebIdentity"},
	    {"RoleArn", role->arn},
	    {"RoleSessionName",
		role->session != NULL ? role->session : "s3pipe"},
	    {"Version", "2011-06-15"},
	    {"WebIdentityToken", token},
	};

	sigv4_query(form, fields, sizeof fields / sizeof *fields);
}

/* Sends the form; the answer is read whatever its status. */
static int
ask(struct credentials_search *s, const struct buffer *url,
    const struct buffer *form, struct error *e)
{
	static const char *const headers[] = {
	    "Content-Type: application/x-www-form-urlencoded",
	    "Accept: application/xml", NULL};
	struct http_settings settings = {.ca_file = settings_first(ca_names),
	    .connect_timeout = CONNECT_TIMEOUT,
	    .timeout = TIMEOUT,
	    .stop = s->stop};
	struct http_request q = {.method = "POST",
	    .url = url->data,
	    .headers = headers,
	    .body = form->data,
	    .body_size = form->size};

	return credentials_ask(
	    s, &settings, &q, TRIES, credentials_from_sts, e);
}

int
credentials_assume(struct credentials_search *s,
    const struct credentials_role *role, struct error *e)
{
	struct buffer url = {0}, form = {0};
	char *token;
	int rc;

	token = settings_file(role->token_file, e);
	if (token == NULL)
		return error_prefix(e, "%s", role->source);
	make_url(&url, role);
	make_form(&form, role, token);
	settings_wipe(token);
	if (url.failed || form.failed)
		rc = error_set(e, ERROR_FAILED, "out of memory");
	else
		rc = ask(s, &url, &form, e);
	buffer_free(&url);
	buffer_free(&form);
	snprintf(s->found->source, sizeof s->found->source, "%s, %s",
	    role->source, role->arn);
	if (rc != 0)
		return error_prefix(e, "%s: role %s", role->source, role->arn);
	return credentials_check(s->found, role->source, e) == 0 ? 1 : -1;
}

int
credentials_web_identity(struct credentials_search *s, struct error *e)
{
	struct credentials_role role = {.arn = settings_first(role_names),
	    .token_file = settings_first(token_names),
	    .session = settings_first(session_names),
	    .region = s->found->region,
	    .source = "AWS_WEB_IDENTITY_TOKEN_FILE"};

	if (role.token_file == NULL) {
		credentials_tried(s, "web identity", "not configured");
		return 0;
	}
	if (role.arn == NULL)
		return error_set(e, ERROR_USAGE,
		    "AWS_WEB_IDENTITY_TOKEN_FILE is set, but not AWS_ROLE_ARN");
	return credentials_assume(s, &role, e);
}
