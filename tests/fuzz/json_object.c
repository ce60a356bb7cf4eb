/*
 * json_object and timestamp: any bytes as the answer of a service that gives
 * credentials. What is refused says why, and never what stood in it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "text/json_object.h"
#include "text/timestamp.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static int
member(void *ctx, const char *name, const char *value, struct error *e)
{
	int64_t at;

	(void)e;
	*(size_t *)ctx += strlen(name);
	timestamp_parse(value, &at);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t size)
{
	struct error e = {0};
	size_t seen = 0;

	if (json_object((const char *)in, size, member, &seen, &e) != 0 &&
	    e.text[0] == '\0')
		abort();
	return 0;
}
