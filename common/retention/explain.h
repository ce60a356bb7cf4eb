/*
 * explain: the verdicts of an inventory, for people and for scripts.
 */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include <stdbool.h>

struct buffer;
struct inventory;
struct inventory_key;

/*
 * Says on stderr why each key is kept or not, and counts. Where stderr is gone
 * nobody is left to read it: its errors are ignored.
 */
void explain(struct inventory *);

/*
 * Adds a record of five fields, separated by tabs: "keep" or "delete"; the time
 * (RFC 3339, UTC); the name as it stands in the key, control characters as
 * %XX; the rules that keep it, or "-"; the key, for a terminal made visible.
 * Only the key may hold a tab.
 */
void
explain_record(struct buffer *, const struct inventory_key *, bool terminal);

#endif
