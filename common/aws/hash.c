#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

#include "aws/hash.h"

int
hash_start(void)
{
	return OSSL_LIB_CTX_get0_global_default() != NULL ? 0 : -1;
}

void
hash_hex(char *out, const unsigned char *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < n; i++) {
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 15];
	}
	*out = '\0';
}

int
hash_sha256(char out[HASH_HEX], const void *bytes, size_t size)
{
	unsigned char digest[HASH_SHA256];

	if (EVP_Digest(bytes, size, digest, NULL, EVP_sha256(), NULL) != 1)
		return -1;
	hash_hex(out, digest, sizeof digest);
	return 0;
}

struct hash {
	EVP_MD_CTX *digest;
};

void
hash_base64(char out[HASH_BASE64], const unsigned char *bytes, size_t n)
{
	EVP_EncodeBlock((unsigned char *)out, bytes, (int)n);
}

struct hash *
hash_open(enum hash_kind kind)
{
	const EVP_MD *md = kind == HASH_OF_SHA1 ? EVP_sha1() : EVP_sha256();
	struct hash *h = malloc(sizeof *h);

	if (h == NULL)
		return NULL;
	h->digest = EVP_MD_CTX_new();
	if (h->digest == NULL || EVP_DigestInit_ex(h->digest, md, NULL) != 1) {
		hash_free(h);
		return NULL;
	}
	return h;
}

int
hash_add(struct hash *h, const void *bytes, size_t size)
{
	return EVP_DigestUpdate(h->digest, bytes, size) == 1 ? 0 : -1;
}

int
hash_finish(struct hash *h, char out[HASH_HEX])
{
	unsigned char digest[HASH_SHA256];
	unsigned n;

	if (EVP_DigestFinal_ex(h->digest, digest, &n) != 1)
		return -1;
	hash_hex(out, digest, n);
	return 0;
}

int
hash_finish_base64(struct hash *h, char out[HASH_BASE64])
{
	unsigned char digest[HASH_SHA256];
	unsigned n;

	if (EVP_DigestFinal_ex(h->digest, digest, &n) != 1)
		return -1;
	hash_base64(out, digest, n);
	return 0;
}

void
hash_free(struct hash *h)
{
	if (h == NULL)
		return;
	EVP_MD_CTX_free(h->digest);
	free(h);
}

int
hash_hmac(unsigned char out[HASH_SHA256], const void *key, size_t key_size,
    const void *bytes, size_t size)
{
	unsigned int n = HASH_SHA256;

	return HMAC(EVP_sha256(), key, (int)key_size, bytes, size, out, &n) ==
		NULL
	    ? -1
	    : 0;
}

int
hash_md5(char out[HASH_MD5_BASE64], const void *bytes, size_t size)
{
	unsigned char digest[16];

	if (EVP_Digest(bytes, size, digest, NULL, EVP_md5(), NULL) != 1)
		return -1;
	EVP_EncodeBlock((unsigned char *)out, digest, sizeof digest);
	return 0;
}
