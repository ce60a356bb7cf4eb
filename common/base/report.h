/*
 * report: lines on stderr that begin with the program's name.
 */
#ifndef REPORT_H
#define REPORT_H

#include <stddef.h>

/* Sets the name that lines begin with; the string is kept, not copied. */
void report_program(const char *);

/*
 * Writes "name: text\n" to stderr by one write(2), so that lines of several
 * processes do not mix. The text is made visible: what a store names must not
 * steer a terminal.
 */
void report(const char *, ...) __attribute__((format(printf, 1, 2)));

/*
 * Makes such a line in the buffer, for whoever has to write it later. Returns
 * its length, the newline included.
 */
size_t report_line(char *line, size_t size, const char *, ...)
    __attribute__((format(printf, 3, 4)));

#endif
