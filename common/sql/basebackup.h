/*
 * basebackup: a base backup of a cluster as one tar archive, its tablespaces
 * below pg_tblspc/, by PostgreSQL's streaming replication protocol
 * (BASE_BACKUP, as it is since 15).
 *
 * The server sends an archive for each tablespace, then that of the data
 * directory, then the manifest. pg_basebackup takes several archives to a
 * directory only.
 */
#ifndef BASEBACKUP_H
#define BASEBACKUP_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/error.h"
#include "sql/tar.h"

struct fdio_output;
struct pg_conn;
struct stop;

enum { BASEBACKUP_SERVER = 15 }; /* the oldest that can be asked */

struct basebackup {
	struct pg_conn *conn;
	struct fdio_output *output;
	const struct stop *stop;
	struct tar tar;
	struct buffer manifest;
	struct buffer spaces; /* the tablespaces: "OID\tLOCATION\0" each */
	enum { NO_ARCHIVE, SPACE, DATA_DIRECTORY, MANIFEST } part;
};

/*
 * Connects for replication, by what the environment says, as libpq does.
 * basebackup_close() is needed in either case.
 */
int basebackup_open(struct basebackup *, struct error *);
void basebackup_close(struct basebackup *);

/*
 * Takes the base backup: spread lets the server take its time for the
 * checkpoint. Returns 0 only where the server's answer came to its end and the
 * whole archive is written.
 */
int basebackup_run(
    struct basebackup *, const char *label, bool spread, struct error *);

#endif
