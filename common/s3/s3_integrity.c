#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "s3/s3_integrity.h"

#define PREFIX "x-amz-checksum-"

/* Words of stores for a body that is not what its checksum says. */
static const char *const mismatches[] = {"BadDigest", "InvalidDigest",
    "XAmzContentChecksumMismatch", "XAmzContentSHA256Mismatch"};

/* Words that are about the object, whatever the headers. */
static const char *const others[] = {"EntityTooLarge", "EntityTooSmall",
    "KeyTooLongError", "IncompleteBody", "InvalidBucketName"};

/* In this order they are looked for in an answer. */
static const enum checksum_kind kinds[] = {CHECKSUM_CRC64NVME, CHECKSUM_CRC32C,
    CHECKSUM_CRC32, CHECKSUM_SHA256, CHECKSUM_SHA1};

int
s3_integrity_add(struct s3 *s, struct s3_call *c, const struct s3_sum *sum,
    bool may_leave_out)
{
	if (sum->kind == CHECKSUM_NONE || (may_leave_out && s->no_checksums))
		return 0;
	c->sum = *sum;
	if (sum->text[0] == '\0' &&
	    checksum_of(sum->kind, c->body, c->size, c->sum.text) != 0)
		return -1;
	c->optional = may_leave_out;
	s3_call_header(c, checksum_header(sum->kind), c->sum.text);
	return 0;
}

void
s3_integrity_ask(
    struct s3 *s, struct s3_call *c, const char *name, const char *value)
{
	if (s->no_checksums)
		return;
	c->optional = true;
	s3_call_header(c, name, value);
}

int
s3_integrity_payload(
    const struct s3 *s, struct s3_call *c, char payload[HASH_HEX])
{
	c->unhashed = s->config->endpoint.https && s->keeps_checksums &&
	    !s->wants_hashes && c->sum.kind != CHECKSUM_NONE;
	if (!c->unhashed)
		return hash_sha256(
		    payload, c->body != NULL ? c->body : "", c->size);
	snprintf(payload, HASH_HEX, "UNSIGNED-PAYLOAD");
	return 0;
}

static bool
is_one_of(const char *code, const char *const *list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (strcmp(code, list[i]) == 0)
			return true;
	}
	return false;
}

bool
s3_integrity_broken(const struct s3_call *c)
{
	return c->sum.kind != CHECKSUM_NONE && c->status == 400 &&
	    is_one_of(c->why.code, mismatches,
		sizeof mismatches / sizeof *mismatches);
}

bool
s3_integrity_mend(struct s3 *s, struct s3_call *c)
{
	size_t i, kept = 0;

	if (c->status == 403 && c->unhashed) {
		s->wants_hashes = true;
		return true;
	}
	if (!c->optional || (c->status != 400 && c->status != 501) ||
	    s3_integrity_broken(c) ||
	    is_one_of(c->why.code, others, sizeof others / sizeof *others))
		return false;
	for (i = 0; i < c->nheaders; i++) {
		if (strncasecmp(
			c->headers[i].name, PREFIX, sizeof PREFIX - 1) != 0)
			c->headers[kept++] = c->headers[i];
	}
	c->nheaders = kept;
	c->sum.kind = CHECKSUM_NONE;
	c->optional = false;
	c->refused = true;
	return true;
}

int
s3_integrity_learn(struct s3 *s, struct s3_call *c, struct error *e)
{
	char text[CHECKSUM_TEXT];

	if (c->refused)
		s->no_checksums = true;
	if (c->sum.kind == CHECKSUM_NONE ||
	    !http_header(
		&s->response, checksum_header(c->sum.kind), text, sizeof text))
		return 0;
	s->keeps_checksums = true;
	if (strcmp(text, c->sum.text) == 0)
		return 0;
	return s3_call_failed(s, c, e, "the store has another checksum");
}

void
s3_integrity_read(const struct http_response *r, struct s3_sum *sum)
{
	bool typed;
	char type[16];
	size_t i;

	sum->kind = CHECKSUM_NONE;
	typed = http_header(r, PREFIX "type", type, sizeof type);
	if (typed && strcasecmp(type, "FULL_OBJECT") != 0)
		return;
	for (i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (http_header(r, checksum_header(kinds[i]), sum->text,
			sizeof sum->text) &&
		    strchr(sum->text, '-') == NULL) {
			sum->kind = kinds[i];
			return;
		}
		/* Without a type only this kind is never one of parts. */
		if (!typed)
			return;
	}
}
