/*
 * reply: what an answer of S3 says is wrong. Pure.
 */
#ifndef REPLY_H
#define REPLY_H

#include <stdbool.h>
#include <stddef.h>

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

#endif
