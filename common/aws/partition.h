/*
 * partition: the domain names of AWS's partitions. Pure.
 *
 * Source: the AWS SDKs' partitions.json and "Amazon S3 endpoints and quotas"
 * in the AWS General Reference.
 */
#ifndef PARTITION_H
#define PARTITION_H

#include <stdbool.h>

/* The domain of the region's partition, as in s3.REGION.DOMAIN. */
const char *partition_domain(const char *region);

/* That of dual-stack endpoints of services other than S3; NULL: it has none. */
const char *partition_dualstack(const char *region);

/* Whether a host, without a port, lies in any partition's domain. */
bool partition_owns(const char *host);

#endif
