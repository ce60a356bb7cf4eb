#include <fcntl.h>
#include <openssl/evp.h>
#include <string.h>
#include <unistd.h>

#include "aws/hash.h"
#include "io/fdio.h"
#include "s3/sse_c.h"

#define HEAD "x-amz-server-side-encryption-customer-"

enum { KEY = 32 };

int
sse_c_load(struct sse_c *k, const char *path, bool https, struct error *e)
{
	unsigned char bytes[KEY + 1];
	ssize_t n;
	int fd, rc = 0;

	if (!https)
		return error_set(e, ERROR_USAGE,
		    "S3_SSE_C_KEY_FILE: the endpoint must be https");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(e, "S3_SSE_C_KEY_FILE: %s", path);
	n = fdio_fill(fd, path, bytes, sizeof bytes, NULL, e);
	close(fd);
	if (n < 0)
		rc = error_prefix(e, "S3_SSE_C_KEY_FILE");
	else if (n != KEY)
		rc = error_set(e, ERROR_USAGE,
		    "S3_SSE_C_KEY_FILE: %s: not %d bytes", path, KEY);
	else if (hash_md5(k->md5, bytes, KEY) != 0)
		rc = error_set(e, ERROR_FAILED, "MD5 failed");
	else
		EVP_EncodeBlock((unsigned char *)k->key, bytes, KEY);
	explicit_bzero(bytes, sizeof bytes);
	return rc;
}

size_t
sse_c_headers(const struct sse_c *k, struct pair pairs[SSE_C_HEADERS])
{
	if (k->key[0] == '\0')
		return 0;
	pairs[0] = (struct pair){HEAD "algorithm", "AES256"};
	pairs[1] = (struct pair){HEAD "key", k->key};
	pairs[2] = (struct pair){HEAD "key-md5", k->md5};
	return SSE_C_HEADERS;
}

void
sse_c_wipe(struct sse_c *k)
{
	explicit_bzero(k, sizeof *k);
}
