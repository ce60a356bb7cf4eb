/*
 * header: any text as what a user gives by -H and -m, and as the headers of an
 * answer. What is taken is safe to send: no control characters, one of a name.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "net/http.h"
#include "s3/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(const struct header_list *list)
{
	const char *p;
	size_t i, j;

	for (i = 0; i < list->n; i++) {
		for (p = list->pairs[i].name; *p != '\0'; p++)
			if (*p <= ' ' || *p == ':' || *p == 0x7f)
				abort();
		for (p = list->pairs[i].value; *p != '\0'; p++)
			if ((unsigned char)*p < ' ' && *p != '\t')
				abort();
		for (j = 0; j < i; j++)
			if (strcasecmp(
				list->pairs[i].name, list->pairs[j].name) == 0)
				abort();
	}
}

static void
read_answer(char *text, size_t size)
{
	struct http_response r = {.headers = {.data = text, .size = size}};
	char value[64];
	time_t when;

	http_header(&r, "etag", value, sizeof value);
	if (strlen(value) >= sizeof value)
		abort();
	http_header(&r, "content-range", value, sizeof value);
	http_date(&r, &when);
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t size)
{
	struct header_list list = {0};
	struct error e;
	char *text = malloc(size + 1), *line;
	bool metadata = false;

	if (text == NULL)
		return 0;
	memcpy(text, in, size);
	text[size] = '\0';
	read_answer(text, size);
	for (line = text; line < text + size; line += strlen(line) + 1) {
		if (metadata)
			(void)header_add_metadata(&list, line, &e);
		else
			(void)header_add_line(&list, line, &e);
		metadata = !metadata;
	}
	check(&list);
	header_free(&list);
	free(text);
	return 0;
}
