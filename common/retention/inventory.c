#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "retention/inventory.h"
#include "retention/keytime.h"
#include "retention/policy.h"

struct group {
	size_t key; /* where its first key begins in the arena */
	uint32_t prefix_length, name, name_length;
	uint32_t backups, backups_kept, keys, keys_kept;
};

struct entry {
	int64_t time;
	uint32_t group, number; /* the number: its place in the order read */
};

struct verdict {
	uint32_t index;
	uint32_t reasons;
};

/* Arrays that double; the keys stand one after another, each with its NUL. */
struct inventory {
	char *arena;
	size_t used, arena_size;
	struct entry *entries; /* gone once they are judged */
	size_t nentries, entries_size;
	struct group *groups;
	size_t ngroups, groups_size;
	uint32_t *table; /* open addressing: a group's index + 1, or 0 */
	size_t table_size; /* a power of two */
	struct verdict *verdicts; /* by number */
	size_t next_key, next_number, next_group;
};

static int
no_memory(struct error *e)
{
	return error_set(e, ERROR_FAILED, "no memory for so many keys");
}

/*
 * Makes room for `need` more items in an array of *size, of which some are in
 * use. Returns the array, wherever it is now, or NULL.
 */
static void *
grow(void *array, size_t item, size_t used, size_t need, size_t *size,
    struct error *e)
{
	size_t want = *size > 0 ? *size : 1024;
	void *p;

	while (want - used < need) {
		if (want > SIZE_MAX / 2 / item) {
			no_memory(e);
			return NULL;
		}
		want *= 2;
	}
	if (want == *size)
		return array;
	p = realloc(array, want * item);
	if (p == NULL)
		no_memory(e);
	else
		*size = want;
	return p;
}

struct inventory *
inventory_new(void)
{
	return calloc(1, sizeof(struct inventory));
}

void
inventory_free(struct inventory *v)
{
	if (v == NULL)
		return;
	free(v->verdicts);
	free(v->table);
	free(v->groups);
	free(v->entries);
	free(v->arena);
	free(v);
}

/* FNV-1a, and a last mix: the table takes the low bits. */
static uint64_t
hash_bytes(uint64_t h, const char *p, size_t n)
{
	for (; n > 0; n--)
		h = (h ^ (unsigned char)*p++) * 0x100000001b3;
	return h;
}

static size_t
hash_group(const char *key, size_t prefix, const char *name, size_t length)
{
	uint64_t h = hash_bytes(0xcbf29ce484222325, key, prefix);

	h = hash_bytes(h, name, length);
	return (size_t)(h ^ h >> 32);
}

/* Where the table holds the group, or would hold it. */
static uint32_t *
find_slot(const struct inventory *v, const char *key, size_t prefix,
    const char *name, size_t length)
{
	size_t mask = v->table_size - 1;
	size_t i = hash_group(key, prefix, name, length) & mask;
	const struct group *g;

	for (; v->table[i] != 0; i = (i + 1) & mask) {
		g = &v->groups[v->table[i] - 1];
		if (g->prefix_length == prefix && g->name_length == length &&
		    memcmp(v->arena + g->key, key, prefix) == 0 &&
		    memcmp(v->arena + g->key + g->name, name, length) == 0)
			break;
	}
	return &v->table[i];
}

/* Doubles the table when it is half full; 0 or -1. */
static int
grow_table(struct inventory *v, struct error *e)
{
	const struct group *g;
	const char *key;
	size_t i;

	if (v->ngroups < v->table_size / 2)
		return 0;
	free(v->table);
	v->table_size = v->table_size > 0 ? 2 * v->table_size : 256;
	v->table = calloc(v->table_size, sizeof *v->table);
	if (v->table == NULL)
		return no_memory(e);
	for (i = 0; i < v->ngroups; i++) {
		g = &v->groups[i];
		key = v->arena + g->key;
		*find_slot(v, key, g->prefix_length, key + g->name,
		    g->name_length) = (uint32_t)i + 1;
	}
	return 0;
}

/* Finds the key's group, or makes it; the key is in the arena. 0 or -1. */
static int
find_group(struct inventory *v, size_t at, const struct keytime *k,
    uint32_t *group, struct error *e)
{
	const char *key = v->arena + at;
	uint32_t *slot;
	void *p;

	if (grow_table(v, e) != 0)
		return -1;
	slot = find_slot(v, key, k->prefix, key + k->name, k->name_length);
	if (*slot == 0) {
		p = grow(v->groups, sizeof *v->groups, v->ngroups, 1,
		    &v->groups_size, e);
		if (p == NULL)
			return -1;
		v->groups = p;
		v->groups[v->ngroups] = (struct group){.key = at,
		    .prefix_length = (uint32_t)k->prefix,
		    .name = (uint32_t)k->name,
		    .name_length = (uint32_t)k->name_length};
		*slot = (uint32_t)++v->ngroups;
	}
	*group = *slot - 1;
	v->groups[*group].keys++;
	return 0;
}

/* Copies the key to the end of the arena, where it is not yet in use. */
static int
copy_key(struct inventory *v, const char *key, size_t length, struct error *e)
{
	char *p = grow(v->arena, 1, v->used, length + 1, &v->arena_size, e);

	if (p == NULL)
		return -1;
	v->arena = p;
	memcpy(p + v->used, key, length);
	p[v->used + length] = '\0';
	return 0;
}

int
inventory_add(
    struct inventory *v, const char *key, size_t length, struct error *e)
{
	struct entry *entry;
	struct keytime k;

	if (keytime_parse(key, length, &k) != 0)
		return 0;
	if (v->nentries == UINT32_MAX || length >= UINT32_MAX)
		return no_memory(e);
	entry = grow(v->entries, sizeof *v->entries, v->nentries, 1,
	    &v->entries_size, e);
	if (entry == NULL)
		return -1;
	v->entries = entry;
	entry += v->nentries;
	if (copy_key(v, key, length, e) != 0 ||
	    find_group(v, v->used, &k, &entry->group, e) != 0)
		return -1;
	entry->time = k.time;
	entry->number = (uint32_t)v->nentries++;
	v->used += length + 1;
	return 1;
}

/* By group, in each the newest first. */
static int
by_group_and_time(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return (x->time < y->time) - (x->time > y->time);
}

/* Judges the entries of one group, which are sorted. */
static void
judge_group(struct inventory *v, const struct policy *policy,
    const struct entry *entries, int64_t *times, unsigned *reasons)
{
	struct group *g = &v->groups[entries->group];
	uint32_t i, index;

	for (i = 0; i < g->keys; i++) {
		if (i == 0 || entries[i].time != entries[i - 1].time)
			times[g->backups++] = entries[i].time;
	}
	policy_apply(policy, times, g->backups, reasons);
	for (i = 0; i < g->backups; i++)
		g->backups_kept += reasons[i] != 0;
	for (i = 0, index = 0; i < g->keys; i++) {
		if (entries[i].time != times[index])
			index++;
		v->verdicts[entries[i].number] =
		    (struct verdict){index, reasons[index]};
		g->keys_kept += reasons[index] != 0;
	}
}

int
inventory_judge(
    struct inventory *v, const struct policy *policy, struct error *e)
{
	size_t i, most = 1;
	unsigned *reasons;
	int64_t *times;
	bool enough;

	if (v->nentries > 0)
		qsort(v->entries, v->nentries, sizeof *v->entries,
		    by_group_and_time);
	for (i = 0; i < v->ngroups; i++)
		most = v->groups[i].keys > most ? v->groups[i].keys : most;
	times = calloc(most, sizeof *times);
	reasons = calloc(most, sizeof *reasons);
	v->verdicts = calloc(v->nentries + 1, sizeof *v->verdicts);
	enough = times != NULL && reasons != NULL && v->verdicts != NULL;
	for (i = 0; enough && i < v->nentries;
	     i += v->groups[v->entries[i].group].keys)
		judge_group(v, policy, v->entries + i, times, reasons);
	free(reasons);
	free(times);
	free(v->entries);
	v->entries = NULL;
	return enough ? 0 : no_memory(e);
}

bool
inventory_next_key(struct inventory *v, struct inventory_key *k)
{
	const struct verdict *verdict = &v->verdicts[v->next_number];

	if (v->next_number == v->nentries)
		return false;
	k->key = v->arena + v->next_key;
	k->length = strlen(k->key);
	k->index = verdict->index;
	k->reasons = verdict->reasons;
	v->next_key += k->length + 1;
	v->next_number++;
	return true;
}

void
inventory_rewind(struct inventory *v)
{
	v->next_key = v->next_number = v->next_group = 0;
}

bool
inventory_next_group(struct inventory *v, struct inventory_group *group)
{
	const struct group *g;

	if (v->next_group == v->ngroups)
		return false;
	g = &v->groups[v->next_group++];
	group->prefix = v->arena + g->key;
	group->prefix_length = g->prefix_length;
	group->name = group->prefix + g->name;
	group->name_length = g->name_length;
	group->counts = (struct inventory_counts){
	    g->backups, g->backups_kept, g->keys, g->keys_kept};
	return true;
}
