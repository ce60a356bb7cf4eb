#include <stdlib.h>
#include <string.h>

#include "sql/builds.h"

enum { WAITING_MAX = 1000 };

struct build {
	struct build *next;
	struct task task;
	char *sql, *table;
	bool alone;
};

void
builds_init(struct builds *b, struct crew *crew)
{
	*b = (struct builds){.crew = crew};
	b->last = &b->first;
}

static void
build_free(struct build *each)
{
	if (each == NULL)
		return;
	free(each->sql);
	free(each->table);
	free(each);
}

void
builds_free(struct builds *b)
{
	struct build *each;
	unsigned i;

	while ((each = b->first) != NULL) {
		b->first = each->next;
		build_free(each);
	}
	for (i = 0; i < OPTIONS_JOBS_MAX; i++)
		build_free(b->running[i]);
}

static struct build *
build_new(const char *sql, const char *table, size_t table_size, bool alone,
    const struct task *task)
{
	struct build *new = calloc(1, sizeof *new);

	if (new == NULL)
		return NULL;
	new->sql = strdup(sql);
	new->table = strndup(table, table_size);
	new->alone = alone;
	new->task = *task;
	if (new->sql == NULL || new->table == NULL) {
		build_free(new);
		return NULL;
	}
	return new;
}

/* Whether nothing that runs is in its way. */
static bool
can_run(const struct builds *b, const struct build *each)
{
	unsigned i;

	for (i = 0; i < b->crew->count; i++) {
		if (b->running[i] != NULL &&
		    (each->alone || b->running[i]->alone) &&
		    strcmp(b->running[i]->table, each->table) == 0)
			return false;
	}
	return true;
}

/* Takes the first that can run off the list, or NULL. */
static struct build *
take_next(struct builds *b)
{
	struct build **at, *found;

	for (at = &b->first; (found = *at) != NULL; at = &found->next) {
		if (!can_run(b, found))
			continue;
		*at = found->next;
		if (b->last == &found->next)
			b->last = at;
		b->waiting--;
		return found;
	}
	return NULL;
}

int
builds_go_on(struct builds *b, struct error *e)
{
	struct session *s;
	unsigned i;

	for (i = 0; i < b->crew->count; i++) {
		s = &b->crew->sessions[i];
		if (b->running[i] == NULL || s->state != SESSION_IDLE)
			continue;
		build_free(b->running[i]);
		b->running[i] = NULL;
	}
	for (i = 0; i < b->crew->count; i++) {
		s = &b->crew->sessions[i];
		if (b->running[i] != NULL || s->state != SESSION_IDLE)
			continue;
		b->running[i] = take_next(b);
		if (b->running[i] == NULL)
			break;
		if (session_send(s, b->running[i]->sql, &b->running[i]->task,
			false, e) != 0)
			return -1;
	}
	return 0;
}

static bool
is_done(const struct builds *b)
{
	unsigned i;

	for (i = 0; i < b->crew->count; i++) {
		if (b->running[i] != NULL)
			return false;
	}
	return b->first == NULL;
}

/* Waits for a session, and goes on. */
static int
wait_one(struct builds *b, struct error *e)
{
	if (crew_wait(b->crew, -1, NULL, e) != 0)
		return -1;
	return builds_go_on(b, e);
}

int
builds_add(struct builds *b, const char *sql, const char *table,
    size_t table_size, bool alone, const struct task *task, struct error *e)
{
	struct build *new = build_new(sql, table, table_size, alone, task);

	if (new == NULL)
		return error_set(e, ERROR_FAILED, "out of memory");
	*b->last = new;
	b->last = &new->next;
	b->waiting++;
	if (builds_go_on(b, e) != 0)
		return -1;
	while (b->waiting >= WAITING_MAX) {
		if (wait_one(b, e) != 0)
			return -1;
	}
	return 0;
}

int
builds_drain(struct builds *b, struct error *e)
{
	if (builds_go_on(b, e) != 0)
		return -1;
	while (!is_done(b)) {
		if (wait_one(b, e) != 0)
			return -1;
	}
	return 0;
}
