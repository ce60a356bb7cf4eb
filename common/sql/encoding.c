#include <string.h>

#include "sql/encoding.h"

static const struct {
	const char *name; /* small letters and digits: nothing else counts */
	enum encoding encoding;
} names[] = {
    {"sjis", ENCODING_SJIS},
    {"shiftjis", ENCODING_SJIS},
    {"mskanji", ENCODING_SJIS},
    {"win932", ENCODING_SJIS},
    {"windows932", ENCODING_SJIS},
    {"shiftjis2004", ENCODING_SJIS},
    {"big5", ENCODING_DOUBLE},
    {"win950", ENCODING_DOUBLE},
    {"windows950", ENCODING_DOUBLE},
    {"gbk", ENCODING_DOUBLE},
    {"win936", ENCODING_DOUBLE},
    {"windows936", ENCODING_DOUBLE},
    {"uhc", ENCODING_DOUBLE},
    {"win949", ENCODING_DOUBLE},
    {"windows949", ENCODING_DOUBLE},
    {"johab", ENCODING_JOHAB},
    {"gb18030", ENCODING_GB18030},
};

enum encoding
encoding_find(const char *name, size_t size)
{
	char plain[32];
	size_t i, n = 0;

	for (i = 0; i < size && n < sizeof plain - 1; i++) {
		if (name[i] >= 'A' && name[i] <= 'Z')
			plain[n++] = (char)(name[i] - 'A' + 'a');
		else if ((name[i] >= 'a' && name[i] <= 'z') ||
		    (name[i] >= '0' && name[i] <= '9'))
			plain[n++] = name[i];
	}
	plain[n] = '\0';
	for (i = 0; i < sizeof names / sizeof *names; i++) {
		if (strcmp(names[i].name, plain) == 0)
			return names[i].encoding;
	}
	return ENCODING_SAFE;
}

unsigned
encoding_trail(enum encoding encoding, unsigned char first)
{
	if (encoding == ENCODING_SAFE || first < 0x80)
		return 0;
	if (encoding == ENCODING_SJIS && first >= 0xa1 && first <= 0xdf)
		return 0; /* half-width katakana */
	if (encoding == ENCODING_JOHAB && first == 0x8f)
		return 2;
	return 1;
}

unsigned
encoding_more(enum encoding encoding, unsigned char second)
{
	return encoding == ENCODING_GB18030 && second >= '0' && second <= '9'
	    ? 2
	    : 0;
}
