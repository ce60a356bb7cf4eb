/*
 * header: what pg_dump writes before each object of a plain dump.
 *
 *     -- Name: foo; Type: TABLE; Schema: public; Owner: bob
 *     -- Data for Name: foo; Type: TABLE DATA; Schema: public; Owner: bob
 *
 * (PostgreSQL's src/bin/pg_dump/pg_backup_archiver.c, _printTocEntry.) A
 * newline in a name is written as a blank there, and nothing is quoted: names
 * are as they are.
 */
#ifndef HEADER_H
#define HEADER_H

#include <stdbool.h>
#include <stddef.h>

enum { HEADER_TEXT = 512 }; /* longer parts are cut */

struct header {
	char type[64]; /* "TABLE DATA"; empty: no header has been seen */
	char schema[HEADER_TEXT]; /* empty where there is none */
	char name[HEADER_TEXT];
	char owner[HEADER_TEXT];
};

/* Reads a comment line. Returns whether it is a header. */
bool header_parse(struct header *, const char *line, size_t size);

/* Writes "TABLE public.foo" for people into buf; returns buf. */
const char *header_label(const struct header *, char *buf, size_t size);

/* Whether the comment line is the end of a dump of one database. */
bool header_is_end(const char *line, size_t size);

/* Whether it is the beginning or the end of one of a whole cluster. */
bool header_is_cluster(const char *line, size_t size);

#endif
