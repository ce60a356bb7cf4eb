#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "aws/partition.h"
#include "base/number.h"
#include "s3/endpoint.h"

#define LETTERS_AND_DIGITS \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

/* What may stand before the region in the names of S3's hosts. */
static const char *const kinds[] = {"s3-accesspoint-fips.dualstack",
    "s3-accesspoint-fips", "s3-accesspoint.dualstack", "s3-accesspoint",
    "s3-fips.dualstack", "s3-fips", "s3.dualstack", "s3", NULL};

/* Checks "host", "[v6]" or either with ":port"; *n becomes the host's size. */
static bool
authority_ok(const char *s, size_t *n, int64_t *port)
{
	const char *end;

	*port = 0;
	if (*s == '[') {
		*n = strcspn(s, "]") + 1;
		if (s[*n - 1] != ']' || *n < 4 ||
		    strspn(s + 1, LETTERS_AND_DIGITS ":.") != *n - 2)
			return false;
	} else {
		*n = strspn(s, LETTERS_AND_DIGITS ".-_");
		if (*n == 0)
			return false;
	}
	end = s + *n;
	return *end == '\0' ||
	    (*end == ':' && number_parse(end + 1, 1, 65535, port) == 0);
}

int
endpoint_parse(struct endpoint *to, const char *url, struct error *e)
{
	const char *p = url;
	char authority[ENDPOINT_HOST];
	int64_t port;
	size_t n;

	to->https = strncasecmp(p, "https://", 8) == 0;
	if (!to->https && strncasecmp(p, "http://", 7) != 0)
		return error_set(e, ERROR_USAGE,
		    "the endpoint is not http://HOST or https://HOST: %s", url);
	p += to->https ? 8 : 7;
	n = strcspn(p, "/");
	if (p[n] == '/' && p[n + 1] != '\0')
		return error_set(e, ERROR_USAGE,
		    "the endpoint must not have a path: %s", url);
	if (n >=
	    sizeof authority - ENDPOINT_LABELS) /* for the bucket's label */
		return error_set(
		    e, ERROR_USAGE, "the endpoint is too long: %s", url);
	snprintf(authority, sizeof authority, "%.*s", (int)n, p);
	if (!authority_ok(authority, &n, &port))
		return error_set(e, ERROR_USAGE,
		    "the endpoint is not a host, or a host and a port: %s",
		    url);
	if (port == 0 || port == (to->https ? 443 : 80))
		authority[n] = '\0';
	snprintf(to->host, sizeof to->host, "%s", authority);
	to->aws = partition_owns(to->host);
	return 0;
}

bool
endpoint_region_ok(const char *region)
{
	size_t n = strlen(region);

	return n > 0 && n < ENDPOINT_REGION &&
	    strspn(region, LETTERS_AND_DIGITS "-_.") == n;
}

/* The kind that the host's name begins with, or NULL. */
static const char *
kind_of(const char *host)
{
	size_t i, n;

	for (i = 0; kinds[i] != NULL; i++) {
		n = strlen(kinds[i]);
		/* Of old: s3-REGION.amazonaws.com. */
		if (strncmp(host, kinds[i], n) == 0 &&
		    (host[n] == '.' || host[n] == '-'))
			return kinds[i];
	}
	return NULL;
}

bool
endpoint_region(const char *host, char region[ENDPOINT_REGION])
{
	/* KIND.REGION.DOMAIN.TLD */
	const char *kind = kind_of(host), *end;

	if (kind == NULL)
		return false;
	host += strlen(kind) + 1;
	end = strchr(host, '.');
	if (end == NULL || strchr(end + 1, '.') == NULL ||
	    (size_t)(end - host) >= ENDPOINT_REGION ||
	    memchr(host, '-', (size_t)(end - host)) == NULL)
		return false;
	snprintf(region, ENDPOINT_REGION, "%.*s", (int)(end - host), host);
	return true;
}

void
endpoint_aws(char host[ENDPOINT_HOST], const struct endpoint_kind *kind,
    const char *region)
{
	snprintf(host, ENDPOINT_HOST, "%s%s%s.%s.%s", kind->service,
	    kind->fips ? "-fips" : "", kind->dualstack ? ".dualstack" : "",
	    region, partition_domain(region));
}

void
endpoint_move(char host[ENDPOINT_HOST], const char *region)
{
	const char *kind = kind_of(host);

	snprintf(host, ENDPOINT_HOST, "%s.%s.%s", kind != NULL ? kind : "s3",
	    region, partition_domain(region));
}
