#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>

#include "aws/hash.h"
#include "aws/keyring.h"
#include "base/number.h"
#include "base/report.h"
#include "io/settings.h"
#include "net/throttle.h"
#include "s3/config.h"

static const char *const endpoint_names[] = {
    "S3_ENDPOINT", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", NULL};
static const char *const bucket_names[] = {"S3_BUCKET", NULL};
static const char *const region_names[] = {
    "S3_REGION", "AWS_REGION", "AWS_DEFAULT_REGION", NULL};
static const char *const addressing_names[] = {"S3_ADDRESSING", NULL};
static const char *const ca_names[] = {"S3_CA_FILE", NULL};
static const char *const key_names[] = {"S3_SSE_C_KEY_FILE", NULL};

#define RATE_MIN (UINT64_C(1) << 10)
#define RATE_MAX (UINT64_C(1) << 40)

static bool
ends_with(const char *s, const char *tail)
{
	size_t n = strlen(s), m = strlen(tail);

	return n >= m && strcasecmp(s + n - m, tail) == 0;
}

/* Whether all of s is made of letters, digits and the others given. */
static bool
made_of(const char *s, size_t n, const char *others)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (!((s[i] >= 'a' && s[i] <= 'z') ||
			(s[i] >= 'A' && s[i] <= 'Z') ||
			(s[i] >= '0' && s[i] <= '9') ||
			(s[i] != '\0' && strchr(others, s[i]) != NULL)))
			return false;
	}
	return true;
}

/* Checks "host", "[v6]" or either with ":port"; *n becomes the host's size. */
static bool
authority_ok(const char *s, size_t *n, int64_t *port)
{
	const char *end;

	*port = 0;
	if (*s == '[') {
		*n = strcspn(s, "]") + 1;
		if (s[*n - 1] != ']' || *n < 4 || !made_of(s + 1, *n - 2, ":."))
			return false;
	} else {
		*n = strcspn(s, ":");
		if (*n == 0 || !made_of(s, *n, ".-_"))
			return false;
	}
	end = s + *n;
	return *end == '\0' ||
	    (*end == ':' && number_parse(end + 1, 1, 65535, port) == 0);
}

static int
load_endpoint(struct config *c, struct error *e)
{
	const char *url = settings_first(endpoint_names), *p = url;
	char authority[CONFIG_HOST];
	int64_t port;
	size_t n;

	c->https = true;
	if (url == NULL) {
		c->aws = true;
		return 0;
	}
	if (strncasecmp(p, "http://", 7) == 0) {
		c->https = false;
		p += 7;
	} else if (strncasecmp(p, "https://", 8) == 0) {
		p += 8;
	} else {
		return error_set(e, ERROR_USAGE,
		    "the endpoint is not http://HOST or https://HOST: %s", url);
	}
	n = strcspn(p, "/");
	if (p[n] == '/' && p[n + 1] != '\0')
		return error_set(e, ERROR_USAGE,
		    "the endpoint must not have a path: %s", url);
	if (n >= sizeof authority - CONFIG_BUCKET / 4)
		return error_set(
		    e, ERROR_USAGE, "the endpoint is too long: %s", url);
	snprintf(authority, sizeof authority, "%.*s", (int)n, p);
	if (!authority_ok(authority, &n, &port))
		return error_set(e, ERROR_USAGE,
		    "the endpoint is no host, or host and port: %s", url);
	if (port == 0 || port == (c->https ? 443 : 80))
		snprintf(c->host, sizeof c->host, "%.*s", (int)n, authority);
	else
		snprintf(c->host, sizeof c->host, "%s", authority);
	c->aws = ends_with(c->host, ".amazonaws.com") ||
	    ends_with(c->host, ".amazonaws.com.cn");
	return 0;
}

bool
config_region_of(const char *host, char region[CONFIG_REGION])
{
	/* s3.REGION.DOMAIN.TLD, s3-REGION.amazonaws.com */
	static const char *const heads[] = {"s3.dualstack.",
	    "s3-fips.dualstack.", "s3-fips.", "s3.", "s3-", NULL};
	const char *const *head = heads, *end;

	while (*head != NULL && strncmp(host, *head, strlen(*head)) != 0)
		head++;
	if (*head == NULL)
		return false;
	host += strlen(*head);
	end = strchr(host, '.');
	if (end == NULL || strchr(end + 1, '.') == NULL ||
	    (size_t)(end - host) >= CONFIG_REGION ||
	    memchr(host, '-', (size_t)(end - host)) == NULL)
		return false;
	snprintf(region, CONFIG_REGION, "%.*s", (int)(end - host), host);
	return true;
}

void
config_host_of(const char *region, char host[CONFIG_HOST])
{
	const char *kind = "s3";

	/* Of the same kind as the one that was given. */
	if (strncmp(host, "s3-fips.dualstack.", 18) == 0)
		kind = "s3-fips.dualstack";
	else if (strncmp(host, "s3-fips.", 8) == 0)
		kind = "s3-fips";
	else if (strncmp(host, "s3.dualstack.", 13) == 0)
		kind = "s3.dualstack";
	snprintf(host, CONFIG_HOST, "%s.%s.amazonaws.com%s", kind, region,
	    strncmp(region, "cn-", 3) == 0 ? ".cn" : "");
}

/* The region that is given; empty, if it has to be found. */
static int
load_region(struct config *c, struct error *e)
{
	const char *region = settings_first(region_names);

	if (region != NULL) {
		if (strlen(region) >= sizeof c->region ||
		    !made_of(region, strlen(region), "-_."))
			return error_set(
			    e, ERROR_USAGE, "no region: %s", region);
		snprintf(c->region, sizeof c->region, "%s", region);
	}
	return 0;
}

/* The region that was not given, and AWS's own host for it. */
static void
complete_region(struct config *c)
{
	const char *profile = c->credentials.region;

	if (c->region[0] == '\0' && !config_region_of(c->host, c->region))
		snprintf(c->region, sizeof c->region, "%.*s", CONFIG_REGION - 1,
		    profile != NULL ? profile : "us-east-1");
	if (c->host[0] == '\0')
		config_host_of(c->region, c->host);
}

/* Names outside S3's own rule are left to the store, within reason. */
static int
load_bucket(struct config *c, const char *bucket, struct error *e)
{
	size_t n;

	if (bucket == NULL)
		bucket = settings_first(bucket_names);
	if (bucket == NULL)
		return error_set(
		    e, ERROR_USAGE, "no bucket: set S3_BUCKET or give -b");
	n = strlen(bucket);
	if (n < 3 || n >= sizeof c->bucket || !made_of(bucket, n, ".-_"))
		return error_set(
		    e, ERROR_USAGE, "cannot be a bucket: %s", bucket);
	snprintf(c->bucket, sizeof c->bucket, "%s", bucket);
	return 0;
}

/*
 * Whether the bucket can be a host's label: S3's naming rule; over TLS no dot
 * either, for a wildcard certificate covers one label.
 */
static bool
fits_host(const struct config *c)
{
	const char *p;

	if (strlen(c->bucket) > 63 || (c->https && strchr(c->bucket, '.')))
		return false;
	for (p = c->bucket; *p != '\0'; p++) {
		if ((*p >= 'A' && *p <= 'Z') || *p == '_')
			return false;
	}
	return true;
}

static int
load_addressing(struct config *c, struct error *e)
{
	const char *how = settings_first(addressing_names);

	if (how == NULL || strcmp(how, "auto") == 0)
		c->virtual_host = c->aws && fits_host(c);
	else if (strcmp(how, "virtual") == 0 || strcmp(how, "path") == 0)
		c->virtual_host = *how == 'v';
	else
		return error_set(e, ERROR_USAGE,
		    "S3_ADDRESSING is not auto, path or virtual: %s", how);
	return 0;
}

/* Amazon's own endpoints honour conditions; of others the user has to say so. */
static int
load_conditional(struct config *c, struct error *e)
{
	static const char *const names[] = {"S3_CONDITIONAL_PUT", NULL};
	const char *said = settings_first(names);

	c->conditional = c->aws;
	if (said == NULL)
		return 0;
	if (strcmp(said, "true") != 0 && strcmp(said, "false") != 0)
		return error_set(e, ERROR_USAGE,
		    "S3_CONDITIONAL_PUT is not true or false: %s", said);
	c->conditional = *said == 't';
	return 0;
}

/*
 * Consoles show endpoints with the bucket before them. By path such a host
 * takes the bucket's name for the beginning of the key: puts go elsewhere, and
 * deletes find nothing.
 */
static int
check_endpoint(const struct config *c, struct error *e)
{
	const char *how = settings_first(addressing_names);
	size_t n = strlen(c->bucket);

	if (strncasecmp(c->host, c->bucket, n) != 0 || c->host[n] != '.' ||
	    (how != NULL && strcmp(how, "path") == 0))
		return 0;
	return error_set(e, ERROR_USAGE,
	    "the endpoint %s begins with the name of the bucket: write "
	    "S3_ENDPOINT=%s://%s (or S3_ADDRESSING=path if it is meant)",
	    c->host, c->https ? "https" : "http", c->host + n + 1);
}

static int
load_transfer(struct config *c, struct error *e)
{
	const char *key_file = settings_first(key_names);
	uint64_t speed;

	if (settings_number("S3_CONNECT_TIMEOUT", 1, 3600, 10,
		&c->connect_timeout, e) != 0 ||
	    settings_number("S3_TIMEOUT", 1, 86400, 60, &c->timeout, e) != 0 ||
	    settings_number("S3_RETRIES", 1, 1000, 10, &c->retries, e) != 0 ||
	    settings_size("S3_RATE", RATE_MIN, RATE_MAX, &speed, e) != 0)
		return -1;
	if (key_file != NULL &&
	    sse_c_load(&c->sse_c, key_file, c->https, e) != 0)
		return -1;
	if (speed != 0 && (c->throttle = throttle_open(speed)) == NULL)
		return error_set(e, ERROR_FAILED, "out of memory");
	return 0;
}

/* The credentials, and the region of their profile, if it is needed. */
static int
load_credentials(struct config *c, const struct stop *stop, struct error *e)
{
	const char *region;

	if (credentials_find(&c->credentials, stop, &c->notes, e) != 0)
		return -1;
	region = c->credentials.region;
	if (region != NULL &&
	    (strlen(region) >= sizeof c->region ||
		!made_of(region, strlen(region), "-_.")))
		return error_set(e, ERROR_USAGE, "%s: no region: %s",
		    c->credentials.source, region);
	complete_region(c);
	c->keyring = keyring_open(&c->credentials);
	return c->keyring != NULL ? 0
				  : error_set(e, ERROR_FAILED, "out of memory");
}

/* What is read from here on is secret: a crash shall not write it to a disk. */
static void
forbid_core(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_CORE, &limit) != 0)
		return;
	limit.rlim_cur = 0;
	setrlimit(RLIMIT_CORE, &limit);
}

int
config_load(struct config *c, const char *bucket, const struct stop *stop,
    struct error *e)
{
	memset(c, 0, sizeof *c);
	forbid_core();
	if (hash_start() != 0)
		return error_set(
		    e, ERROR_FAILED, "libcrypto cannot be initialised");
	c->ca_file = settings_first(ca_names);
	if (load_endpoint(c, e) != 0 || load_region(c, e) != 0 ||
	    load_bucket(c, bucket, e) != 0 || check_endpoint(c, e) != 0 ||
	    load_addressing(c, e) != 0 || load_conditional(c, e) != 0 ||
	    load_transfer(c, e) != 0 || load_credentials(c, stop, e) != 0) {
		config_free(c);
		return -1;
	}
	return 0;
}

void
config_tell(const struct config *c, bool verbose)
{
	const struct credentials_notes *n = &c->notes;

	if (n->warning.size > 0 && !n->warning.failed)
		report("warning: %s", n->warning.data);
	if (verbose && n->tried.size > 0 && !n->tried.failed)
		report("credentials: %s (tried before: %s)",
		    c->credentials.source, n->tried.data);
}

void
config_free(struct config *c)
{
	credentials_free(&c->credentials);
	credentials_notes_free(&c->notes);
	keyring_free(c->keyring);
	throttle_free(c->throttle);
	c->throttle = NULL;
	sse_c_wipe(&c->sse_c);
	c->keyring = NULL;
}
