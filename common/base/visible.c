#include <string.h>

#include "base/buffer.h"
#include "base/utf8.h"
#include "base/visible.h"

size_t
visible_take(const char *text, size_t *size, char out[VISIBLE_MAX])
{
	static const char hex[] = "0123456789abcdef";
	unsigned char byte = (unsigned char)*text;
	uint32_t c;

	*size = utf8_decode(text, &c);
	if (*size > 0 && (c == '\t' || (c >= 0x20 && c < 0x7f) || c >= 0xa0)) {
		memcpy(out, text, *size);
		return *size;
	}
	*size = 1;
	out[0] = '\\';
	out[1] = 'x';
	out[2] = hex[byte >> 4];
	out[3] = hex[byte & 15];
	return 4;
}

void
visible_add(struct buffer *b, const char *text, bool terminal)
{
	char out[VISIBLE_MAX];
	size_t n, size;

	if (!terminal) {
		buffer_puts(b, text);
		return;
	}
	for (; *text != '\0'; text += size) {
		n = visible_take(text, &size, out);
		buffer_add(b, out, n);
	}
}
