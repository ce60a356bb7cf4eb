/*
 * inventory: keys in the order read, the backups they stand for, and the
 * verdict on each; compact, for buckets of millions of keys.
 */
#ifndef INVENTORY_H
#define INVENTORY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct inventory;
struct policy;

/* Returns NULL where there is no memory. The caller frees it. */
struct inventory *inventory_new(void);
void inventory_free(struct inventory *);

/*
 * Takes a copy of a key, which holds no NUL. Returns 1, or 0 where the key has
 * no time (keytime.h) and is not taken, or -1 where memory ends. Besides the
 * key and a NUL it costs 24 bytes, and about 60 for each new group.
 */
int inventory_add(
    struct inventory *, const char *key, size_t length, struct error *);

/*
 * Judges all keys, after the last was added. The keys of a group have what is
 * before the date and the database's name in common; those of one second are
 * one backup. Returns 0, or -1 where memory ends.
 */
int inventory_judge(struct inventory *, const struct policy *, struct error *);

/* A key that was judged; the strings live as long as the inventory. */
struct inventory_key {
	const char *key;
	size_t length;
	size_t index; /* of its backup in the group, 0 for the newest */
	unsigned reasons; /* as policy_apply gives them; 0: delete it */
};

/*
 * Gives the keys that were judged in the order they were added, from the first
 * on or from the last rewinding; false after the last.
 */
bool inventory_next_key(struct inventory *, struct inventory_key *);
void inventory_rewind(struct inventory *);

struct inventory_counts {
	size_t backups, backups_kept, keys, keys_kept;
};

/* A group: what is before the date, with its slash, and the name. */
struct inventory_group {
	const char *prefix, *name;
	size_t prefix_length, name_length;
	struct inventory_counts counts;
};

/* Gives the groups likewise, in the order of their first keys. */
bool inventory_next_group(struct inventory *, struct inventory_group *);

#endif
