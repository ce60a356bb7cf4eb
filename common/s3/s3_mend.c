#include <stdio.h>
#include <string.h>
#include <time.h>

#include "aws/keyring.h"
#include "io/stop.h"
#include "s3/s3_mend.h"

enum { SECOND_LOOK_MS = 1000 };

/* The region in an <Endpoint>, which may have the bucket before it. */
static void
region_of_endpoint(
    const struct s3 *s, const char *endpoint, char region[ENDPOINT_REGION])
{
	size_t n = strlen(s->config->bucket.name);

	if (strncmp(endpoint, s->config->bucket.name, n) == 0 &&
	    endpoint[n] == '.')
		endpoint += n + 1;
	endpoint_region(endpoint, region);
}

/*
 * Mends what the answer says is wrong with our address. Returns whether there
 * was anything to mend.
 */
static bool
mend_region(struct s3 *s, const struct s3_call *c)
{
	char region[ENDPOINT_REGION], host[ENDPOINT_HOST];

	snprintf(region, sizeof region, "%s", c->why.region);
	if (region[0] == '\0')
		http_header(
		    &s->response, "x-amz-bucket-region", region, sizeof region);
	if (region[0] == '\0')
		region_of_endpoint(s, c->why.endpoint, region);
	if (region[0] == '\0' || strcmp(region, s->region) == 0)
		return false;
	snprintf(s->region, sizeof s->region, "%s", region);
	if (s->config->endpoint.aws) {
		snprintf(host, sizeof host, "%s", s->config->endpoint.host);
		endpoint_move(host, region);
		s3_set_host(s, host);
	}
	return true;
}

static bool
mend_clock(struct s3 *s)
{
	time_t theirs;

	if (!http_date(&s->response, &theirs))
		return false;
	s->skew = (long)(theirs - time(NULL));
	return true;
}

static bool
mend_credentials(struct s3 *s)
{
	struct error ignored;

	return keyring_renew(
		   s->config->keyring, s->generation, s->stop, &ignored) == 0;
}

bool
s3_mend(struct s3 *s, const struct s3_call *c, enum retry_action action,
    unsigned *mended)
{
	unsigned bit = 1u << action;

	if ((*mended & bit) != 0)
		return false;
	*mended |= bit;
	switch (action) {
	case RETRY_REGION:
		return mend_region(s, c);
	case RETRY_CLOCK:
		return mend_clock(s);
	case RETRY_CREDENTIALS:
		return mend_credentials(s);
	default:
		return false;
	}
}

bool
s3_mend_condition(struct s3 *s, unsigned *seen)
{
	if (s->config->conditional || s->no_conditions ||
	    stop_sleep(s->stop, SECOND_LOOK_MS))
		return false;
	s->no_conditions = ++*seen == 2;
	return true;
}
