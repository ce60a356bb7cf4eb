/*
 * hash: the digests that S3 asks for, by OpenSSL's libcrypto.
 */
#ifndef HASH_H
#define HASH_H

#include <stddef.h>

struct hash;

enum {
	HASH_SHA256 = 32, /* bytes of a SHA-256 */
	HASH_HEX = 2 * HASH_SHA256 + 1, /* of one in hex, with its NUL */
	HASH_MD5_BASE64 = 25, /* of an MD5 in base64, likewise */
	HASH_BASE64 = 45, /* of any of these in base64, likewise */
};

/*
 * Sets libcrypto up, and must come before all else that uses it: where memory
 * is out for that, which is -1, its other functions crash (seen with 3.0).
 */
int hash_start(void);

/* Writes n bytes as lowercase hex, 2n characters and a NUL. */
void hash_hex(char *out, const unsigned char *bytes, size_t n);

/* The SHA-256 of size bytes, in hex. Returns 0 or -1 (libcrypto failed). */
int hash_sha256(char out[HASH_HEX], const void *bytes, size_t size);

/* Writes n bytes, HASH_SHA256 at most, in base64. */
void hash_base64(char out[HASH_BASE64], const unsigned char *bytes, size_t n);

/* A digest that is fed piece by piece. NULL where libcrypto fails. */
enum hash_kind { HASH_OF_SHA256, HASH_OF_SHA1 };
struct hash *hash_open(enum hash_kind);
int hash_add(struct hash *, const void *bytes, size_t size);

/*
 * Writes the digest of all that was added, in hex or in base64, and ends it.
 * Returns 0 or -1.
 */
int hash_finish(struct hash *, char out[HASH_HEX]);
int hash_finish_base64(struct hash *, char out[HASH_BASE64]);
void hash_free(struct hash *);

/* The HMAC-SHA-256 of size bytes under the key. Returns 0 or -1. */
int hash_hmac(unsigned char out[HASH_SHA256], const void *key, size_t key_size,
    const void *bytes, size_t size);

/* The MD5 of size bytes as Content-MD5 wants it (RFC 1864). 0 or -1. */
int hash_md5(char out[HASH_MD5_BASE64], const void *bytes, size_t size);

#endif
