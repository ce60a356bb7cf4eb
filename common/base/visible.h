/*
 * visible: text of others as a terminal may be shown it.
 *
 * A key, or what a server says, may hold the control characters that steer a
 * terminal (ECMA-48): those of ASCII, and of U+0080 to U+009F, of which CSI is
 * one. They become \xNN, and so do bytes that are no UTF-8; a tab stays.
 */
#ifndef VISIBLE_H
#define VISIBLE_H

#include <stdbool.h>
#include <stddef.h>

struct buffer;

enum { VISIBLE_MAX = 4 };

/*
 * Takes a character, or a byte of one, off the beginning of a text that is not
 * empty: *size is what it took. Writes to out what to show of it and returns
 * the length of that.
 */
size_t visible_take(const char *text, size_t *size, char out[VISIBLE_MAX]);

/* Adds a text: as it is, or where it is for a terminal made visible. */
void visible_add(struct buffer *, const char *text, bool terminal);

#endif
