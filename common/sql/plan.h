/*
 * plan: what a statement of a dump is, and how it may be run.
 */
#ifndef PLAN_H
#define PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "sql/identifier.h"

enum plan_kind {
	PLAN_OTHER, /* in order, on the first session */
	PLAN_SETTING, /* on all sessions */
	PLAN_NO_PATH, /* the same; it empties the search_path */
	PLAN_STORAGE, /* the same, for tables and indexes that are made later */
	PLAN_TIMEOUT, /* a time limit of 0, which every session has anyway */
	PLAN_AUTHORIZATION, /* a setting that gives what follows to a role */
	PLAN_OWNER, /* ALTER ... OWNER TO */
	PLAN_GRANT, /* GRANT, REVOKE, ALTER DEFAULT PRIVILEGES */
	PLAN_COPY, /* its data are lines, which may be dealt out */
	PLAN_COPY_WHOLE, /* its data may be anything: for one session */
	PLAN_INSERT,
	PLAN_INDEX, /* CREATE INDEX: beside others, on one table too */
	PLAN_CONSTRAINT, /* a key: beside others, but alone on its table */
	PLAN_SETVAL, /* of a sequence */
	PLAN_LARGE_OBJECT, /* makes one */
	PLAN_TRANSACTION, /* begins or ends one */
	PLAN_DATABASE, /* makes, drops or renames a database */
};

struct plan {
	enum plan_kind kind;
	bool is_stored; /* it makes what a PLAN_STORAGE is about */
	/*
	 * The table that COPY, INSERT, INDEX and CONSTRAINT are about, or the
	 * arguments of SETVAL, as they are written, within the statement.
	 */
	const char *table;
	size_t table_size;
	/*
	 * What the statement is about: the table of an ALTER TABLE, of an
	 * index, a trigger, a comment on a column, a GRANT; or else the object
	 * itself.
	 */
	struct identifier subject;
	/*
	 * What else it needs: the table of a foreign key's other end, a
	 * partition, the table that a sequence belongs to.
	 */
	struct identifier other;
};

/* Says what a statement is; the text stays the caller's. */
void plan_make(struct plan *, const char *text, size_t size);

#endif
