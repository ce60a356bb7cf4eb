/*
 * endpoint: a store's host and its region, from a URL or by AWS's rules. Pure.
 */
#ifndef ENDPOINT_H
#define ENDPOINT_H

#include <stdbool.h>

#include "base/error.h"

enum { ENDPOINT_HOST = 280, ENDPOINT_LABELS = 64, ENDPOINT_REGION = 64 };

struct endpoint {
	bool https;
	bool aws; /* AWS's own, of whatever partition */
	char host[ENDPOINT_HOST]; /* with the port, if it is not the scheme's */
};

/*
 * Takes "http[s]://host[:port][/]" apart. What has a path, a query or a user,
 * or is no host, is ERROR_USAGE.
 */
int endpoint_parse(struct endpoint *, const char *url, struct error *);

/* Whether a text can be a region's name. */
bool endpoint_region_ok(const char *region);

/*
 * The region in the name of an S3 endpoint's host, as in
 * s3.eu-central-003.backblazeb2.com, written to region; false where there is
 * none.
 */
bool endpoint_region(const char *host, char region[ENDPOINT_REGION]);

/*
 * AWS's host for a kind of endpoint ("s3", "s3-accesspoint") in a region
 * ("Amazon S3 endpoints and quotas", AWS General Reference).
 */
struct endpoint_kind {
	const char *service;
	bool fips, dualstack;
};
void endpoint_aws(
    char host[ENDPOINT_HOST], const struct endpoint_kind *, const char *region);

/* The host of the same kind in another region. */
void endpoint_move(char host[ENDPOINT_HOST], const char *region);

#endif
