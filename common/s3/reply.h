/*
 * reply: S3's XML answers, parsed by expat.
 *
 * Only the structure that S3 documents is looked at; namespaces are ignored,
 * a document type (and so any entity) is refused, and what is not well-formed
 * is an error, never half an answer.
 */
#ifndef REPLY_H
#define REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/*
 * Calls leaf for each element without children, with its parent's name, its
 * own and its text; and end (may be NULL) where an element with children
 * ends. Either may return -1, which ends the parse. Returns 0, or -1 with the
 * error.
 */
struct reply_visitor {
	int (*leaf)(void *ctx, const char *parent, const char *name,
	    const char *text, struct error *);
	int (*end)(void *ctx, const char *name, struct error *);
	void *ctx;
};

int reply_parse(
    const char *xml, size_t size, const struct reply_visitor *, struct error *);

/* An <Error> answer; what it did not say is empty. */
struct reply_error {
	char code[64];
	char message[512];
	char request_id[128];
	char region[64];
	char endpoint[256];
};

/* Fills in what an answer's body says, if its root is an <Error>: true then. */
bool reply_error(const char *xml, size_t size, struct reply_error *);

/*
 * The text of the element of that name right below the root, as a new string;
 * NULL and an error where there is none. An <Error> as the root is none.
 */
char *reply_field(const char *xml, size_t size, const char *root,
    const char *name, struct error *);

#endif
