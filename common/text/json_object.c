#include <stdbool.h>
#include <string.h>

#include "base/buffer.h"
#include "text/json_object.h"

enum { DEPTH = 16 };

struct parse {
	const char *p, *end;
	struct buffer name, value; /* of the member that is being read */
	int (*member)(void *, const char *, const char *, struct error *);
	void *ctx;
	struct error *error;
};

static bool value(struct parse *, unsigned depth, struct buffer *, bool *);

static void
blanks(struct parse *j)
{
	while (j->p < j->end &&
	    (*j->p == ' ' || *j->p == '\t' || *j->p == '\n' || *j->p == '\r'))
		j->p++;
}

/* Takes the character c, if it comes next. */
static bool
take(struct parse *j, char c)
{
	blanks(j);
	if (j->p == j->end || *j->p != c)
		return false;
	j->p++;
	return true;
}

static bool
hex4(struct parse *j, unsigned *unit)
{
	int i;

	*unit = 0;
	if (j->end - j->p < 4)
		return false;
	for (i = 0; i < 4; i++) {
		char c = *j->p++;

		*unit <<= 4;
		if (c >= '0' && c <= '9')
			*unit |= (unsigned)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			*unit |= (unsigned)((c | 0x20) - 'a' + 10);
		else
			return false;
	}
	return true;
}

static void
add_utf8(struct buffer *b, unsigned c)
{
	char bytes[4];
	size_t n = 0;

	if (c < 0x80) {
		bytes[n++] = (char)c;
	} else if (c < 0x800) {
		bytes[n++] = (char)(0xc0 | c >> 6);
	} else if (c < 0x10000) {
		bytes[n++] = (char)(0xe0 | c >> 12);
		bytes[n++] = (char)(0x80 | (c >> 6 & 0x3f));
	} else {
		bytes[n++] = (char)(0xf0 | c >> 18);
		bytes[n++] = (char)(0x80 | (c >> 12 & 0x3f));
		bytes[n++] = (char)(0x80 | (c >> 6 & 0x3f));
	}
	if (c >= 0x80)
		bytes[n++] = (char)(0x80 | (c & 0x3f));
	buffer_add(b, bytes, n);
}

/* The character behind "\u", of one or two units (RFC 8259, 7). */
static bool
unicode(struct parse *j, struct buffer *to)
{
	unsigned high, low;

	if (!hex4(j, &high) || high == 0 || (high >= 0xdc00 && high <= 0xdfff))
		return false;
	if (high >= 0xd800 && high <= 0xdbff) {
		if (j->end - j->p < 2 || j->p[0] != '\\' || j->p[1] != 'u')
			return false;
		j->p += 2;
		if (!hex4(j, &low) || low < 0xdc00 || low > 0xdfff)
			return false;
		high = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
	}
	add_utf8(to, high);
	return true;
}

static bool
escape(struct parse *j, struct buffer *to)
{
	static const char letters[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
	const char *at;

	if (j->p == j->end || *j->p == '\0')
		return false;
	if (*j->p == 'u') {
		j->p++;
		return unicode(j, to);
	}
	at = strchr(letters, *j->p++);
	if (at == NULL)
		return false;
	buffer_add(to, &means[at - letters], 1);
	return true;
}

/* A string, from behind its first quote. */
static bool
string(struct parse *j, struct buffer *to)
{
	buffer_clear(to);
	buffer_puts(to, "");
	while (j->p < j->end && *j->p != '"') {
		if ((unsigned char)*j->p < 0x20)
			return false;
		if (*j->p == '\\') {
			j->p++;
			if (!escape(j, to))
				return false;
		} else {
			buffer_add(to, j->p++, 1);
		}
	}
	return take(j, '"') && !to->failed;
}

static size_t
digits(struct parse *j)
{
	const char *start = j->p;

	while (j->p < j->end && *j->p >= '0' && *j->p <= '9')
		j->p++;
	return (size_t)(j->p - start);
}

static bool
one_of(struct parse *j, const char *set)
{
	if (j->p == j->end || *j->p == '\0' || strchr(set, *j->p) == NULL)
		return false;
	j->p++;
	return true;
}

static bool
number(struct parse *j)
{
	one_of(j, "-");
	if (!one_of(j, "0") && digits(j) == 0)
		return false;
	if (one_of(j, ".") && digits(j) == 0)
		return false;
	if (one_of(j, "eE")) {
		one_of(j, "+-");
		return digits(j) > 0;
	}
	return true;
}

static bool
word(struct parse *j, const char *text)
{
	size_t n = strlen(text);

	if ((size_t)(j->end - j->p) < n || memcmp(j->p, text, n) != 0)
		return false;
	j->p += n;
	return true;
}

/* A number or a word; *plain: it is not null. */
static bool
bare(struct parse *j, struct buffer *to, bool *plain)
{
	const char *start = j->p;

	*plain = true;
	if (word(j, "null"))
		*plain = false;
	else if (!word(j, "true") && !word(j, "false") && !number(j))
		return false;
	buffer_clear(to);
	buffer_add(to, start, (size_t)(j->p - start));
	return !to->failed;
}

static bool
array(struct parse *j, unsigned depth, struct buffer *to)
{
	bool plain;

	if (take(j, ']'))
		return true;
	do {
		if (!value(j, depth, to, &plain))
			return false;
	} while (take(j, ','));
	return take(j, ']');
}

/* An object, from behind its brace; the outermost gives its members. */
static bool
object(struct parse *j, unsigned depth, struct buffer *to)
{
	bool plain;

	if (take(j, '}'))
		return true;
	do {
		if (!take(j, '"') || !string(j, depth == 1 ? &j->name : to) ||
		    !take(j, ':') || !value(j, depth, to, &plain))
			return false;
		if (depth != 1 || !plain)
			continue;
		if (j->member(j->ctx, j->name.data, to->data, j->error) != 0)
			return false;
	} while (take(j, ','));
	return take(j, '}');
}

/* Any value into the buffer; *plain: it is one that member() is told of. */
static bool
value(struct parse *j, unsigned depth, struct buffer *to, bool *plain)
{
	*plain = false;
	if (depth > DEPTH)
		return false;
	if (take(j, '{'))
		return object(j, depth + 1, to);
	if (take(j, '['))
		return array(j, depth + 1, to);
	if (take(j, '"')) {
		*plain = true;
		return string(j, to);
	}
	return bare(j, to, plain);
}

int
json_object(const char *text, size_t size,
    int (*member)(void *, const char *, const char *, struct error *),
    void *ctx, struct error *e)
{
	struct parse j = {.p = text,
	    .end = text + size,
	    .member = member,
	    .ctx = ctx,
	    .error = e};
	bool ok;

	e->status = ERROR_NONE;
	ok = take(&j, '{') && object(&j, 1, &j.value);
	blanks(&j);
	ok = ok && j.p == j.end;
	buffer_free(&j.name);
	buffer_free(&j.value);
	if (ok)
		return 0;
	if (e->status == ERROR_NONE)
		error_set(e, ERROR_FAILED, "the JSON is broken");
	return -1;
}
