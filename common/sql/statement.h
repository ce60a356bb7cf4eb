/*
 * statement: a stream of SQL, as pg_dump writes it, cut into its statements.
 *
 * The reader takes bytes as they come and keeps the statement that is being
 * read, and nothing else. It knows what a semicolon can stand in: strings
 * (with backslashes or not, as standard_conforming_strings says), names in
 * quotes, dollar quotes, comments, parentheses (rules have several commands in
 * them) and the BEGIN ATOMIC of a function's body. It follows SET
 * standard_conforming_strings and SET client_encoding.
 *
 * It does not know COPY data: after a COPY the caller takes the data itself
 * and goes on behind it.
 */
#ifndef STATEMENT_H
#define STATEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct statement_reader;

enum statement_event {
	STATEMENT_MORE, /* all bytes are taken: more are needed */
	STATEMENT_ONE, /* a statement, without its semicolon */
	STATEMENT_COMMENT, /* a line of "--" between statements, whole */
	STATEMENT_META, /* a line that begins with a backslash, likewise */
	STATEMENT_NUL, /* a NUL, which no statement can hold */
	STATEMENT_MEMORY, /* no memory for a statement of this size */
};

/* Returns NULL when there is no memory. The caller frees it. */
struct statement_reader *statement_new(void);
void statement_free(struct statement_reader *);

/*
 * Takes bytes up to the end of the next thing that is found, and says in *used
 * how many. The text of what was found stays until the next call.
 */
enum statement_event
statement_feed(struct statement_reader *, const char *, size_t, size_t *used);

/*
 * Ends the stream: a comment or a meta-command without a newline is given
 * still. STATEMENT_MORE is the end, unless statement_is_open() is true.
 */
enum statement_event statement_finish(struct statement_reader *);

/* Whether a statement, or a block comment, has begun and not ended. */
bool statement_is_open(const struct statement_reader *);

/* What was found, with a NUL behind it, and the line that it begins at. */
const char *statement_text(const struct statement_reader *, size_t *size);
uint64_t statement_line(const struct statement_reader *);

/* Counts lines that the caller took itself. */
void statement_skip_lines(struct statement_reader *, uint64_t);

/* The line that the next byte stands in, from 1. */
uint64_t statement_next_line(const struct statement_reader *);

/* What holds before the first SET: "on" or not, and an encoding's name. */
void statement_settings(
    struct statement_reader *, bool standard_strings, const char *encoding);
bool statement_strings_are_standard(const struct statement_reader *);

#endif
