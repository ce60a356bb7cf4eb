/*
 * token: the words, names and signs of one whole SQL statement, in turn.
 *
 * This is for the first words of a statement, which say what it is and which
 * objects it names. Where a statement ends is for the reader of statement.h.
 */
#ifndef TOKEN_H
#define TOKEN_H

#include <stdbool.h>
#include <stddef.h>

enum token_kind {
	TOKEN_END,
	TOKEN_WORD, /* a keyword, a name without quotes, a number */
	TOKEN_NAME, /* a name in double quotes, the quotes included */
	TOKEN_STRING, /* in single or dollar quotes, the quotes included */
	TOKEN_SIGN, /* one byte of anything else */
};

struct token {
	enum token_kind kind;
	const char *text; /* within the statement */
	size_t size;
};

/* What of the statement is still to be read. */
struct tokens {
	const char *p, *end;
};

/* Takes the next token; comments and blanks between tokens are passed over. */
void token_next(struct tokens *, struct token *);

/* The next token, which stays where it is. */
void token_peek(const struct tokens *, struct token *);

/* Whether the token is that keyword (in capitals), or that sign. */
bool token_is(const struct token *, const char *);

/* Takes the next token if it is that keyword or sign. */
bool token_take(struct tokens *, const char *);

/* The same for each word of a phrase, such as "FOREIGN TABLE": all or none. */
bool token_phrase(struct tokens *, const char *);

/* Passes over all up to the keyword, and over it; false: it is not there. */
bool token_skip_to(struct tokens *, const char *);

/* Passes over what stands in parentheses, if they come next. */
void token_skip_parentheses(struct tokens *);

/* Whether a byte can be part of a name without quotes, or of a keyword. */
bool token_is_word(unsigned char);

#endif
