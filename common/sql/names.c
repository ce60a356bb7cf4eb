#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sql/names.h"

/* FNV-1a. */
static size_t
hash(const char *text, size_t h)
{
	for (; *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * 16777619U;
	return h;
}

static bool
is_same(const char *slot, const char *schema, const char *name)
{
	return strcmp(slot, schema) == 0 &&
	    strcmp(slot + strlen(slot) + 1, name) == 0;
}

/* The slot that the name is in, or would be; there is an empty one. */
static size_t
find(const struct names *s, const char *schema, const char *name)
{
	size_t i = hash(name, hash(schema, 2166136261U) * 31) & (s->room - 1);

	while (s->slots[i] != NULL && !is_same(s->slots[i], schema, name))
		i = (i + 1) & (s->room - 1);
	return i;
}

static int
grow(struct names *s)
{
	struct names larger = {.room = s->room > 0 ? 2 * s->room : 64};
	const char *slot;
	size_t i;

	larger.slots = calloc(larger.room, sizeof *larger.slots);
	if (larger.slots == NULL)
		return -1;
	for (i = 0; i < s->room; i++) {
		slot = s->slots[i];
		if (slot != NULL)
			larger.slots[find(&larger, slot,
			    slot + strlen(slot) + 1)] = s->slots[i];
	}
	larger.count = s->count;
	free(s->slots);
	*s = larger;
	return 0;
}

int
names_add(struct names *s, const char *schema, const char *name)
{
	size_t first = strlen(schema) + 1, second = strlen(name) + 1, i;
	char *slot;

	if (2 * (s->count + 1) > s->room && grow(s) != 0)
		return -1;
	i = find(s, schema, name);
	if (s->slots[i] != NULL)
		return 0;
	slot = malloc(first + second);
	if (slot == NULL)
		return -1;
	memcpy(slot, schema, first);
	memcpy(slot + first, name, second);
	s->slots[i] = slot;
	s->count++;
	return 0;
}

bool
names_has(const struct names *s, const char *schema, const char *name)
{
	return s->count > 0 && s->slots[find(s, schema, name)] != NULL;
}

void
names_free(struct names *s)
{
	size_t i;

	for (i = 0; i < s->room; i++)
		free(s->slots[i]);
	free(s->slots);
	*s = (struct names){0};
}
