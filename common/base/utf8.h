/*
 * utf8: characters of UTF-8 (RFC 3629). Pure.
 */
#ifndef UTF8_H
#define UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Decodes the character that begins at p, in a string that ends with a NUL;
 * returns its size, or 0 if none begins there.
 */
size_t utf8_decode(const char *p, uint32_t *c);

/* Whether the text is UTF-8, of any characters. */
bool utf8_valid(const char *text);

#endif
