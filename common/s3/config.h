/*
 * config: where the store is and how to speak to it, from the environment.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>

#include "aws/credentials.h"
#include "aws/profile.h"
#include "base/error.h"
#include "s3/bucket.h"
#include "s3/endpoint.h"
#include "s3/header.h"
#include "s3/sse_c.h"

struct keyring;
struct throttle;
struct stop;

struct config {
	struct endpoint endpoint;
	struct bucket bucket;
	char region[ENDPOINT_REGION]; /* to sign for, until told otherwise */
	bool conditional; /* the store honours If-None-Match of a put */
	bool virtual_host; /* the bucket is part of the host's name */
	const char *ca_file; /* NULL: the system's */
	long connect_timeout, timeout; /* seconds */
	long retries; /* tries of each request */
	uint64_t max_object; /* bytes of the largest that the store takes */
	struct throttle *throttle; /* of all transfers together; NULL: none */
	struct sse_c sse_c;
	/* Headers that go with every request: the environment's, or those that
	 * the caller puts in their place; the strings are not the struct's. */
	struct pair everywhere[HEADER_EVERYWHERE];
	size_t neverywhere;
	struct credentials credentials; /* as they were found at first */
	struct credentials_notes notes;
	struct keyring *keyring; /* the same, kept fresh; shared by workers */
	struct profile profile; /* if it was looked into */
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

/*
 * Adds the headers of the list that belong to every request, each in place of
 * the environment's; its strings must outlive the config.
 */
void config_headers(struct config *, const struct header_list *);

/* Wipes the credentials. */
void config_free(struct config *);

#endif
