#include <stdio.h>
#include <string.h>

#include "s3/bucket.h"

#define SMALL "abcdefghijklmnopqrstuvwxyz0123456789"
#define CAPITALS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

enum { ARN_FIELDS = 5, ACCOUNT = 12, ACCESS_POINT_MAX = 50 };

/* Whether all of n bytes are among those given. */
static bool
made_of(const char *s, size_t n, const char *bytes)
{
	return strspn(s, bytes) >= n;
}

static int
refuse(const char *text, const char *why, struct error *e)
{
	return error_set(e, ERROR_USAGE, "%s: %s", text, why);
}

/* arn:PARTITION:s3:REGION:ACCOUNT:accesspoint/NAME, or ":" before the name */
static int
parse_arn(struct bucket *b, const char *text, struct error *e)
{
	static const char kind[] = "accesspoint";
	const char *field[ARN_FIELDS + 1], *name;
	size_t size[ARN_FIELDS];
	int i;

	field[0] = text;
	for (i = 0; i < ARN_FIELDS; i++) {
		size[i] = strcspn(field[i], ":");
		if (field[i][size[i]] == '\0')
			return refuse(text, "no ARN of an access point", e);
		field[i + 1] = field[i] + size[i] + 1;
	}
	if (size[2] != 2 || strncmp(field[2], "s3", 2) != 0)
		return refuse(text,
		    "of the ARNs only those of S3's access points are "
		    "supported (arn:PARTITION:s3:REGION:ACCOUNT:...)",
		    e);
	name = field[ARN_FIELDS] + sizeof kind - 1;
	if (strncmp(field[ARN_FIELDS], kind, sizeof kind - 1) != 0 ||
	    (*name != '/' && *name != ':'))
		return refuse(text, "no ARN of an access point", e);
	name++;
	if (size[3] == 0)
		return refuse(text,
		    "an access point of many regions wants signatures that "
		    "s3pipe does not make (SigV4A): name one region's",
		    e);
	snprintf(b->region, sizeof b->region, "%.*s", (int)size[3], field[3]);
	if (size[3] >= sizeof b->region || !endpoint_region_ok(b->region) ||
	    size[4] != ACCOUNT || !made_of(field[4], ACCOUNT, "0123456789") ||
	    strlen(name) < 3 || strlen(name) > ACCESS_POINT_MAX ||
	    !made_of(name, strlen(name), SMALL "-"))
		return refuse(text, "no ARN of an access point", e);
	b->access_point = true;
	snprintf(b->name, sizeof b->name, "%s-%.*s", name, ACCOUNT, field[4]);
	return 0;
}

static bool
ends_with(const char *s, size_t n, const char *tail)
{
	size_t m = strlen(tail);

	return n > m && strcmp(s + n - m, tail) == 0;
}

int
bucket_parse(struct bucket *b, const char *text, struct error *e)
{
	size_t n = strlen(text);
	const char *colon = strchr(text, ':');

	memset(b, 0, sizeof *b);
	if (strncmp(text, "arn:", 4) == 0)
		return parse_arn(b, text, e);
	if (n < 3 || n >= sizeof b->name ||
	    !made_of(text, n, SMALL CAPITALS ".-_:") || *text == '.' ||
	    (colon != NULL &&
		(colon[1] == '\0' || strchr(colon + 1, ':') != NULL)))
		return error_set(
		    e, ERROR_USAGE, "not a valid bucket name: %s", text);
	if (ends_with(text, n, "--x-s3") || ends_with(text, n, "--xa-s3"))
		return refuse(text,
		    "a directory bucket (S3 Express One Zone) wants sessions "
		    "that s3pipe does not open",
		    e);
	memcpy(b->name, text, n + 1);
	return 0;
}

bool
bucket_fits_host(const struct bucket *b, bool https)
{
	size_t n = strlen(b->name);

	return n <= 63 && made_of(b->name, n, SMALL ".-") &&
	    !(https && strchr(b->name, '.') != NULL);
}
