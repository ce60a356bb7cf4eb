/*
 * scan: what a byte of SQL stands in: a word, a string, a name, a comment; and
 * whether a statement ends with it.
 *
 * It keeps the text of the statement that is being read. statement.h is what
 * the rest of the house sees.
 */
#ifndef SCAN_H
#define SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "sql/encoding.h"

/* What the next byte stands in. */
enum scan_state {
	SCAN_START, /* between statements */
	SCAN_BODY,
	SCAN_STRING, /* '...' */
	SCAN_ESCAPES, /* '...' with backslashes */
	SCAN_NAME, /* "..." */
	SCAN_TAG, /* $tag of $tag$ */
	SCAN_DOLLAR, /* $tag$...$tag$ */
	SCAN_LINE, /* a comment within a statement */
	SCAN_BLOCK,
	SCAN_TOP_LINE, /* a comment between statements */
	SCAN_TOP_BLOCK,
	SCAN_META,
	SCAN_STATES,
};

/* What has stood since the last string ended, which another may continue. */
enum scan_since {
	SCAN_SINCE_OTHER,
	SCAN_SINCE_STRING,
	SCAN_SINCE_BLANK,
	SCAN_SINCE_NEWLINE
};

struct scan {
	struct buffer text;
	enum scan_state state;
	enum encoding encoding;
	enum scan_state last_string; /* SCAN_STRING or SCAN_ESCAPES */
	enum scan_since since;
	bool standard;
	bool begins; /* the last word was BEGIN */
	bool in_word;
	bool escaped; /* the next byte follows a backslash */
	bool second; /* the next byte is the second of a character */
	unsigned char last; /* the byte before, where two have a meaning */
	unsigned trail; /* bytes that belong to a character that has begun */
	unsigned parens, comments, atomic; /* depths */
	size_t word; /* where the word, or the dollar's tag, begins */
	size_t tag_size, body; /* of $tag$, and where what it quotes begins */
	uint64_t line, first_line;
	uint16_t stops[256]; /* bit n: the byte has a meaning in state n */
};

/* Begins as nothing had been read yet, with standard strings. */
void scan_open(struct scan *);

/* Goes on between statements; the text is forgotten. */
void scan_next(struct scan *);

void scan_encoding(struct scan *, enum encoding);

/* Takes bytes that mean nothing where they stand; returns how many. */
size_t scan_run(struct scan *, const char *, size_t);

/*
 * Takes a byte that may have a meaning; returns whether what is being read ends
 * before it. If not, the caller adds it to the text if scan_keeps() says so.
 */
bool scan_take(struct scan *, unsigned char);
bool scan_keeps(const struct scan *);

#endif
