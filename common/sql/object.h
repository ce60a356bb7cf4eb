/*
 * object: what the header of an object, and the first statement behind it, say
 * of it: its kind and its own name.
 */
#ifndef OBJECT_H
#define OBJECT_H

#include <stdbool.h>
#include <stddef.h>

#include "sql/header.h"
#include "sql/plan.h"

/* Whether it is about another object, whose kind its name begins with. */
bool object_is_about(const struct header *);

/*
 * Its own name. In its header stands the table's before it ("foo foo_pkey"), or
 * its arguments behind it ("f(integer)"), which are left out.
 */
void object_name(
    const struct header *, const struct plan *, char *name, size_t size);

/*
 * Whether it is what a text asks for, in capitals or not: a kind ("event
 * trigger"), with the entries that are a part of one, such as the data of a
 * table, and those about one; or a kind and a pattern of names ("extension
 * pg_cron", "table data cron.*").
 */
bool object_is(const struct header *, const struct plan *, const char *wanted);

#endif
