#include "base/utf8.h"

size_t
utf8_decode(const char *text, uint32_t *c)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *p = (const unsigned char *)text;
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
utf8_valid(const char *text)
{
	uint32_t c;
	size_t n;

	for (; *text != '\0'; text += n) {
		n = utf8_decode(text, &c);
		if (n == 0)
			return false;
	}
	return true;
}
