/*
 * report: lines on stderr that begin with the program's name.
 */
#ifndef REPORT_H
#define REPORT_H

/* Sets the name that lines begin with; the string is kept, not copied. */
void report_program(const char *);

/*
 * Writes "name: text\n" to stderr by one write(2), so that lines of several
 * processes do not mix. Control characters in the text (a key may hold any)
 * are shown as \xNN: what a store names must not steer a terminal.
 */
void report(const char *, ...) __attribute__((format(printf, 1, 2)));

#endif
