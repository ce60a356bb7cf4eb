#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>

#include "aws/hash.h"
#include "aws/keyring.h"
#include "base/report.h"
#include "io/settings.h"
#include "net/throttle.h"
#include "s3/config.h"
#include "s3/partsize.h"

static const char *const endpoint_names[] = {"S3_ENDPOINT", NULL};
static const char *const bucket_names[] = {"S3_BUCKET", NULL};
static const char *const region_names[] = {
    "S3_REGION", "AWS_REGION", "AWS_DEFAULT_REGION", NULL};
static const char *const addressing_names[] = {"S3_ADDRESSING", NULL};
static const char *const ca_names[] = {"S3_CA_FILE", "AWS_CA_BUNDLE", NULL};
static const char *const key_names[] = {"S3_SSE_C_KEY_FILE", NULL};

/* A header for every request, by the variable that sets it. */
static const struct {
	const char *variable[2], *header;
} everywhere[HEADER_EVERYWHERE] = {
    {{"S3_REQUEST_PAYER", NULL}, "x-amz-request-payer"},
    {{"S3_EXPECTED_BUCKET_OWNER", NULL}, "x-amz-expected-bucket-owner"},
};

#define RATE_MIN (UINT64_C(1) << 10)
#define RATE_MAX (UINT64_C(1) << 40)

/* Whether a variable, or else the profile's setting, says true. */
static int
load_flag(struct config *c, const char *variable, enum profile_field field,
    bool *flag, struct error *e)
{
	const char *const names[] = {variable, NULL};
	const char *value = settings_first(names);

	if (value == NULL)
		value = profile_get(&c->profile, field);
	*flag = profile_true(value);
	if (value != NULL && !*flag && strcasecmp(value, "false") != 0)
		return error_set(e, ERROR_USAGE, "%s is not true or false: %s",
		    variable, value);
	return 0;
}

/* AWS itself: the host that the region and the kinds of endpoints give. */
static int
load_aws(struct config *c, const char *region, struct error *e)
{
	struct endpoint_kind kind = {
	    c->bucket.access_point ? "s3-accesspoint" : "s3", false, false};

	if (load_flag(
		c, "AWS_USE_FIPS_ENDPOINT", PROFILE_FIPS, &kind.fips, e) != 0 ||
	    load_flag(c, "AWS_USE_DUALSTACK_ENDPOINT", PROFILE_DUALSTACK,
		&kind.dualstack, e) != 0)
		return -1;
	c->endpoint.https = c->endpoint.aws = true;
	endpoint_aws(c->endpoint.host, &kind, region);
	return 0;
}

/* A kind of AWS's endpoints means nothing where the endpoint is given. */
static int
check_kinds(const char *url, struct error *e)
{
	static const char *const names[] = {
	    "AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"};
	size_t i;

	for (i = 0; i < sizeof names / sizeof *names; i++) {
		const char *const name[] = {names[i], NULL};

		if (profile_true(settings_first(name)))
			return error_set(e, ERROR_USAGE,
			    "%s=true cannot be kept with the endpoint %s: "
			    "leave out one of them",
			    names[i], url);
	}
	return 0;
}

/*
 * The region is the one that is given, that of an access point, of the
 * endpoint's name, of the profile, or AWS's first.
 */
static int
load_region(struct config *c, struct error *e)
{
	const char *given = settings_first(region_names);
	const char *profile = profile_get(&c->profile, PROFILE_REGION);
	const char *region = "us-east-1";

	if (given != NULL && !endpoint_region_ok(given))
		return error_set(e, ERROR_USAGE, "invalid region: %s", given);
	if (c->bucket.access_point)
		region = c->bucket.region;
	else if (given != NULL)
		region = given;
	else if (endpoint_region(c->endpoint.host, c->region))
		return 0;
	else if (profile != NULL)
		region = profile;
	if (!endpoint_region_ok(region))
		return error_set(e, ERROR_USAGE,
		    "profile %s: invalid region: %s", c->profile.name, region);
	snprintf(c->region, sizeof c->region, "%s", region);
	return 0;
}

static int
load_endpoint(struct config *c, struct error *e)
{
	const char *url = settings_first(endpoint_names);

	if (url == NULL &&
	    profile_endpoint(
		&c->profile, PROFILE_S3, &url, &c->notes.warning, e) != 0)
		return -1;
	if (url == NULL) {
		if (profile_read(&c->profile, &c->notes.warning, e) != 0 ||
		    load_region(c, e) != 0)
			return -1;
		return load_aws(c, c->region, e);
	}
	if (check_kinds(url, e) != 0)
		return -1;
	return endpoint_parse(&c->endpoint, url, e);
}

static int
load_bucket(struct config *c, const char *bucket, struct error *e)
{
	if (bucket == NULL)
		bucket = settings_first(bucket_names);
	if (bucket == NULL)
		return error_set(
		    e, ERROR_USAGE, "no bucket: set S3_BUCKET or give -b");
	return bucket_parse(&c->bucket, bucket, e);
}

static int
load_addressing(struct config *c, struct error *e)
{
	const char *how = settings_first(addressing_names);

	if (how == NULL)
		how = profile_get(&c->profile, PROFILE_ADDRESSING);
	if (how == NULL || strcmp(how, "auto") == 0)
		c->virtual_host = c->bucket.access_point ||
		    (c->endpoint.aws &&
			bucket_fits_host(&c->bucket, c->endpoint.https));
	else if (strcmp(how, "virtual") == 0 || strcmp(how, "path") == 0)
		c->virtual_host = *how == 'v';
	else
		return error_set(e, ERROR_USAGE,
		    "S3_ADDRESSING is not auto, path or virtual: %s", how);
	if (c->bucket.access_point && !c->virtual_host)
		return error_set(e, ERROR_USAGE,
		    "an access point has no path: leave out "
		    "S3_ADDRESSING=path");
	if (c->virtual_host && strchr(c->bucket.name, ':') != NULL)
		return error_set(e, ERROR_USAGE,
		    "%s cannot be part of a host's name: leave out "
		    "S3_ADDRESSING=virtual",
		    c->bucket.name);
	return 0;
}

/* Amazon's own endpoints honour conditions; of others the user has to say so. */
static int
load_conditional(struct config *c, struct error *e)
{
	static const char *const names[] = {"S3_CONDITIONAL_PUT", NULL};
	const char *said = settings_first(names);

	c->conditional = c->endpoint.aws;
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
	const char *host = c->endpoint.host;
	size_t n = strlen(c->bucket.name);

	if (strncasecmp(host, c->bucket.name, n) != 0 || host[n] != '.' ||
	    (how != NULL && strcmp(how, "path") == 0))
		return 0;
	return error_set(e, ERROR_USAGE,
	    "the endpoint %s begins with the name of the bucket: write "
	    "S3_ENDPOINT=%s://%s (or S3_ADDRESSING=path if it is meant)",
	    host, c->endpoint.https ? "https" : "http", host + n + 1);
}

static int
load_headers(struct config *c, struct error *e)
{
	const char *value;
	size_t i;

	for (i = 0; i < HEADER_EVERYWHERE; i++) {
		value = settings_first(everywhere[i].variable);
		if (value == NULL)
			continue;
		if (header_check(everywhere[i].header, value, e) != 0)
			return error_prefix(e, "%s", everywhere[i].variable[0]);
		c->everywhere[c->neverywhere].name = everywhere[i].header;
		c->everywhere[c->neverywhere++].value = value;
	}
	return 0;
}

void
config_headers(struct config *c, const struct header_list *list)
{
	struct pair found[HEADER_EVERYWHERE];
	size_t n = header_everywhere(list, found), i, j;

	for (i = 0; i < n; i++) {
		for (j = 0; j < c->neverywhere; j++) {
			if (strcasecmp(c->everywhere[j].name, found[i].name) ==
			    0)
				break;
		}
		c->everywhere[j] = found[i];
		if (j == c->neverywhere)
			c->neverywhere++;
	}
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
	    settings_size("S3_RATE", RATE_MIN, RATE_MAX, &speed, e) != 0 ||
	    settings_size("S3_MAX_OBJECT", PARTSIZE_MIN, PARTSIZE_LARGEST,
		&c->max_object, e) != 0)
		return -1;
	if (c->max_object == 0)
		c->max_object = PARTSIZE_TOTAL;
	if (key_file != NULL &&
	    sse_c_load(&c->sse_c, key_file, c->endpoint.https, e) != 0)
		return -1;
	if (speed != 0 && (c->throttle = throttle_open(speed)) == NULL)
		return error_set(e, ERROR_FAILED, "out of memory");
	return 0;
}

static int
load_credentials(struct config *c, const struct stop *stop, struct error *e)
{
	if (credentials_find(
		&c->credentials, &c->profile, stop, &c->notes, e) != 0)
		return -1;
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
	if (load_bucket(c, bucket, e) != 0 || load_endpoint(c, e) != 0 ||
	    check_endpoint(c, e) != 0 || load_addressing(c, e) != 0 ||
	    load_conditional(c, e) != 0 || load_headers(c, e) != 0 ||
	    load_transfer(c, e) != 0 || load_credentials(c, stop, e) != 0 ||
	    /* Whose profile may have been read only then. */
	    load_region(c, e) != 0) {
		config_free(c);
		return -1;
	}
	c->ca_file = settings_first(ca_names);
	if (c->ca_file == NULL)
		c->ca_file = profile_get(&c->profile, PROFILE_CA);
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
	profile_free(&c->profile);
	keyring_free(c->keyring);
	throttle_free(c->throttle);
	c->throttle = NULL;
	sse_c_wipe(&c->sse_c);
	c->keyring = NULL;
}
