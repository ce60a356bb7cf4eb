/*
 * error: what failed, in words for a person, carried to where it is reported.
 *
 * A module that finds an error describes it here and returns -1; it never
 * prints. The program prints it once, at the end of its one way out.
 */
#ifndef ERROR_H
#define ERROR_H

/* Kinds of failure; up to ERROR_UNLISTED they are the programs' exit statuses. */
enum error_status {
	ERROR_NONE = 0,
	ERROR_FAILED = 1,
	ERROR_USAGE = 2,
	ERROR_ABSENT = 3, /* no such key or bucket */
	ERROR_EXISTS = 4, /* the key is taken, and was not to be replaced */
	ERROR_UNLISTED = 5, /* stored, but the store does not list it */
	/* These tell the caller more; the exit status is 1. */
	ERROR_CLOSED = 6, /* stdout's reader has gone: no news */
	ERROR_FORBIDDEN = 7, /* the store says that we may not */
};

struct error {
	enum error_status status;
	char text[2048];
};

/*
 * Describes an error; an over-long text is cut. Always returns -1, so that a
 * function can end with `return error_set(...)`.
 */
int error_set(struct error *, enum error_status, const char *, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with ERROR_FAILED, followed by ": " and the words for errno. */
int error_errno(struct error *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/* Puts the formatted words and ": " before the text that is there already. */
int error_prefix(struct error *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/* Puts the formatted words after the text; returns -1. */
int error_append(struct error *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

#endif
