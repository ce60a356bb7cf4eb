#include <string.h>

#include "buffer.h"
#include "json.h"
#include "xml.h"

/* The size of the valid UTF-8 character at p, or 0. */
static size_t
character(const char *p)
{
	char one[5] = {0};
	size_t n;

	for (n = 1; n <= 4 && p[n - 1] != '\0'; n++) {
		one[n - 1] = p[n - 1];
		if (xml_utf8(one))
			return n;
	}
	return 0;
}

void
json_string(struct buffer *b, const char *text)
{
	unsigned char c;
	size_t n;

	buffer_puts(b, "\"");
	for (; *text != '\0'; text += n) {
		c = (unsigned char)*text;
		n = 1;
		if (c == '"' || c == '\\')
			buffer_printf(b, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			buffer_printf(b, "\\u%04x", c);
		else if (c < 0x80)
			buffer_add(b, text, 1);
		else if ((n = character(text)) > 0)
			buffer_add(b, text, n);
		else {
			buffer_printf(b, "\\udc%02x", c);
			n = 1;
		}
	}
	buffer_puts(b, "\"");
}
