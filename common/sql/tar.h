/*
 * tar: the archives of a base backup put together as one, by POSIX's ustar
 * format (pax(1), "ustar Interchange Format") as PostgreSQL writes it.
 *
 * Each archive's members get a folder before their names, and the end that an
 * archive may have is left out, so that another can follow.
 */
#ifndef TAR_H
#define TAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum {
	TAR_BLOCK = 512,
	TAR_NAME = 100, /* bytes of a member's name, its NUL included */
};

/* Takes what is to be written. Returns 0 or -1. */
typedef int tar_write(void *context, const void *, size_t, struct error *);

struct tar {
	tar_write *write;
	void *context;
	char
	    folder[64]; /* before the names of members, such as "a/b/"; or "" */
	unsigned char header[TAR_BLOCK]; /* of the next member */
	size_t filled; /* bytes of it */
	uint64_t
	    left; /* bytes of the member that are to come, with its padding */
	bool ended; /* the archive has had its end */
};

/* The next archive begins; the folder must fit. */
void tar_begin(struct tar *, const char *folder);

/* Takes bytes of the archive, as they come. */
int tar_take(struct tar *, const void *, size_t, struct error *);

/* The archive is over: fails in the middle of a member. */
int tar_end(struct tar *, struct error *);

/*
 * Adds a file of the owner's alone (mode 600), with the time in seconds since
 * the epoch. Then the end of the whole can be written.
 */
int tar_add(struct tar *, const char *name, const void *, size_t, uint64_t time,
    struct error *);
int tar_finish(struct tar *, struct error *);

#endif
