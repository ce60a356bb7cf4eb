/*
 * s3: one function a call of the S3 API, signed, retried, checked.
 *
 * A struct s3 is one bucket over one connection and serves one thread at a
 * time; workers have one each. Keys are strings of any bytes but NUL. Every
 * function returns 0, or -1 with an error that names what was tried, on which
 * key, and what the server answered; ERROR_ABSENT is for NoSuchKey and
 * NoSuchBucket.
 */
#ifndef S3_H
#define S3_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aws/hash.h"
#include "aws/sigv4.h"
#include "base/error.h"
#include "s3/checksum.h"
#include "s3/config.h"

struct s3;
struct stop;

enum {
	S3_ETAG = 256, /* an ETag with its quotes and NUL */
	S3_ID = 33, /* the random id of an object of ours, in hex */
	S3_BATCH = 1000, /* the keys of one DeleteObjects */
};

/* The configuration and the stop must outlive it. Returns NULL on an error. */
struct s3 *s3_open(const struct config *, const struct stop *, struct error *);
void s3_close(struct s3 *);

/* One each for n workers, as an array; NULL with an error. */
struct s3 **s3_open_all(
    const struct config *, const struct stop *, unsigned n, struct error *);
void s3_close_all(struct s3 **, unsigned n);

/*
 * Closes all that it has open, before a command is started that would inherit
 * it; the next call connects anew. Returns 0 or -1.
 */
int s3_disconnect(struct s3 *, struct error *);

/*
 * From now on neither the stop nor many retries hold up a call: for undoing
 * what was begun.
 */
void s3_cleanup(struct s3 *);

/* ---- objects (s3_object.c) ---- */

/* The header that carries an object's own id. */
#define S3_ID_HEADER "x-amz-meta-s3pipe-id"

/* The header that carries the SHA-256 of an object that s3put -n wrote. */
#define S3_SHA256_HEADER "x-amz-meta-s3pipe-sha256"

/* A checksum of a whole object, or of a part; CHECKSUM_NONE: there is none. */
struct s3_sum {
	enum checksum_kind kind;
	char text[CHECKSUM_TEXT];
};

/* Headers for the request that creates an object. */
struct s3_headers {
	const struct pair *pairs;
	size_t n;
};

struct s3_object {
	uint64_t size;
	char etag[S3_ETAG];
	char id[S3_ID]; /* empty: s3put did not write the object */
	char sha256[HASH_HEX]; /* empty: it is not known */
};

/* Makes a random id. Returns 0, or -1 where libcrypto has no randomness. */
int s3_new_id(char id[S3_ID]);

/*
 * PutObject: the whole object in one request, with a checksum where the
 * headers have none and the store does not refuse it.
 */
int s3_put(struct s3 *, const char *key, const void *body, size_t size,
    const struct s3_headers *, struct error *);

/* HeadObject. A key that is not there is ERROR_ABSENT. */
int s3_head(struct s3 *, const char *key, struct s3_object *, struct error *);

/*
 * HeadObject for the checksum of the object with this ETag; none where it has
 * none of its whole, or it cannot be asked.
 */
void s3_checksum(
    struct s3 *, const char *key, const char etag[S3_ETAG], struct s3_sum *);

/*
 * A part of an object, as GetObject gives it to take() in order, piece by
 * piece. A body that breaks is asked for again from where it broke, under the
 * ETag of its first answer.
 */
struct s3_range {
	uint64_t offset, length; /* length 0: to the end */
	int (*take)(void *ctx, const void *, size_t, struct error *);
	void *ctx;
	/*
	 * In: the ETag the object must have, or empty. Out: what the answer
	 * said of the object.
	 */
	char etag[S3_ETAG];
	uint64_t size; /* the whole object's */
	struct s3_sum sum; /* likewise, if it was all of it and has one */
	bool whole; /* the store gave all of it, not the range */
};

int s3_get(struct s3 *, const char *key, struct s3_range *, struct error *);

/* ---- multipart uploads (s3_multipart.c) ---- */

/*
 * CreateMultipartUpload: a new string with the upload's id. *doubt tells, of a
 * failure too, whether an answer was lost on the way: then there may be
 * another upload, whose id nobody knows. With a kind of checksum each part must
 * have its own; where it is not needed, the kind becomes CHECKSUM_NONE if the
 * store refuses it.
 */
struct s3_creation {
	const struct s3_headers *headers;
	enum checksum_kind checksum;
	bool checksum_needed;
};
int s3_create(struct s3 *, const char *key, struct s3_creation *, char **upload,
    bool *doubt, struct error *);

/*
 * UploadPart; numbers are from 1. In: the part's kind of checksum. Out: that,
 * and the part's ETag.
 */
struct s3_part {
	char etag[S3_ETAG];
	struct s3_sum sum;
};
int s3_upload_part(struct s3 *, const char *key, const char *upload,
    unsigned number, const void *body, size_t size, struct s3_part *,
    struct error *);

/*
 * CompleteMultipartUpload of parts 1 to n. Where the answer is lost, or the
 * upload is gone, a HEAD that finds the object with this id and size tells
 * that it was done; if that cannot be asked either, the error says so.
 */
struct s3_completion {
	const char *upload;
	const struct s3_part *parts;
	unsigned n;
	struct s3_sum sum; /* of the whole, if the store is to check it */
	const char *id;
	uint64_t size;
	bool if_none; /* only where the key is free */
};
int s3_complete(
    struct s3 *, const char *key, const struct s3_completion *, struct error *);

/*
 * AbortMultipartUpload. ERROR_ABSENT where the store knows no such upload of
 * the key, and no answer was lost that would explain it.
 */
int s3_abort(struct s3 *, const char *key, const char *upload, struct error *);

/*
 * Asks, without putting anything, whether a put of the key would be refused:
 * for a stream that takes its time to begin. Returns -1 only where it would
 * for certain; a network that is down, or a store that is busy, may be well
 * again by then.
 */
int s3_may_put(
    struct s3 *, const char *key, const struct s3_headers *, struct error *);

/* ---- listing (s3_list.c) ---- */

struct s3_entry {
	const char *key; /* or a common prefix */
	bool prefix;
	uint64_t size;
	const char *time; /* RFC 3339, UTC, whole seconds */
	const char *upload; /* of an unfinished upload, else NULL */
};

/* What of a bucket is listed; NULL: no such limit. */
struct s3_scope {
	const char *prefix; /* keys that begin with it */
	const char *delimiter; /* what it divides off: as common prefixes */
	const char *after; /* keys behind this one, in the store's order */
};

/*
 * Calls each() for all keys of the scope, in the store's order, page by page in
 * constant memory. s3_list_uploads does the same for unfinished multipart
 * uploads, which know no delimiter. each returns 0, or -1 with an error to end
 * the listing.
 */
int s3_list(struct s3 *, const struct s3_scope *,
    int (*each)(void *ctx, const struct s3_entry *, struct error *), void *ctx,
    struct error *);
int s3_list_uploads(struct s3 *, const struct s3_scope *,
    int (*each)(void *ctx, const struct s3_entry *, struct error *), void *ctx,
    struct error *);

/* ---- deleting (s3_delete.c) ---- */

/* DeleteObject; S3 deletes a key that is not there with success. */
int s3_delete(struct s3 *, const char *key, struct error *);

/* A key to delete and what became of it. */
struct s3_deletion {
	const char *key;
	bool gone;
	struct error error; /* if it is not */
};

/*
 * Deletes up to S3_BATCH keys by one DeleteObjects, and one by one those that
 * XML cannot carry, or all where the store has no DeleteObjects. Returns 0
 * where each key got its result, gone or not; -1 where nothing is known.
 */
int s3_delete_many(struct s3 *, struct s3_deletion *, size_t n, struct error *);

#endif
