#include "text/percent.h"

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int
percent_decode(char *s)
{
	char *to = s;
	int high, low;

	for (; *s != '\0'; s++) {
		if (*s == '+') {
			*to++ = ' ';
		} else if (*s == '%') {
			high = hex_value(s[1]);
			low = high >= 0 ? hex_value(s[2]) : -1;
			if (low < 0 || (high == 0 && low == 0))
				return -1;
			*to++ = (char)(high << 4 | low);
			s += 2;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
	return 0;
}
