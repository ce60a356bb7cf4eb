/*
 * identifier: the name of an object in a statement, as the catalogs have it.
 */
#ifndef IDENTIFIER_H
#define IDENTIFIER_H

#include <stdbool.h>
#include <stddef.h>

#include "sql/token.h"

enum { IDENTIFIER_TEXT = 512 }; /* longer names are cut */

/* A name as it is, without quotes. */
struct identifier {
	char schema[IDENTIFIER_TEXT]; /* empty where it is not said */
	char name[IDENTIFIER_TEXT]; /* empty: there is none */
};

/* Takes the next token if it is a part of a name. */
bool identifier_take(struct tokens *, struct token *);

/*
 * Takes a name of any number of parts. Of the last parts `beside` are left
 * out: a column's name is table.column. Says where it stands, if asked.
 */
bool identifier_name(struct tokens *, struct identifier *, int beside,
    const char **text, size_t *size);

#endif
