#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/report.h"
#include "io/fdio.h"
#include "io/stop.h"
#include "sql/answer.h"
#include "sql/basebackup.h"

/* ---- the connection */

static int
lost(const struct basebackup *b, const char *what, struct error *e)
{
	char text[1024];

	answer_line(text, sizeof text, PQerrorMessage(b->conn));
	return error_set(e, ERROR_FAILED, "%s: %s", what, text);
}

/* Warnings are shown; that WAL is not archived is none. */
static void
take_notice(void *context, const PGresult *result)
{
	const char *severity =
	    answer_field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
	char text[512];

	(void)context;
	answer_line(
	    text, sizeof text, answer_field(result, PG_DIAG_MESSAGE_PRIMARY));
	if (strcmp(severity, "WARNING") == 0)
		report("WARNING: %s", text);
}

int
basebackup_open(struct basebackup *b, struct error *e)
{
	/* The name is what a password file has for such connections. */
	static const char *const keys[] = {
	    "fallback_application_name", "dbname", "replication", NULL};
	static const char *const values[] = {
	    "pgbase", "replication", "true", NULL};
	int version;

	b->conn = PQconnectdbParams(keys, values, 0);
	if (b->conn == NULL)
		return error_set(e, ERROR_FAILED, "out of memory");
	if (PQstatus(b->conn) != CONNECTION_OK)
		return lost(b, "cannot connect", e);
	PQsetNoticeReceiver(b->conn, take_notice, NULL);
	version = PQserverVersion(b->conn) / 10000;
	if (version < BASEBACKUP_SERVER)
		return error_set(e, ERROR_FAILED,
		    "the server is of version %d: %d is the oldest that can be "
		    "asked",
		    version, BASEBACKUP_SERVER);
	return 0;
}

void
basebackup_close(struct basebackup *b)
{
	PQfinish(b->conn);
	b->conn = NULL;
	buffer_free(&b->manifest);
	buffer_free(&b->spaces);
}

/* Waits for something from the server, and reads it. */
static int
await_server(struct basebackup *b, struct error *e)
{
	struct pollfd p[2] = {{.fd = PQsocket(b->conn), .events = POLLIN},
	    {.fd = stop_fd(b->stop), .events = POLLIN}};

	if (poll(p, 2, -1) < 0 && errno != EINTR)
		return error_errno(e, "poll");
	if (stop_raised(b->stop))
		return error_set(e, ERROR_FAILED, "stopped");
	if (p[0].revents != 0 && PQconsumeInput(b->conn) == 0)
		return lost(b, "the connection to the server broke", e);
	return 0;
}

/* The next result of the kind, for the caller to clear; or NULL. */
static PGresult *
next_result(struct basebackup *b, ExecStatusType wanted, struct error *e)
{
	static const struct task task = {.object = "BASE_BACKUP"};
	PGresult *result;

	while (PQisBusy(b->conn))
		if (await_server(b, e) != 0)
			return NULL;
	result = PQgetResult(b->conn);
	if (PQresultStatus(result) == wanted)
		return result;
	if (result == NULL || PQresultStatus(result) != PGRES_FATAL_ERROR)
		error_set(e, ERROR_FAILED,
		    "the server's answer to BASE_BACKUP is another than "
		    "expected");
	else
		answer_refused(result, &task, 0, e);
	PQclear(result);
	return NULL;
}

/* ---- the archive */

static int
write_tar(void *context, const void *bytes, size_t size, struct error *e)
{
	struct basebackup *b = context;

	return fdio_write(b->output, bytes, size, b->stop, e);
}

/* "OID.tar" is a tablespace's, "base.tar" that of the data directory. */
static int
begin_archive(struct basebackup *b, const char *name, struct error *e)
{
	size_t digits = strspn(name, "0123456789");
	char folder[32] = "";

	if (b->part == DATA_DIRECTORY || b->part == MANIFEST)
		return error_set(e, ERROR_FAILED,
		    "the server sends archives in another order than expected");
	if (tar_end(&b->tar, e) != 0)
		return -1;
	if (strcmp(name, "base.tar") == 0) {
		b->part = DATA_DIRECTORY;
	} else if (digits > 0 && digits <= 10 &&
	    strcmp(name + digits, ".tar") == 0) {
		b->part = SPACE;
		snprintf(folder, sizeof folder, "pg_tblspc/%.*s/", (int)digits,
		    name);
	} else {
		return error_set(e, ERROR_FAILED,
		    "the server sends an archive of an unknown name: %s", name);
	}
	tar_begin(&b->tar, folder);
	return 0;
}

static int
begin_manifest(struct basebackup *b, struct error *e)
{
	if (b->part != DATA_DIRECTORY)
		return error_set(e, ERROR_FAILED,
		    "the server sends archives in another order than expected");
	b->part = MANIFEST;
	return tar_end(&b->tar, e);
}

static int
take_data(struct basebackup *b, const char *bytes, size_t size, struct error *e)
{
	if (b->part == NO_ARCHIVE)
		return error_set(e, ERROR_FAILED,
		    "the server sends data that belong to no archive");
	if (b->part != MANIFEST)
		return tar_take(&b->tar, bytes, size, e);
	buffer_add(&b->manifest, bytes, size);
	return b->manifest.failed ? error_set(e, ERROR_FAILED, "out of memory")
				  : 0;
}

/* A message of the copy: a letter, and what it is about. */
static int
take_message(
    struct basebackup *b, const char *message, size_t size, struct error *e)
{
	switch (size > 0 ? message[0] : '\0') {
	case 'n': /* libpq puts a NUL behind every message */
		return begin_archive(b, message + 1, e);
	case 'd':
		return take_data(b, message + 1, size - 1, e);
	case 'm':
		return begin_manifest(b, e);
	case 'p':
		return 0;
	default:
		return error_set(e, ERROR_FAILED,
		    "the server sends a message of an unknown kind");
	}
}

static int
take_copy(struct basebackup *b, struct error *e)
{
	char *message = NULL;
	int n, rc;

	while ((n = PQgetCopyData(b->conn, &message, 1)) >= 0) {
		if (n == 0) {
			if (await_server(b, e) != 0)
				return -1;
			continue;
		}
		rc = take_message(b, message, (size_t)n, e);
		PQfreemem(message);
		if (rc != 0)
			return -1;
	}
	return n == -1 ? 0 : lost(b, "the connection to the server broke", e);
}

/* ---- the whole */

static int
send_command(
    struct basebackup *b, const char *label, bool spread, struct error *e)
{
	char *quoted = PQescapeLiteral(b->conn, label, strlen(label));
	char command[1024];
	int n = -1;

	if (quoted != NULL)
		n = snprintf(command, sizeof command,
		    "BASE_BACKUP (LABEL %s, CHECKPOINT '%s', WAIT false, "
		    "TABLESPACE_MAP true, MANIFEST 'yes')",
		    quoted, spread ? "spread" : "fast");
	PQfreemem(quoted);
	if (n < 0 || (size_t)n >= sizeof command)
		return error_set(e, ERROR_USAGE, "the label is too long");
	return PQsendQuery(b->conn, command) == 1 ? 0
						  : lost(b, "BASE_BACKUP", e);
}

/* Where the base backup begins, and then which tablespaces there are. */
static int
read_spaces(struct basebackup *b, struct error *e)
{
	PGresult *result = next_result(b, PGRES_TUPLES_OK, e);
	int i;

	PQclear(result);
	if (result == NULL ||
	    (result = next_result(b, PGRES_TUPLES_OK, e)) == NULL)
		return -1;
	for (i = 0; i < PQntuples(result); i++) {
		if (PQgetisnull(result, i, 0))
			continue; /* the data directory */
		buffer_printf(&b->spaces, "%s\t%s", PQgetvalue(result, i, 0),
		    PQgetvalue(result, i, 1));
		buffer_add(&b->spaces, "", 1);
	}
	PQclear(result);
	return b->spaces.failed ? error_set(e, ERROR_FAILED, "out of memory")
				: 0;
}

/* What follows the copy says whether the server did all of it. */
static int
read_end(struct basebackup *b, struct error *e)
{
	PGresult *result = next_result(b, PGRES_TUPLES_OK, e);

	PQclear(result);
	if (result == NULL)
		return -1;
	result = next_result(b, PGRES_COMMAND_OK, e);
	PQclear(result);
	return result != NULL ? 0 : -1;
}

int
basebackup_run(
    struct basebackup *b, const char *label, bool spread, struct error *e)
{
	PGresult *result;

	b->tar = (struct tar){.write = write_tar, .context = b};
	b->part = NO_ARCHIVE;
	if (send_command(b, label, spread, e) != 0 || read_spaces(b, e) != 0)
		return -1;
	result = next_result(b, PGRES_COPY_OUT, e);
	PQclear(result);
	if (result == NULL || take_copy(b, e) != 0 || read_end(b, e) != 0)
		return -1;
	if (b->part != MANIFEST)
		return error_set(
		    e, ERROR_FAILED, "the server sent no manifest");
	if (tar_add(&b->tar, "backup_manifest", b->manifest.data,
		b->manifest.size, (uint64_t)time(NULL), e) != 0)
		return -1;
	return tar_finish(&b->tar, e);
}
