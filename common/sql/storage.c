#include <stdlib.h>
#include <string.h>

#include "sql/storage.h"
#include "sql/token.h"

static bool
is_tablespace(const char *sql)
{
	struct tokens t = {sql, sql + strlen(sql)};

	return token_phrase(&t, "SET default_tablespace");
}

int
storage_hold(struct storage *s, const char *sql, const struct task *task,
    struct error *e)
{
	struct storage_setting *at = &s->settings[is_tablespace(sql) ? 1 : 0];

	free(at->sql);
	at->task = *task;
	at->sql = strdup(sql);
	return at->sql != NULL ? 0
			       : error_set(e, ERROR_FAILED, "out of memory");
}

bool
storage_is_held(const struct storage *s)
{
	return s->settings[0].sql != NULL || s->settings[1].sql != NULL;
}

bool
storage_next(struct storage *s, struct storage_setting *taken)
{
	unsigned i;

	for (i = 0; i < STORAGE_SETTINGS; i++) {
		if (s->settings[i].sql == NULL)
			continue;
		*taken = s->settings[i];
		s->settings[i].sql = NULL;
		return true;
	}
	return false;
}

void
storage_free(struct storage *s)
{
	struct storage_setting each;

	while (storage_next(s, &each))
		free(each.sql);
}
