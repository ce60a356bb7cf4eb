#include <string.h>
#include <strings.h>

#include "sql/token.h"

bool
token_is_word(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_' || c >= 0x80;
}

/* Where the line that p stands in ends. */
static const char *
line_end(const char *p, const char *end)
{
	const char *newline = memchr(p, '\n', (size_t)(end - p));

	return newline != NULL ? newline : end;
}

/* Passes over a block comment, which may hold others, from its slash on. */
static const char *
block_end(const char *p, const char *end)
{
	unsigned depth = 0;

	while (end - p >= 2) {
		if (p[0] == '/' && p[1] == '*') {
			depth++;
			p += 2;
		} else if (p[0] == '*' && p[1] == '/') {
			p += 2;
			if (--depth == 0)
				return p;
		} else {
			p++;
		}
	}
	return end;
}

static const char *
skip_blanks(const char *p, const char *end)
{
	while (p < end) {
		if (*p == ' ' || (*p >= '\t' && *p <= '\r'))
			p++;
		else if (end - p >= 2 && p[0] == '-' && p[1] == '-')
			p = line_end(p, end);
		else if (end - p >= 2 && p[0] == '/' && p[1] == '*')
			p = block_end(p, end);
		else
			break;
	}
	return p;
}

/* The end of what is quoted from p on; a quote that is doubled stays inside. */
static const char *
quoted_end(const char *p, const char *end, bool escapes)
{
	char quote = *p++;

	for (; p < end; p++) {
		if (*p == quote && (end - p < 2 || p[1] != quote))
			return p + 1;
		if (*p == quote || (escapes && *p == '\\'))
			p++; /* of two the second */
	}
	return end;
}

/* The end of a string in dollar quotes, or NULL where none begins at p. */
static const char *
dollar_end(const char *p, const char *end)
{
	const char *tag = p++;
	size_t size;

	while (p < end && token_is_word((unsigned char)*p))
		p++;
	if (p == end || *p != '$' || (tag[1] >= '0' && tag[1] <= '9'))
		return NULL;
	size = (size_t)(++p - tag);
	for (; (size_t)(end - p) >= size; p++) {
		p = memchr(p, '$', (size_t)(end - p) - size + 1);
		if (p == NULL)
			return end;
		if (memcmp(p, tag, size) == 0)
			return p + size;
	}
	return end;
}

static const char *
word_end(const char *p, const char *end)
{
	while (p < end && (token_is_word((unsigned char)*p) || *p == '$'))
		p++;
	return p;
}

/* The end of the token at p, and its kind. */
static const char *
token_end(const char *p, const char *end, enum token_kind *kind)
{
	const char *after;

	if (token_is_word((unsigned char)*p)) {
		after = word_end(p, end);
		*kind = TOKEN_WORD;
		if (after - p == 1 && (*p == 'e' || *p == 'E') && after < end &&
		    *after == '\'') {
			*kind = TOKEN_STRING;
			after = quoted_end(after, end, true);
		}
		return after;
	}
	*kind = *p == '"' ? TOKEN_NAME : TOKEN_STRING;
	if (*p == '"' || *p == '\'')
		return quoted_end(p, end, false);
	if (*p == '$' && (after = dollar_end(p, end)) != NULL)
		return after;
	*kind = TOKEN_SIGN;
	return p + 1;
}

void
token_next(struct tokens *t, struct token *token)
{
	t->p = skip_blanks(t->p, t->end);
	token->text = t->p;
	token->kind = TOKEN_END;
	if (t->p < t->end)
		t->p = token_end(t->p, t->end, &token->kind);
	token->size = (size_t)(t->p - token->text);
}

void
token_peek(const struct tokens *t, struct token *token)
{
	struct tokens copy = *t;

	token_next(&copy, token);
}

bool
token_is(const struct token *token, const char *what)
{
	return (token->kind == TOKEN_WORD || token->kind == TOKEN_SIGN) &&
	    token->size == strlen(what) &&
	    strncasecmp(token->text, what, token->size) == 0;
}

bool
token_take(struct tokens *t, const char *what)
{
	struct tokens copy = *t;
	struct token token;

	token_next(&copy, &token);
	if (!token_is(&token, what))
		return false;
	*t = copy;
	return true;
}

bool
token_phrase(struct tokens *t, const char *phrase)
{
	struct tokens copy = *t, words = {phrase, phrase + strlen(phrase)};
	struct token word, token;

	for (;;) {
		token_next(&words, &word);
		if (word.kind == TOKEN_END)
			break;
		token_next(&copy, &token);
		if ((token.kind != TOKEN_WORD && token.kind != TOKEN_SIGN) ||
		    token.size != word.size ||
		    strncasecmp(token.text, word.text, word.size) != 0)
			return false;
	}
	*t = copy;
	return true;
}

bool
token_skip_to(struct tokens *t, const char *word)
{
	struct token token;

	do {
		token_next(t, &token);
		if (token.kind == TOKEN_END)
			return false;
	} while (!token_is(&token, word));
	return true;
}

void
token_skip_parentheses(struct tokens *t)
{
	struct token token;
	unsigned depth = 0;

	do {
		token_peek(t, &token);
		if (token_is(&token, "("))
			depth++;
		else if (token_is(&token, ")") && depth > 0)
			depth--;
		else if (depth == 0 || token.kind == TOKEN_END)
			return;
		token_next(t, &token);
	} while (depth > 0);
}
