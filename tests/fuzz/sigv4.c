/*
 * sigv4: any text as keys, parameters and headers. What is encoded, decoded
 * again is the same; parameters come out sorted; and the canonical request has
 * just the lines that it must have.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "aws/sigv4.h"
#include "base/buffer.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

enum { PAIRS = 8, LINES_WITHOUT_HEADERS = 6 };

static int
digit(char c)
{
	return c <= '9' ? c - '0' : c - 'A' + 10;
}

/* Aborts unless the encoded text means the other. */
static void
check_encoded(const char *encoded, const char *text)
{
	static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "abcdefghijklmnopqrstuvwxyz0123456789-._~/";
	char c;

	for (; *encoded != '\0'; encoded++, text++) {
		c = *encoded;
		if (c == '%') {
			c = (char)(digit(encoded[1]) << 4 | digit(encoded[2]));
			encoded += 2;
		} else if (strchr(safe, c) == NULL) {
			abort();
		}
		if (c != *text)
			abort();
	}
	if (*text != '\0')
		abort();
}

static unsigned
lines(const char *text)
{
	unsigned n = 0;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

static void
check_query(const struct buffer *b)
{
	const char *p, *next;
	size_t n, m;

	for (p = b->data; p != NULL && *p != '\0'; p = next + 1) {
		n = strcspn(p, "&");
		if (p[n] == '\0')
			break;
		next = p + n;
		m = strcspn(next + 1, "=");
		n = strcspn(p, "=");
		if (strncmp(p, next + 1, n < m ? n : m) > 0)
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t size)
{
	struct pair pairs[PAIRS];
	struct sigv4_request r = {
	    .method = "PUT", .headers = pairs, .payload = "UNSIGNED-PAYLOAD"};
	struct sigv4_key key = {"access", "secret", "us-east-1", "s3"};
	struct buffer path = {0}, query = {0}, out = {0}, again = {0};
	char *text = malloc(size + 1), *p, *end;
	size_t n;

	if (text == NULL)
		return 0;
	memcpy(text, in, size);
	text[size] = '\0';
	sigv4_encode(&path, text, true);
	check_encoded(path.data != NULL ? path.data : "", text);
	/* The rest of the input, string by string. */
	end = text + size;
	p = text + strlen(text);
	for (n = 0; n < PAIRS && p < end; n++) {
		pairs[n].name = ++p;
		p += strlen(p);
		pairs[n].value = p < end ? ++p : "";
		p += p < end ? strlen(p) : 0;
		if (p >= end)
			break;
	}
	sigv4_query(&query, pairs, n);
	check_query(&query);
	r.path = path.data != NULL ? path.data : "/";
	r.query = query.data != NULL ? query.data : "";
	r.nheaders = 0;
	sigv4_canonical(&out, &r);
	if (lines(out.data) != LINES_WITHOUT_HEADERS)
		abort();
	r.nheaders = n;
	buffer_free(&out);
	sigv4_authorization(&out, &r, &key, "20260101T000000Z");
	sigv4_authorization(&again, &r, &key, "20260101T000000Z");
	if (strcmp(out.data, again.data) != 0)
		abort();
	buffer_free(&again);
	buffer_free(&out);
	buffer_free(&query);
	buffer_free(&path);
	free(text);
	return 0;
}
