#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "net/http.h"

bool
http_header(
    const struct http_response *r, const char *name, char *buf, size_t size)
{
	const char *line = r->headers.data, *end, *value;
	size_t n = strlen(name);

	buf[0] = '\0';
	for (; line != NULL && *line != '\0'; line = *end ? end + 1 : end) {
		end = line + strcspn(line, "\n");
		if (strncasecmp(line, name, n) != 0 || line[n] != ':')
			continue;
		value = line + n + 1;
		value += strspn(value, " \t");
		while (end > value && strchr(" \t\r", end[-1]) != NULL)
			end--;
		snprintf(buf, size, "%.*s", (int)(end - value), value);
		return true;
	}
	return false;
}

void
http_response_free(struct http_response *r)
{
	buffer_free(&r->headers);
	buffer_free(&r->body);
}

bool
http_date(const struct http_response *r, time_t *when)
{
	char text[64];

	if (!http_header(r, "date", text, sizeof text))
		return false;
	*when = curl_getdate(text, NULL);
	return *when != (time_t)-1;
}
