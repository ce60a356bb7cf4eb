/*
 * config: where the store is and how to speak to it, from the environment.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>

#include "credentials.h"
#include "error.h"

enum { CONFIG_HOST = 280, CONFIG_BUCKET = 256, CONFIG_REGION = 64 };

struct config {
	bool https;
	bool aws; /* the endpoint is AWS's own */
	bool virtual_host; /* the bucket is part of the host's name */
	char host[CONFIG_HOST]; /* with the port, if it is not the scheme's */
	char bucket[CONFIG_BUCKET];
	char region[CONFIG_REGION]; /* to sign for, until told otherwise */
	const char *ca_file; /* NULL: the system's */
	long connect_timeout, timeout; /* seconds */
	long retries; /* tries of each request */
	struct credentials credentials;
};

/*
 * Reads the environment (DESIGN.md, section 3); bucket, if not NULL, wins over
 * S3_BUCKET. Returns 0, or -1 with an error that names the variable.
 */
int config_load(struct config *, const char *bucket, struct error *);

/* Wipes the credentials. */
void config_free(struct config *);

/*
 * The region in the name of an S3 endpoint's host, as in
 * s3.eu-central-003.backblazeb2.com, written to region; false where there is
 * none.
 */
bool config_region_of(const char *host, char region[CONFIG_REGION]);

#endif
