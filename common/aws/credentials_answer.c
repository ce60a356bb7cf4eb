#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "aws/credentials_source.h"
#include "text/json_object.h"
#include "text/timestamp.h"
#include "text/xml.h"

/* An answer as it is read. */
struct answer {
	struct credentials *found;
	char code[64], message[256], version[16];
};

/* Takes a text as one of the credentials' fields, the last if twice. */
static int
take(char **field, const char *text, struct error *e)
{
	if (*field != NULL)
		return error_set(e, ERROR_FAILED, "the answer says it twice");
	*field = strdup(text);
	return *field != NULL ? 0 : error_set(e, ERROR_FAILED, "out of memory");
}

/* One field of an answer, by the name that JSON and XML have for it. */
static int
answer_field(
    struct answer *a, const char *name, const char *text, struct error *e)
{
	struct credentials *c = a->found;

	if (strcmp(name, "AccessKeyId") == 0)
		return take(&c->access_key, text, e);
	if (strcmp(name, "SecretAccessKey") == 0)
		return take(&c->secret_key, text, e);
	if (strcmp(name, "SessionToken") == 0 || strcmp(name, "Token") == 0)
		return take(&c->session_token, text, e);
	if (strcmp(name, "Expiration") == 0 && *text != '\0' &&
	    timestamp_parse(text, &c->expires) != 0)
		return error_set(
		    e, ERROR_FAILED, "the expiration is no time: %.40s", text);
	/* The container's endpoint has them in small letters. */
	if (strcasecmp(name, "Code") == 0)
		snprintf(a->code, sizeof a->code, "%s", text);
	else if (strcasecmp(name, "Message") == 0)
		snprintf(a->message, sizeof a->message, "%s", text);
	else if (strcmp(name, "Version") == 0)
		snprintf(a->version, sizeof a->version, "%s", text);
	return 0;
}

/* Says why an answer has no credentials, if it has none. */
static int
conclude(const struct answer *a, struct error *e)
{
	if (a->version[0] != '\0' && strcmp(a->version, "1") != 0)
		return error_set(e, ERROR_FAILED,
		    "the answer is of version %s, not 1", a->version);
	if (a->found->access_key != NULL && a->found->secret_key != NULL)
		return 0;
	if (a->code[0] == '\0' && a->message[0] == '\0')
		return error_set(
		    e, ERROR_FAILED, "the answer has no credentials");
	return error_set(e, ERROR_FAILED, "%s%s%s", a->code,
	    a->code[0] != '\0' && a->message[0] != '\0' ? ": " : "",
	    a->message);
}

static int
json_member(void *ctx, const char *name, const char *value, struct error *e)
{
	return answer_field(ctx, name, value, e);
}

int
credentials_from_json(
    struct credentials *c, const char *text, size_t size, struct error *e)
{
	struct answer a = {.found = c};

	if (json_object(text, size, json_member, &a, e) != 0)
		return -1;
	return conclude(&a, e);
}

static int
sts_leaf(void *ctx, const char *parent, const char *name, const char *text,
    struct error *e)
{
	if (strcmp(parent, "Credentials") != 0 && strcmp(parent, "Error") != 0)
		return 0;
	return answer_field(ctx, name, text, e);
}

int
credentials_from_sts(
    struct credentials *c, const char *xml, size_t size, struct error *e)
{
	struct answer a = {.found = c};
	struct xml_visitor v = {.leaf = sts_leaf, .ctx = &a};

	if (xml_parse(xml, size, &v, e) != 0)
		return -1;
	return conclude(&a, e);
}

/* Whether plain http may carry credentials to that host. */
static bool
host_allowed(const char *host, size_t n)
{
	static const char *const hosts[] = {"localhost", "[::1]",
	    "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"};
	size_t i;

	for (i = 0; i < sizeof hosts / sizeof *hosts; i++) {
		if (strlen(hosts[i]) == n &&
		    strncasecmp(hosts[i], host, n) == 0)
			return true;
	}
	/* 127.0.0.0/8, in figures only: a name may mean anything. */
	return n > 4 && strncmp(host, "127.", 4) == 0 &&
	    strspn(host, "0123456789.") >= n;
}

char *
credentials_container_url(
    const char *relative, const char *full, struct error *e)
{
	char *url = NULL;
	size_t n;

	if (relative != NULL) {
		n = strlen(relative) + sizeof "http://169.254.170.2/";
		if ((url = malloc(n)) != NULL)
			snprintf(url, n, "http://169.254.170.2%s%s",
			    *relative == '/' ? "" : "/", relative);
	} else if (strncasecmp(full, "https://", 8) == 0) {
		url = strdup(full);
	} else if (strncasecmp(full, "http://", 7) == 0) {
		n = strcspn(full + 7, "/?#");
		if (memchr(full + 7, '@', n) == NULL) {
			if (full[7] == '[')
				n = strcspn(full + 7, "]") + 1;
			else
				n = strcspn(full + 7, ":/?#");
			if (host_allowed(full + 7, n))
				url = strdup(full);
		}
	}
	if (url == NULL)
		error_set(e, ERROR_USAGE,
		    "AWS_CONTAINER_CREDENTIALS_FULL_URI: neither https nor a "
		    "host that is this machine, ECS or EKS: %s",
		    full != NULL ? full : relative);
	return url;
}
