/*
 * config: where the store is and how to speak to it, from the environment.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>

#include "aws/credentials.h"
#include "base/error.h"
#include "s3/header.h"
#include "s3/sse_c.h"

struct keyring;
struct throttle;
struct stop;

enum { CONFIG_HOST = 280, CONFIG_BUCKET = 256, CONFIG_REGION = 64 };

struct config {
	bool https;
	bool aws; /* the endpoint is AWS's own */
	bool conditional; /* the store honours If-None-Match of a put */
	bool virtual_host; /* the bucket is part of the host's name */
	char host[CONFIG_HOST]; /* with the port, if it is not the scheme's */
	char bucket[CONFIG_BUCKET];
	char region[CONFIG_REGION]; /* to sign for, until told otherwise */
	const char *ca_file; /* NULL: the system's */
	long connect_timeout, timeout; /* seconds */
	long retries; /* tries of each request */
	struct throttle *throttle; /* of all transfers together; NULL: none */
	struct sse_c sse_c;
	/* Headers that go with every request; the strings are the caller's. */
	struct pair everywhere[HEADER_EVERYWHERE];
	size_t neverywhere;
	struct credentials credentials; /* as they were found at first */
	struct credentials_notes notes;
	struct keyring *keyring; /* the same, kept fresh; shared by workers */
};

/*
 * Reads the environment (docs/design.md, section 3); bucket, if not NULL, wins
 * over S3_BUCKET. Returns 0, or -1 with an error that names the variable. What
 * cannot be right is refused before credentials are looked for, which may take
 * the network; the stop (may be NULL) ends that.
 */
int config_load(
    struct config *, const char *bucket, const struct stop *, struct error *);

/*
 * Reports on stderr what the user had better change; if verbose also where
 * the credentials are from and what was tried before, when they are not the
 * environment's own.
 */
void config_tell(const struct config *, bool verbose);

/* Wipes the credentials. */
void config_free(struct config *);

/*
 * The region in the name of an S3 endpoint's host, as in
 * s3.eu-central-003.backblazeb2.com, written to region; false where there is
 * none.
 */
bool config_region_of(const char *host, char region[CONFIG_REGION]);

/*
 * AWS's host for a region, in place of the one in host, whose kind it keeps
 * (FIPS, dual-stack); empty, it is a plain one ("Amazon S3 endpoints and
 * quotas", AWS General Reference).
 */
void config_host_of(const char *region, char host[CONFIG_HOST]);

#endif
