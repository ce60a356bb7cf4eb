/*
 * bucket: what may name a bucket. Pure.
 */
#ifndef BUCKET_H
#define BUCKET_H

#include <stdbool.h>

#include "base/error.h"
#include "s3/endpoint.h"

enum { BUCKET_NAME = 256 };

struct bucket {
	/* As it stands in a path or, as a label, before the host's name. */
	char name[BUCKET_NAME];
	bool access_point; /* as a label only, before s3-accesspoint.REGION */
	char region[ENDPOINT_REGION]; /* an access point's */
};

/*
 * Reads a bucket's name: S3's own rules, those of other stores (capital
 * letters, underscores, Ceph's TENANT:BUCKET), or the ARN of an access point,
 * arn:PARTITION:s3:REGION:ACCOUNT:accesspoint/NAME. What no store takes is
 * ERROR_USAGE, and so is what we cannot serve: directory buckets, access
 * points of many regions, of Outposts and of Lambda.
 */
int bucket_parse(struct bucket *, const char *text, struct error *);

/*
 * Whether the name can be a host's label: S3's naming rule; over TLS no dot
 * either, for a wildcard certificate covers one label.
 */
bool bucket_fits_host(const struct bucket *, bool https);

#endif
