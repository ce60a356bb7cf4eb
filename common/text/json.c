#include "base/buffer.h"
#include "base/utf8.h"
#include "text/json.h"

void
json_string(struct buffer *b, const char *text)
{
	uint32_t c;
	size_t n;

	buffer_puts(b, "\"");
	for (; *text != '\0'; text += n) {
		n = utf8_decode(text, &c);
		if (n == 0) {
			buffer_printf(b, "\\udc%02x", (unsigned char)*text);
			n = 1;
		} else if (c == '"' || c == '\\')
			buffer_printf(b, "\\%c", (int)c);
		else if (c < 0x20 || (c >= 0x7f && c < 0xa0))
			buffer_printf(b, "\\u%04x", (unsigned)c);
		else
			buffer_add(b, text, n);
	}
	buffer_puts(b, "\"");
}
