/*
 * session: one connection to a server, which never blocks.
 *
 * A session does one thing at a time: it is given a statement or COPY data, and
 * session_turn() takes it on whenever its socket is ready.
 */
#ifndef SESSION_H
#define SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "sql/places.h"
#include "sql/task.h"

struct pg_conn;
struct stop;

enum session_state {
	SESSION_IDLE,
	SESSION_BUSY, /* runs a statement */
	SESSION_COPYING, /* takes the data of a COPY */
};

struct session {
	struct pg_conn *conn;
	enum session_state state;
	bool unsent; /* something given is not with the system yet */
	/*
	 * While data is sent the server has said something that was no notice,
	 * and nothing since: likely an error, which libpq shows only when the
	 * COPY is ended.
	 */
	bool suspect;
	int64_t suspect_since; /* milliseconds */
	bool wants_copy; /* the statement is one that takes data */
	bool verbose; /* say how long statements took, and show notices */
	int64_t started; /* milliseconds */
	uint64_t rows; /* from the tags; whoever reads it sets it to 0 */
	uint64_t found; /* rows that the last query gave */
	unsigned notices;
	struct task task;
	char
	    sqlstate[6]; /* of the last statement's error; "": there was none */
	char last_words[512]; /* why the server ended an idle session */
	struct places places; /* of this COPY's rows */
};

/*
 * Connects to the database (NULL: libpq's default), whose name is taken as it
 * is. Returns 0, or -1 also once the stop is raised. session_close() is needed
 * in either case.
 */
int session_open(struct session *, const char *database, bool verbose,
    const struct stop *, struct error *);

/* Ends the connection. */
void session_close(struct session *);

/* Asks the server to give up what the session does. */
void session_cancel(struct session *);

/* Gives an idle session a statement. */
int session_send(struct session *, const char *sql, const struct task *,
    bool wants_copy, struct error *);

/*
 * Gives a session that is copying some data, which begins at that line of the
 * dump and has that many ends of lines. Returns 0 or -1.
 */
int session_put(struct session *, const char *data, size_t, uint64_t line,
    uint64_t lines, struct error *);

/* Has the session count as unsent until its socket has room. */
void session_want_room(struct session *);

/*
 * Ends the data: the session is busy until the server has confirmed it. With a
 * reason (else NULL) the server is told that the data are not whole.
 */
int session_end_data(struct session *, const char *why, struct error *);

/* The socket, to wait on: for input always, for output while unsent. */
int session_fd(const struct session *);

/*
 * Takes the session on as far as possible without waiting. Returns 0, or -1
 * with what the server said about which statement.
 */
int session_turn(struct session *, struct error *);

/* Whether a transaction is open: others do not see what was made in it. */
bool session_in_transaction(const struct session *);

/* The server's version, as in 150020. */
int session_server(const struct session *);

/* A setting that the server reports, or "". */
const char *session_setting(const struct session *, const char *name);

/*
 * Adds a text as a string constant of SQL. Where it cannot be one, the buffer
 * has failed.
 */
void session_add_literal(
    struct session *, struct buffer *, const char *text, size_t size);

#endif
