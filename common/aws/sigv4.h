/*
 * sigv4: AWS Signature Version 4, for the Authorization header of S3.
 *
 * Pure: the time is given, nothing is read from anywhere, and the same input
 * gives the same signature. The rules are those of "Authenticating Requests:
 * Using the Authorization Header" in the Amazon S3 API Reference; S3's path is
 * encoded once and not normalised.
 */
#ifndef SIGV4_H
#define SIGV4_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct buffer;

/* A header or a query parameter; the value of a parameter may be empty. */
struct pair {
	const char *name, *value;
};

struct sigv4_request {
	const char *method;
	const char *path; /* as it is sent: encoded, from "/" */
	const char *query; /* as sigv4_query made it */
	const struct pair *headers; /* all of them are signed */
	size_t nheaders;
	const char *payload; /* the body's SHA-256 in hex */
};

struct sigv4_key {
	const char *access, *secret, *region, *service;
};

enum { SIGV4_DATE = 17 }; /* "20130524T000000Z" and its NUL */

/* Writes the time as x-amz-date has it. Returns 0, or -1 past year 9999. */
int sigv4_date(char out[SIGV4_DATE], time_t);

/*
 * Adds text to the buffer with all bytes but unreserved ones (RFC 3986) as
 * %XX, and '/' too unless it is kept, as it is in a path.
 */
void sigv4_encode(struct buffer *, const char *text, bool keep_slash);

/*
 * Adds the parameters as "name=value&...", encoded and sorted: the canonical
 * query, and what is to stand in the URL.
 */
void sigv4_query(struct buffer *, const struct pair *, size_t);

/*
 * Adds the canonical request, the string that its hash stands in, and the
 * value of the Authorization header. The date is sigv4_date's and should be
 * among the headers, as should "host". The failed flag of the buffer tells of
 * missing memory.
 */
void sigv4_canonical(struct buffer *, const struct sigv4_request *);
void sigv4_string_to_sign(struct buffer *, const struct sigv4_request *,
    const struct sigv4_key *, const char *date);
void sigv4_authorization(struct buffer *, const struct sigv4_request *,
    const struct sigv4_key *, const char *date);

#endif
