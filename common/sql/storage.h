/*
 * storage: the settings that say where and how tables are stored, held until a
 * table needs them.
 *
 * pg_dump writes SET default_tablespace and SET default_table_access_method
 * between the objects. Where only some objects are wanted, a tablespace or an
 * access method that none of them needs may be missing.
 */
#ifndef STORAGE_H
#define STORAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "sql/task.h"

enum { STORAGE_SETTINGS = 2 };

struct storage {
	struct storage_setting {
		char *sql; /* NULL: none is held */
		struct task task;
	} settings[STORAGE_SETTINGS];
};

/* Holds a setting, copied, instead of an earlier one of the same name. */
int storage_hold(
    struct storage *, const char *sql, const struct task *, struct error *);

bool storage_is_held(const struct storage *);

/* Takes a setting that is held, which is the caller's then: free() its sql. */
bool storage_next(struct storage *, struct storage_setting *);

void storage_free(struct storage *);

#endif
