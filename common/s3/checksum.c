#include <stdint.h>
#include <stdlib.h>
#include <strings.h>

#include "aws/crc.h"
#include "aws/hash.h"
#include "s3/checksum.h"

enum { KINDS = CHECKSUM_SHA256 + 1 };

/* What computes each: a CRC of so many bytes, or a digest. */
static const struct {
	const char *name, *header;
	unsigned bytes;
	enum crc_kind crc;
	enum hash_kind hash;
} kinds[KINDS] = {
    [CHECKSUM_CRC64NVME] = {"CRC64NVME", "x-amz-checksum-crc64nvme", 8,
	CRC_64NVME, 0},
    [CHECKSUM_CRC32] = {"CRC32", "x-amz-checksum-crc32", 4, CRC_32, 0},
    [CHECKSUM_CRC32C] = {"CRC32C", "x-amz-checksum-crc32c", 4, CRC_32C, 0},
    [CHECKSUM_SHA1] = {"SHA1", "x-amz-checksum-sha1", 0, 0, HASH_OF_SHA1},
    [CHECKSUM_SHA256] = {"SHA256", "x-amz-checksum-sha256", 0, 0,
	HASH_OF_SHA256},
};

struct checksum {
	enum checksum_kind kind;
	uint64_t crc;
	struct hash *hash;
};

const char *
checksum_name(enum checksum_kind k)
{
	return kinds[k].name;
}

const char *
checksum_header(enum checksum_kind k)
{
	return kinds[k].header;
}

enum checksum_kind
checksum_named(const char *name)
{
	int k = KINDS;

	while (--k > CHECKSUM_NONE && strcasecmp(kinds[k].name, name) != 0)
		;
	return (enum checksum_kind)k;
}

enum checksum_kind
checksum_of_header(const char *header)
{
	int k = KINDS;

	while (--k > CHECKSUM_NONE && strcasecmp(kinds[k].header, header) != 0)
		;
	return (enum checksum_kind)k;
}

bool
checksum_spans(enum checksum_kind k)
{
	return kinds[k].bytes > 0;
}

struct checksum *
checksum_open(enum checksum_kind k)
{
	struct checksum *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->kind = k;
	if (kinds[k].bytes == 0 &&
	    (c->hash = hash_open(kinds[k].hash)) == NULL) {
		free(c);
		return NULL;
	}
	return c;
}

int
checksum_add(struct checksum *c, const void *bytes, size_t size)
{
	if (c->hash != NULL)
		return hash_add(c->hash, bytes, size);
	c->crc = crc_add(kinds[c->kind].crc, c->crc, bytes, size);
	return 0;
}

int
checksum_finish(struct checksum *c, char text[CHECKSUM_TEXT])
{
	unsigned char bytes[sizeof c->crc];
	unsigned i, n = kinds[c->kind].bytes;

	if (c->hash != NULL)
		return hash_finish_base64(c->hash, text);
	for (i = 0; i < n; i++)
		bytes[i] = (unsigned char)(c->crc >> 8 * (n - 1 - i));
	hash_base64(text, bytes, n);
	return 0;
}

void
checksum_free(struct checksum *c)
{
	if (c == NULL)
		return;
	hash_free(c->hash);
	free(c);
}

int
checksum_of(enum checksum_kind k, const void *bytes, size_t size,
    char text[CHECKSUM_TEXT])
{
	struct checksum *c = checksum_open(k);
	int rc;

	if (c == NULL)
		return -1;
	rc = checksum_add(c, bytes, size);
	if (rc == 0)
		rc = checksum_finish(c, text);
	checksum_free(c);
	return rc;
}
