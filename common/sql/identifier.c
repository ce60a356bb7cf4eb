#include "sql/identifier.h"

/* A name without its quotes, or in small letters as the server has it. */
static void
decode(const struct token *token, char *to)
{
	const char *p = token->text, *end = p + token->size;
	size_t n = 0;
	bool quoted = token->kind == TOKEN_NAME;

	if (quoted) {
		p++;
		end--;
	}
	for (; p < end && n < IDENTIFIER_TEXT - 1; p++) {
		if (quoted && *p == '"')
			p++; /* of two the second */
		to[n++] = !quoted && *p >= 'A' && *p <= 'Z'
		    ? (char)(*p - 'A' + 'a')
		    : *p;
	}
	to[n] = '\0';
}

bool
identifier_take(struct tokens *t, struct token *token)
{
	token_peek(t, token);
	if (token->kind != TOKEN_WORD && token->kind != TOKEN_NAME)
		return false;
	token_next(t, token);
	return true;
}

bool
identifier_name(struct tokens *t, struct identifier *name, int beside,
    const char **text, size_t *size)
{
	struct token part[4];
	int n = 0;

	do {
		if (n == 4 || !identifier_take(t, &part[n]))
			return false;
		n++;
	} while (token_take(t, "."));
	if (text != NULL) {
		*text = part[0].text;
		*size = (size_t)(part[n - 1].text + part[n - 1].size -
		    part[0].text);
	}
	n -= beside;
	if (n < 1)
		return false;
	decode(&part[n - 1], name->name);
	if (n > 1)
		decode(&part[n - 2], name->schema);
	return true;
}
