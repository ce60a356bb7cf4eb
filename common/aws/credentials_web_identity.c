#include <stdio.h>
#include <string.h>

#include "aws/credentials_source.h"
#include "aws/partition.h"
#include "aws/sigv4.h"
#include "io/settings.h"

enum { CONNECT_TIMEOUT = 5, TIMEOUT = 30, TRIES = 3 };

static const char *const region_names[] = {
    "S3_REGION", "AWS_REGION", "AWS_DEFAULT_REGION", NULL};
static const char *const ca_names[] = {"S3_CA_FILE", "AWS_CA_BUNDLE", NULL};
static const char *const fips_names[] = {"AWS_USE_FIPS_ENDPOINT", NULL};
static const char *const dualstack_names[] = {
    "AWS_USE_DUALSTACK_ENDPOINT", NULL};
static const char *const token_names[] = {"AWS_WEB_IDENTITY_TOKEN_FILE", NULL};
static const char *const role_names[] = {"AWS_ROLE_ARN", NULL};
static const char *const session_names[] = {"AWS_ROLE_SESSION_NAME", NULL};

/* STS is asked in the region, or in its one place of old ("AWS STS"). */
static void
make_url(struct buffer *url, const struct profile *p)
{
	const char *region = settings_first(region_names);
	const char *dualstack = settings_first(dualstack_names), *domain;
	const char *fips = settings_first(fips_names);

	if (region == NULL)
		region = profile_get(p, PROFILE_REGION);
	if (region == NULL) {
		buffer_puts(url, "https://sts.amazonaws.com/");
		return;
	}
	if (fips == NULL)
		fips = profile_get(p, PROFILE_FIPS);
	if (dualstack == NULL)
		dualstack = profile_get(p, PROFILE_DUALSTACK);
	domain = profile_true(dualstack) ? partition_dualstack(region) : NULL;
	if (domain == NULL)
		domain = partition_domain(region);
	buffer_printf(url, "https://sts%s.%s.%s/",
	    profile_true(fips) ? "-fips" : "", region, domain);
}

/* The URL to ask: one that was set, or AWS's. */
static int
find_url(struct credentials_search *s, struct buffer *url, struct error *e)
{
	const char *endpoint;

	if (profile_endpoint(
		s->profile, PROFILE_STS, &endpoint, &s->notes->warning, e) != 0)
		return -1;
	if (endpoint != NULL)
		buffer_puts(url, endpoint);
	else
		make_url(url, s->profile);
	return 0;
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
	const char *ca_file = settings_first(ca_names);
	struct http_settings settings = {.ca_file = ca_file != NULL
		? ca_file
		: profile_get(s->profile, PROFILE_CA),
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
	rc = find_url(s, &url, e);
	make_form(&form, role, token);
	settings_wipe(token);
	if (rc == 0 && (url.failed || form.failed))
		rc = error_set(e, ERROR_FAILED, "out of memory");
	if (rc == 0)
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
