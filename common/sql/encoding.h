/*
 * encoding: how many bytes of a character follow its first one, where they
 * can look like ASCII.
 *
 * In the encodings that only clients may use (PostgreSQL's manual, "Character
 * Set Support") a character's later bytes can be those of a backslash, of a
 * letter or of a digit. None can be a quote, a dollar, a semicolon, a dash, a
 * slash, an asterisk or a newline.
 */
#ifndef ENCODING_H
#define ENCODING_H

#include <stddef.h>

enum encoding {
	ENCODING_SAFE, /* no byte of a character looks like ASCII */
	ENCODING_SJIS, /* also SHIFT_JIS_2004 */
	ENCODING_DOUBLE, /* BIG5, GBK, UHC: two bytes */
	ENCODING_JOHAB, /* two bytes, or three after 0x8f */
	ENCODING_GB18030, /* two bytes, or four where the second is a digit */
};

/* The encoding of a name as PostgreSQL takes it, in any spelling. */
enum encoding encoding_find(const char *name, size_t size);

/* The bytes that surely follow this first byte of a character. */
unsigned encoding_trail(enum encoding, unsigned char first);

/*
 * How many more follow the second byte of a character, beyond what
 * encoding_trail() said of its first.
 */
unsigned encoding_more(enum encoding, unsigned char second);

#endif
