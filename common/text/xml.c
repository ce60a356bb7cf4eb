#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/utf8.h"
#include "text/xml.h"

void
xml_escape(struct buffer *b, const char *text)
{
	const unsigned char *p;

	for (p = (const unsigned char *)text; *p != '\0'; p++) {
		if (*p == '<')
			buffer_puts(b, "&lt;");
		else if (*p == '>')
			buffer_puts(b, "&gt;");
		else if (*p == '&')
			buffer_puts(b, "&amp;");
		else if (*p == '"')
			buffer_puts(b, "&quot;");
		else if (*p == '\'')
			buffer_puts(b, "&apos;");
		else if (*p < 0x20)
			buffer_printf(b, "&#%d;", *p);
		else
			buffer_add(b, p, 1);
	}
}

bool
xml_carries(const char *text)
{
	uint32_t c;
	size_t n;

	for (; *text != '\0'; text += n) {
		n = utf8_decode(text, &c);
		if (n == 0 ||
		    (c < 0x20 && c != '\t' && c != '\n' && c != '\r') ||
		    c == 0xfffe || c == 0xffff)
			return false;
	}
	return true;
}
