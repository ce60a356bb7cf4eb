/*
 * header: the headers that a user adds to an object, checked before anything
 * is sent.
 */
#ifndef HEADER_H
#define HEADER_H

#include <stdbool.h>
#include <stddef.h>

#include "aws/sigv4.h"
#include "base/error.h"

enum { HEADER_MAX = 32, HEADER_EVERYWHERE = 2 };

/* Headers by name, each once; the strings are the list's own. */
struct header_list {
	struct pair pairs[HEADER_MAX];
	size_t n;
};

/*
 * Fails with ERROR_USAGE for a name that is no token (RFC 9110, 5.6.2), a value
 * with control characters, and a header that is not the user's to set: what is
 * signed or computed for each request, and the customer's key of SSE-C, a
 * secret.
 */
int header_check(const char *name, const char *value, struct error *);

/* Adds a header that passes the check, in place of one of the same name. */
int header_add(
    struct header_list *, const char *name, const char *value, struct error *);

/* Adds "Name: value". */
int header_add_line(struct header_list *, const char *line, struct error *);

/* Adds "name=value" as the object's metadata, x-amz-meta-name. */
int header_add_metadata(struct header_list *, const char *pair, struct error *);

/*
 * Those of the list that belong to every request, not only to the one that
 * makes the object: who pays, and whose the bucket must be ("Common request
 * headers", Amazon S3 API Reference). Returns how many; the strings stay the
 * list's.
 */
size_t
header_everywhere(const struct header_list *, struct pair[HEADER_EVERYWHERE]);

/*
 * Whether the header says a checksum of the body, or its kind: for an object in
 * parts these are of another body.
 */
bool header_is_checksum(const char *name);

void header_free(struct header_list *);

#endif
