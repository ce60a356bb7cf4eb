#include <string.h>
#include <strings.h>

#include "sql/scan.h"
#include "sql/token.h"

enum {
	COMMENT_MAX = 1 << 16, /* what is kept of a comment or meta-command */
	KEEP_MAX =
	    1 << 20, /* memory that is kept from one statement to the next */
};

static void
set_stops(struct scan *s)
{
	static const char *const special[SCAN_STATES] = {
	    [SCAN_STRING] = "'",
	    [SCAN_ESCAPES] = "'\\",
	    [SCAN_NAME] = "\"",
	    [SCAN_DOLLAR] = "$",
	    [SCAN_BLOCK] = "*/",
	    [SCAN_TOP_BLOCK] = "*/",
	};
	const char *p;
	int c, state;

	for (c = 0; c < 256; c++) {
		s->stops[c] = 1U << SCAN_START | 1U << SCAN_TAG;
		if (!token_is_word((unsigned char)c))
			s->stops[c] |= 1U << SCAN_BODY;
		if (c == '\n' || c == '\0' ||
		    encoding_trail(s->encoding, (unsigned char)c) > 0)
			s->stops[c] = UINT16_MAX;
	}
	for (state = 0; state < SCAN_STATES; state++) {
		for (p = special[state]; p != NULL && *p != '\0'; p++)
			s->stops[(unsigned char)*p] |= (uint16_t)(1U << state);
	}
}

void
scan_open(struct scan *s)
{
	*s = (struct scan){.standard = true, .line = 1, .first_line = 1};
	set_stops(s);
}

void
scan_encoding(struct scan *s, enum encoding encoding)
{
	s->encoding = encoding;
	set_stops(s);
}

void
scan_next(struct scan *s)
{
	if (s->text.capacity > KEEP_MAX)
		buffer_free(&s->text);
	buffer_clear(&s->text);
	s->state = SCAN_START;
	s->since = SCAN_SINCE_OTHER;
	s->begins = s->in_word = s->escaped = false;
	s->last = 0;
	s->parens = s->comments = s->atomic = 0;
}

static bool
word_is(const struct scan *s, const char *word)
{
	return strlen(word) == s->text.size - s->word &&
	    strcasecmp(s->text.data + s->word, word) == 0;
}

/* BEGIN ATOMIC, and what nests in it: only there a semicolon is hidden. */
static void
end_word(struct scan *s)
{
	s->in_word = false;
	if (s->atomic > 0) {
		if (word_is(s, "case"))
			s->atomic++;
		else if (word_is(s, "end"))
			s->atomic--;
	} else if (s->begins && s->parens == 0 && word_is(s, "atomic")) {
		s->atomic = 1;
	}
	s->begins = word_is(s, "begin");
}

/* A quote in a statement: which kind of string begins. */
static void
begin_string(struct scan *s, bool after_e)
{
	if (s->since == SCAN_SINCE_STRING || s->since == SCAN_SINCE_NEWLINE)
		s->state = s->last_string;
	else
		s->state = after_e || !s->standard ? SCAN_ESCAPES : SCAN_STRING;
	s->last_string = s->state;
}

static void
begin_comment(struct scan *s, enum scan_state inside, enum scan_state top)
{
	/* The first of its two bytes is all that there is: no statement yet. */
	bool outside = s->text.size == 1;

	if (outside && top == SCAN_TOP_BLOCK)
		buffer_clear(&s->text);
	s->state = outside ? top : inside;
	s->comments = 1;
	s->last = 0;
}

static void
begin_dollar(struct scan *s)
{
	s->word = s->text.size;
	s->state = SCAN_TAG;
}

static bool
is_blank(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

/* A byte of a statement that is no part of a word. Returns whether it ends. */
static bool
take_sign(struct scan *s, unsigned char c)
{
	bool was_word = s->in_word;
	bool after_e = was_word && word_is(s, "e");
	unsigned char last = s->last;

	if (was_word)
		end_word(s);
	s->last = 0;
	if (last != 0 && c != '-' && c != '*')
		s->since = SCAN_SINCE_OTHER;
	if (is_blank(c) || c == '\n') {
		if (s->since != SCAN_SINCE_OTHER &&
		    s->since != SCAN_SINCE_NEWLINE)
			s->since =
			    c == '\n' ? SCAN_SINCE_NEWLINE : SCAN_SINCE_BLANK;
		return false;
	}
	if (c == ';')
		return s->parens == 0 && s->atomic == 0;
	if (c == '-' && last == '-') {
		begin_comment(s, SCAN_LINE, SCAN_TOP_LINE);
		return false;
	}
	if (c == '*' && last == '/') {
		begin_comment(s, SCAN_BLOCK, SCAN_TOP_BLOCK);
		return false;
	}
	if (c == '\'')
		begin_string(s, after_e);
	else if (c == '"')
		s->state = SCAN_NAME;
	else if (c == '$' && !was_word)
		begin_dollar(s);
	else if (c == '(')
		s->parens++;
	else if (c == ')' && s->parens > 0)
		s->parens--;
	else if (c == '-' || c == '/')
		s->last = c;
	if (s->last == 0 || last != 0)
		s->since = SCAN_SINCE_OTHER;
	s->begins = false;
	return false;
}

/* A dollar within a word goes on with it; the rest of a word is no stop. */
static bool
take_body(struct scan *s, unsigned char c)
{
	if (s->in_word && c == '$')
		return false;
	if (!token_is_word(c))
		return take_sign(s, c);
	if (!s->in_word) {
		s->in_word = true;
		s->word = s->text.size;
	}
	s->last = 0;
	s->since = SCAN_SINCE_OTHER;
	return false;
}

/* A byte of the $tag of a $tag$. Returns as take_body does. */
static bool
take_tag(struct scan *s, unsigned char c)
{
	size_t size = s->text.size - s->word;

	if (c == '$') {
		s->state = SCAN_DOLLAR;
		s->tag_size = size + 1;
		s->body = s->text.size + 1;
		return false;
	}
	if (token_is_word(c) && !(size == 1 && c >= '0' && c <= '9'))
		return false;
	/* A parameter, $1, or a lone dollar. */
	s->state = SCAN_BODY;
	s->in_word = false;
	s->last = 0;
	return take_body(s, c);
}

/* Whether the $tag$ is ended by the dollar that comes now. */
static bool
ends_dollar(const struct scan *s)
{
	size_t before = s->tag_size - 1;

	return s->text.size - s->body >= before &&
	    memcmp(s->text.data + s->text.size - before,
		s->text.data + s->body - s->tag_size, before) == 0;
}

static void
take_escapes(struct scan *s, unsigned char c)
{
	if (s->escaped) {
		s->escaped = false;
	} else if (c == '\\') {
		s->escaped = true;
	} else if (c == '\'') {
		s->state = SCAN_BODY;
		s->since = SCAN_SINCE_STRING;
	}
}

static void
take_block(struct scan *s, unsigned char c)
{
	unsigned char last = s->last;

	s->last = 0;
	if (c == '*' && last == '/')
		s->comments++;
	else if (c == '/' && last == '*')
		s->comments--;
	else
		s->last = c;
	if (s->comments == 0) {
		s->state = s->state == SCAN_TOP_BLOCK ? SCAN_START : SCAN_BODY;
		s->last = 0;
	}
}

/* Between statements: what begins. */
static bool
take_start(struct scan *s, unsigned char c)
{
	if (is_blank(c) || c == '\n' || c == ';')
		return false;
	s->first_line = s->line;
	s->state = c == '\\' ? SCAN_META : SCAN_BODY;
	return s->state == SCAN_BODY && take_body(s, c);
}

/*
 * Takes a byte that may have a meaning; returns whether what is being read ends
 * before it.
 */
static bool
take(struct scan *s, unsigned char c)
{
	switch (s->state) {
	case SCAN_START:
		return take_start(s, c);
	case SCAN_BODY:
		return take_body(s, c);
	case SCAN_STRING:
		if (c == '\'') {
			s->state = SCAN_BODY;
			s->since = SCAN_SINCE_STRING;
		}
		return false;
	case SCAN_ESCAPES:
		take_escapes(s, c);
		return false;
	case SCAN_NAME:
		if (c == '"')
			s->state = SCAN_BODY;
		return false;
	case SCAN_TAG:
		return take_tag(s, c);
	case SCAN_DOLLAR:
		if (c == '$' && ends_dollar(s))
			s->state = SCAN_BODY;
		return false;
	case SCAN_LINE:
		if (c == '\n') {
			s->state = SCAN_BODY;
			return take_body(s, c);
		}
		return false;
	case SCAN_BLOCK:
	case SCAN_TOP_BLOCK:
		take_block(s, c);
		return false;
	default: /* SCAN_TOP_LINE, SCAN_META */
		return c == '\n';
	}
}

/* Whether the bytes of a state are kept. */
bool
scan_keeps(const struct scan *s)
{
	switch (s->state) {
	case SCAN_START:
	case SCAN_TOP_BLOCK:
		return false;
	case SCAN_TOP_LINE:
	case SCAN_META:
		return s->text.size < COMMENT_MAX;
	default:
		return true;
	}
}

/* Takes bytes that mean nothing here; returns how many. */
size_t
scan_run(struct scan *s, const char *p, size_t n)
{
	unsigned bit = 1U << s->state;
	size_t i = 0;

	if (s->trail > 0 || s->escaped)
		return 0;
	while (i < n && (s->stops[(unsigned char)p[i]] & bit) == 0)
		i++;
	if (i == 0)
		return 0;
	if (s->state == SCAN_BODY) {
		/* The first may begin a word. */
		take_body(s, (unsigned char)*p);
	} else {
		s->last = 0;
	}
	if (scan_keeps(s))
		buffer_add(&s->text, p, i);
	return i;
}

/* A byte that belongs to a character that has begun means nothing by itself. */
static bool
is_trail(struct scan *s, unsigned char c)
{
	if (s->trail == 0) {
		s->trail = encoding_trail(s->encoding, c);
		s->second = s->trail > 0;
		return false;
	}
	s->trail--;
	if (s->second)
		s->trail += encoding_more(s->encoding, c);
	s->second = false;
	return true;
}

bool
scan_take(struct scan *s, unsigned char c)
{
	bool ends = !is_trail(s, c) && take(s, c);

	s->line += c == '\n';
	return ends;
}
