/*
 * checksum: the checks that S3 keeps with an object, as its headers have them.
 *
 * Source: "Checking object integrity" (Amazon S3 User Guide).
 */
#ifndef CHECKSUM_H
#define CHECKSUM_H

#include <stdbool.h>
#include <stddef.h>

enum checksum_kind {
	CHECKSUM_NONE,
	CHECKSUM_CRC64NVME, /* ours, where the user names no other */
	CHECKSUM_CRC32,
	CHECKSUM_CRC32C,
	CHECKSUM_SHA1,
	CHECKSUM_SHA256
};

enum { CHECKSUM_TEXT = 45 }; /* in base64, with its NUL */

/* "CRC32", and the header "x-amz-checksum-crc32"; not for CHECKSUM_NONE. */
const char *checksum_name(enum checksum_kind);
const char *checksum_header(enum checksum_kind);

/* The kind of that name or header, in any case; CHECKSUM_NONE if it is none. */
enum checksum_kind checksum_named(const char *name);
enum checksum_kind checksum_of_header(const char *header);

/*
 * Whether S3 keeps the check of a whole object of many parts, and not one of
 * those of its parts.
 */
bool checksum_spans(enum checksum_kind);

/*
 * A check that is fed piece by piece, then written in base64, which ends it.
 * NULL, or -1, where memory is out or libcrypto fails.
 */
struct checksum;
struct checksum *checksum_open(enum checksum_kind);
int checksum_add(struct checksum *, const void *bytes, size_t size);
int checksum_finish(struct checksum *, char text[CHECKSUM_TEXT]);
void checksum_free(struct checksum *);

/* The same of one piece. */
int checksum_of(enum checksum_kind, const void *bytes, size_t size,
    char text[CHECKSUM_TEXT]);

#endif
