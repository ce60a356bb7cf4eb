/*
 * settings: values from the environment, or from the files it names.
 */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdint.h>

#include "base/error.h"

/* The first of the names (ended by NULL) that is set and not empty, or NULL. */
const char *settings_first(const char *const *names);

/* A whole number between min and max, or fallback where it is not set. */
int settings_number(const char *name, long min, long max, long fallback, long *,
    struct error *);

/* A size, such as 512K, between min and max; 0 where it is not set. */
int settings_size(
    const char *name, uint64_t min, uint64_t max, uint64_t *, struct error *);

/*
 * The value of NAME, or what the file named by NAME_FILE holds (less its line
 * end), as a new string in *value; NULL where neither is set. Both at once are
 * an error, as is a file that cannot be read. The caller wipes and frees it.
 */
int settings_secret(const char *name, char **value, struct error *);

/* Likewise what that file holds, which must not be empty; NULL: an error. */
char *settings_file(const char *path, struct error *);

/* Wipes and frees such a string. */
void settings_wipe(char *);

#endif
