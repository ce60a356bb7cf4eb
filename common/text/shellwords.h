/*
 * shellwords: a line taken apart as a shell takes it, by blanks and quotes.
 * Pure; nothing is expanded.
 */
#ifndef SHELLWORDS_H
#define SHELLWORDS_H

#include "base/buffer.h"

/*
 * Appends each word and a NUL. Within '...' all is meant as it stands, within
 * "..." a backslash stands for the quote or the backslash behind it, outside
 * of both for any byte (POSIX, Shell Command Language, 2.2). Returns the
 * number of words, or -1 where a quote is open at the end.
 */
int shellwords_split(const char *line, struct buffer *words);

#endif
