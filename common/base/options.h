/*
 * options: what the programs' command lines have in common.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdint.h>

#include "base/error.h"

enum { OPTIONS_JOBS_MAX = 64 };

/*
 * Describes what getopt_long(3), with opterr 0 and a ':' first in its short
 * options, has just refused by returning '?' or ':' for argv. Returns -1.
 */
int options_refused(int result, char *const argv[], struct error *);

/*
 * Answers -h with the usage text or -V with the version and, unless empty, what
 * is built in, on stdout. Returns 1, or -1 where it cannot be written.
 */
int options_tell(int option, const char *usage, const char *program,
    const char *built_in, struct error *);

/* Reads the argument of -j: 1 to OPTIONS_JOBS_MAX. */
int options_jobs(const char *, unsigned *, struct error *);

/* Reads a size option's argument between min and max bytes. */
int options_size(char option, const char *, uint64_t min, uint64_t max,
    uint64_t *, struct error *);

/*
 * Refuses a key that S3 cannot hold: an empty one, one of more than 1,024
 * bytes, or one that is not UTF-8 (S3 API Reference, "Creating object key
 * names").
 */
int options_key(const char *, struct error *);

#endif
