/*
 * reply: any bytes as an answer of S3. Nothing may break; an answer that is
 * refused says why, and a field or an error that is found ends with a NUL.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "s3/reply.h"
#include "text/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static int
leaf(void *ctx, const char *parent, const char *name, const char *text,
    struct error *e)
{
	size_t *seen = ctx;

	(void)e;
	*seen += strlen(parent) + strlen(name) + strlen(text);
	return 0;
}

static int
end(void *ctx, const char *name, struct error *e)
{
	(void)e;
	*(size_t *)ctx += strlen(name);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t size)
{
	const char *xml = (const char *)in;
	size_t seen = 0;
	struct xml_visitor visitor = {leaf, end, &seen};
	struct reply_error what;
	struct error e = {0};
	char *field;

	if (xml_parse(xml, size, &visitor, &e) != 0 && e.text[0] == '\0')
		abort();
	if (reply_error(xml, size, &what) &&
	    strlen(what.code) + strlen(what.message) + strlen(what.region) >
		sizeof what)
		abort();
	field = xml_field(
	    xml, size, "InitiateMultipartUploadResult", "UploadId", &e);
	free(field);
	return 0;
}
