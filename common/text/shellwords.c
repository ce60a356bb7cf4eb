#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "text/shellwords.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Appends the word at p, without its quotes; returns its end, NULL: none. */
static const char *
take_word(const char *p, struct buffer *words)
{
	char quote = '\0';

	for (; *p != '\0' && (quote != '\0' || !is_blank(*p)); p++) {
		if (quote == '\0' && (*p == '\'' || *p == '"')) {
			quote = *p;
		} else if (*p == quote) {
			quote = '\0';
		} else if (*p == '\\' &&
		    (quote == '\0' ||
			(quote == '"' && (p[1] == '"' || p[1] == '\\')))) {
			if (*++p == '\0')
				return NULL;
			buffer_add(words, p, 1);
		} else {
			buffer_add(words, p, 1);
		}
	}
	return quote == '\0' ? p : NULL;
}

int
shellwords_split(const char *line, struct buffer *words)
{
	int n = 0;

	for (;;) {
		while (is_blank(*line))
			line++;
		if (*line == '\0')
			return n;
		line = take_word(line, words);
		if (line == NULL)
			return -1;
		buffer_add(words, "", 1);
		n++;
	}
}
