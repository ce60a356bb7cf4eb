#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "xml.h"

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

/* Decodes one UTF-8 character; returns its size, 0 if it is none. */
static size_t
decode(const unsigned char *p, uint32_t *c)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n, i;

	if (*p < 0x80) {
		*c = *p;
		return 1;
	}
	n = *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : 2;
	if (*p < 0xc2 || *p > 0xf4)
		return 0;
	*c = *p & (0x7fu >> n);
	for (i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*c = *c << 6 | (p[i] & 0x3f);
	}
	if (*c < least[n] || *c > 0x10ffff || (*c >= 0xd800 && *c <= 0xdfff))
		return 0;
	return n;
}

bool
xml_utf8(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	uint32_t c;
	size_t n;

	for (; *p != '\0'; p += n) {
		n = decode(p, &c);
		if (n == 0)
			return false;
	}
	return true;
}

bool
xml_carries(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	uint32_t c;

	if (!xml_utf8(text))
		return false;
	for (; *p != '\0'; p += decode(p, &c)) {
		decode(p, &c);
		if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') ||
		    c == 0xfffe || c == 0xffff)
			return false;
	}
	return true;
}
