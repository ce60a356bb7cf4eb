/*
 * dump: what is refused of a stream, as far as its beginning shows it or
 * wherever it stands.
 */
#ifndef DUMP_H
#define DUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "sql/plan.h"

/*
 * Refuses what is no plain dump of one database, by the first bytes of it, and
 * by all statements that they hold: before anything is run. Returns 0 or -1.
 */
int dump_check_head(const char *, size_t, struct error *);

/* Refuses a meta-command, unless it is \restrict or \unrestrict. */
int dump_check_meta(const char *, size_t, uint64_t line, struct error *);

/* Refuses a statement that makes or drops a database, or connects to one. */
int dump_check_plan(const struct plan *, uint64_t line, struct error *);

/* Refuses a comment that a dump of a whole cluster begins with. */
int dump_check_comment(const char *, size_t, struct error *);

#endif
