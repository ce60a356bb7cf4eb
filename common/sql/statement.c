#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buffer.h"
#include "sql/encoding.h"
#include "sql/statement.h"
#include "sql/token.h"

enum {
	COMMENT_MAX = 1 << 16, /* what is kept of a comment or meta-command */
	KEEP_MAX =
	    1 << 20, /* memory that is kept from one statement to the next */
};

/* What the next byte stands in. */
enum state {
	START, /* between statements */
	BODY,
	STRING, /* '...' */
	ESCAPES, /* '...' with backslashes */
	NAME, /* "..." */
	TAG, /* $tag of $tag$ */
	DOLLAR, /* $tag$...$tag$ */
	LINE, /* a comment within a statement */
	BLOCK,
	TOP_LINE, /* a comment between statements */
	TOP_BLOCK,
	META,
	STATES,
};

/* What has stood since the last string ended, which another may continue. */
enum since { SINCE_OTHER, SINCE_STRING, SINCE_BLANK, SINCE_NEWLINE };

struct statement_reader {
	struct buffer text;
	enum state state;
	enum encoding encoding;
	enum state last_string; /* STRING or ESCAPES */
	enum since since;
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
	bool done; /* the text was given: the next byte begins another */
	size_t skip; /* bytes of a byte order mark that have been seen */
	uint16_t stops[256]; /* bit n: the byte has a meaning in state n */
};

static void
set_stops(struct statement_reader *r)
{
	static const char *const special[STATES] = {
	    [STRING] = "'",
	    [ESCAPES] = "'\\",
	    [NAME] = "\"",
	    [DOLLAR] = "$",
	    [BLOCK] = "*/",
	    [TOP_BLOCK] = "*/",
	};
	const char *p;
	int c, state;

	for (c = 0; c < 256; c++) {
		r->stops[c] = 1U << START | 1U << TAG;
		if (!token_is_word((unsigned char)c))
			r->stops[c] |= 1U << BODY;
		if (c == '\n' || c == '\0' ||
		    encoding_trail(r->encoding, (unsigned char)c) > 0)
			r->stops[c] = UINT16_MAX;
	}
	for (state = 0; state < STATES; state++) {
		for (p = special[state]; p != NULL && *p != '\0'; p++)
			r->stops[(unsigned char)*p] |= (uint16_t)(1U << state);
	}
}

struct statement_reader *
statement_new(void)
{
	struct statement_reader *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	r->standard = true;
	r->line = r->first_line = 1;
	set_stops(r);
	return r;
}

void
statement_free(struct statement_reader *r)
{
	if (r == NULL)
		return;
	buffer_free(&r->text);
	free(r);
}

static void
begin(struct statement_reader *r)
{
	if (r->text.capacity > KEEP_MAX)
		buffer_free(&r->text);
	buffer_clear(&r->text);
	r->state = START;
	r->since = SINCE_OTHER;
	r->begins = r->in_word = r->escaped = r->done = false;
	r->last = 0;
	r->parens = r->comments = r->atomic = 0;
}

static bool
word_is(const struct statement_reader *r, const char *word)
{
	return strlen(word) == r->text.size - r->word &&
	    strcasecmp(r->text.data + r->word, word) == 0;
}

/* BEGIN ATOMIC, and what nests in it: only there a semicolon is hidden. */
static void
end_word(struct statement_reader *r)
{
	r->in_word = false;
	if (r->atomic > 0) {
		if (word_is(r, "case"))
			r->atomic++;
		else if (word_is(r, "end"))
			r->atomic--;
	} else if (r->begins && r->parens == 0 && word_is(r, "atomic")) {
		r->atomic = 1;
	}
	r->begins = word_is(r, "begin");
}

/* A quote in a statement: which kind of string begins. */
static void
begin_string(struct statement_reader *r, bool after_e)
{
	if (r->since == SINCE_STRING || r->since == SINCE_NEWLINE)
		r->state = r->last_string;
	else
		r->state = after_e || !r->standard ? ESCAPES : STRING;
	r->last_string = r->state;
}

static void
begin_comment(struct statement_reader *r, enum state inside, enum state top)
{
	/* The first of its two bytes is all that there is: no statement yet. */
	bool outside = r->text.size == 1;

	if (outside && top == TOP_BLOCK)
		buffer_clear(&r->text);
	r->state = outside ? top : inside;
	r->comments = 1;
	r->last = 0;
}

static void
begin_dollar(struct statement_reader *r)
{
	r->word = r->text.size;
	r->state = TAG;
}

static bool
is_blank(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

/* A byte of a statement that is no part of a word. Returns whether it ends. */
static bool
take_sign(struct statement_reader *r, unsigned char c)
{
	bool was_word = r->in_word;
	bool after_e = was_word && word_is(r, "e");
	unsigned char last = r->last;

	if (was_word)
		end_word(r);
	r->last = 0;
	if (last != 0 && c != '-' && c != '*')
		r->since = SINCE_OTHER;
	if (is_blank(c) || c == '\n') {
		if (r->since != SINCE_OTHER && r->since != SINCE_NEWLINE)
			r->since = c == '\n' ? SINCE_NEWLINE : SINCE_BLANK;
		return false;
	}
	if (c == ';')
		return r->parens == 0 && r->atomic == 0;
	if (c == '-' && last == '-') {
		begin_comment(r, LINE, TOP_LINE);
		return false;
	}
	if (c == '*' && last == '/') {
		begin_comment(r, BLOCK, TOP_BLOCK);
		return false;
	}
	if (c == '\'')
		begin_string(r, after_e);
	else if (c == '"')
		r->state = NAME;
	else if (c == '$' && !was_word)
		begin_dollar(r);
	else if (c == '(')
		r->parens++;
	else if (c == ')' && r->parens > 0)
		r->parens--;
	else if (c == '-' || c == '/')
		r->last = c;
	if (r->last == 0 || last != 0)
		r->since = SINCE_OTHER;
	r->begins = false;
	return false;
}

/* A dollar within a word goes on with it; the rest of a word is no stop. */
static bool
take_body(struct statement_reader *r, unsigned char c)
{
	if (r->in_word && c == '$')
		return false;
	if (!token_is_word(c))
		return take_sign(r, c);
	if (!r->in_word) {
		r->in_word = true;
		r->word = r->text.size;
	}
	r->last = 0;
	r->since = SINCE_OTHER;
	return false;
}

/* A byte of the $tag of a $tag$. Returns as take_body does. */
static bool
take_tag(struct statement_reader *r, unsigned char c)
{
	size_t size = r->text.size - r->word;

	if (c == '$') {
		r->state = DOLLAR;
		r->tag_size = size + 1;
		r->body = r->text.size + 1;
		return false;
	}
	if (token_is_word(c) && !(size == 1 && c >= '0' && c <= '9'))
		return false;
	/* A parameter, $1, or a lone dollar. */
	r->state = BODY;
	r->in_word = false;
	r->last = 0;
	return take_body(r, c);
}

/* Whether the $tag$ is ended by the dollar that comes now. */
static bool
ends_dollar(const struct statement_reader *r)
{
	size_t before = r->tag_size - 1;

	return r->text.size - r->body >= before &&
	    memcmp(r->text.data + r->text.size - before,
		r->text.data + r->body - r->tag_size, before) == 0;
}

static void
take_escapes(struct statement_reader *r, unsigned char c)
{
	if (r->escaped) {
		r->escaped = false;
	} else if (c == '\\') {
		r->escaped = true;
	} else if (c == '\'') {
		r->state = BODY;
		r->since = SINCE_STRING;
	}
}

static void
take_block(struct statement_reader *r, unsigned char c)
{
	unsigned char last = r->last;

	r->last = 0;
	if (c == '*' && last == '/')
		r->comments++;
	else if (c == '/' && last == '*')
		r->comments--;
	else
		r->last = c;
	if (r->comments == 0) {
		r->state = r->state == TOP_BLOCK ? START : BODY;
		r->last = 0;
	}
}

/* Between statements: what begins. */
static bool
take_start(struct statement_reader *r, unsigned char c)
{
	if (is_blank(c) || c == '\n' || c == ';')
		return false;
	r->first_line = r->line;
	r->state = c == '\\' ? META : BODY;
	return r->state == BODY && take_body(r, c);
}

/*
 * Takes a byte that may have a meaning; returns whether what is being read ends
 * before it.
 */
static bool
take(struct statement_reader *r, unsigned char c)
{
	switch (r->state) {
	case START:
		return take_start(r, c);
	case BODY:
		return take_body(r, c);
	case STRING:
		if (c == '\'') {
			r->state = BODY;
			r->since = SINCE_STRING;
		}
		return false;
	case ESCAPES:
		take_escapes(r, c);
		return false;
	case NAME:
		if (c == '"')
			r->state = BODY;
		return false;
	case TAG:
		return take_tag(r, c);
	case DOLLAR:
		if (c == '$' && ends_dollar(r))
			r->state = BODY;
		return false;
	case LINE:
		if (c == '\n') {
			r->state = BODY;
			return take_body(r, c);
		}
		return false;
	case BLOCK:
	case TOP_BLOCK:
		take_block(r, c);
		return false;
	default: /* TOP_LINE, META */
		return c == '\n';
	}
}

/* Whether the bytes of a state are kept. */
static bool
is_kept(const struct statement_reader *r)
{
	switch (r->state) {
	case START:
	case TOP_BLOCK:
		return false;
	case TOP_LINE:
	case META:
		return r->text.size < COMMENT_MAX;
	default:
		return true;
	}
}

/* Takes bytes that mean nothing here; returns how many. */
static size_t
take_run(struct statement_reader *r, const char *p, size_t n)
{
	unsigned bit = 1U << r->state;
	size_t i = 0;

	if (r->trail > 0 || r->escaped)
		return 0;
	while (i < n && (r->stops[(unsigned char)p[i]] & bit) == 0)
		i++;
	if (i == 0)
		return 0;
	if (r->state == BODY) {
		/* The first may begin a word. */
		take_body(r, (unsigned char)*p);
	} else {
		r->last = 0;
	}
	if (is_kept(r))
		buffer_add(&r->text, p, i);
	return i;
}

/* A byte that belongs to a character that has begun means nothing by itself. */
static bool
is_trail(struct statement_reader *r, unsigned char c)
{
	if (r->trail == 0) {
		r->trail = encoding_trail(r->encoding, c);
		r->second = r->trail > 0;
		return false;
	}
	r->trail--;
	if (r->second)
		r->trail += encoding_more(r->encoding, c);
	r->second = false;
	return true;
}

/* Passes over a byte order mark, which some editors leave. */
static bool
is_mark(struct statement_reader *r, unsigned char c)
{
	static const unsigned char mark[] = {0xef, 0xbb, 0xbf};

	if (r->skip >= sizeof mark || c != mark[r->skip]) {
		r->skip = sizeof mark;
		return false;
	}
	r->skip++;
	return true;
}

static bool
is_on(const struct token *value)
{
	static const char *const off[] = {
	    "off", "'off'", "false", "'false'", "no", "'no'", "0", "'0'"};
	size_t i;

	for (i = 0; i < sizeof off / sizeof *off; i++) {
		if (value->size == strlen(off[i]) &&
		    strncasecmp(value->text, off[i], value->size) == 0)
			return false;
	}
	return true;
}

static void
set_encoding(struct statement_reader *r, const char *name, size_t size)
{
	r->encoding = encoding_find(name, size);
	set_stops(r);
}

/* Follows what a SET says of the statements after it. */
static void
follow(struct statement_reader *r)
{
	struct tokens t = {r->text.data, r->text.data + r->text.size};
	struct token name, value;

	if (!token_take(&t, "SET"))
		return;
	token_phrase(&t, "SESSION");
	token_next(&t, &name);
	if (!token_take(&t, "="))
		token_take(&t, "TO");
	token_next(&t, &value);
	if (token_is(&name, "standard_conforming_strings"))
		r->standard = is_on(&value);
	else if (token_is(&name, "client_encoding") || token_is(&name, "NAMES"))
		set_encoding(r, value.text, value.size);
}

/* What has been read is whole: says what it is. */
static enum statement_event
give(struct statement_reader *r)
{
	enum state state = r->state;

	if (r->text.failed)
		return STATEMENT_MEMORY;
	r->done = true;
	if (state == TOP_LINE || state == META) {
		if (r->text.size > 0 && r->text.data[r->text.size - 1] == '\r')
			r->text.data[--r->text.size] = '\0';
		return state == META ? STATEMENT_META : STATEMENT_COMMENT;
	}
	follow(r);
	return STATEMENT_ONE;
}

enum statement_event
statement_feed(
    struct statement_reader *r, const char *p, size_t n, size_t *used)
{
	size_t i = 0;
	unsigned char c;
	bool ends;

	if (r->done)
		begin(r);
	while (i < n) {
		i += take_run(r, p + i, n - i);
		if (i == n)
			break;
		c = (unsigned char)p[i++];
		*used = i;
		if (c == '\0')
			return STATEMENT_NUL;
		if (is_mark(r, c))
			continue;
		ends = !is_trail(r, c) && take(r, c);
		r->line += c == '\n';
		if (ends)
			return give(r);
		if (is_kept(r))
			buffer_add(&r->text, &c, 1);
		if (r->text.failed)
			return STATEMENT_MEMORY;
	}
	*used = n;
	return r->text.failed ? STATEMENT_MEMORY : STATEMENT_MORE;
}

enum statement_event
statement_finish(struct statement_reader *r)
{
	if (!r->done && (r->state == TOP_LINE || r->state == META))
		return give(r);
	return STATEMENT_MORE;
}

bool
statement_is_open(const struct statement_reader *r)
{
	return !r->done && r->state != START;
}

const char *
statement_text(const struct statement_reader *r, size_t *size)
{
	*size = r->text.size;
	return r->text.data;
}

uint64_t
statement_line(const struct statement_reader *r)
{
	return r->first_line;
}

void
statement_skip_lines(struct statement_reader *r, uint64_t lines)
{
	r->line += lines;
}

uint64_t
statement_next_line(const struct statement_reader *r)
{
	return r->line;
}

void
statement_settings(
    struct statement_reader *r, bool standard_strings, const char *encoding)
{
	r->standard = standard_strings;
	set_encoding(r, encoding, strlen(encoding));
}
