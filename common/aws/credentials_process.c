#include <stdio.h>
#include <string.h>

#include "aws/credentials_source.h"
#include "io/command.h"
#include "io/fdio.h"

enum { ANSWER_MAX = 64 << 10 };

/* Reads all that the command prints. */
static int
read_answer(struct command *c, const struct stop *stop, struct buffer *answer,
    struct error *e)
{
	char piece[4096];
	ssize_t n;

	answer->limit = ANSWER_MAX;
	while (
	    (n = fdio_read(c->fd, c->name, piece, sizeof piece, stop, e)) > 0)
		buffer_add(answer, piece, (size_t)n);
	explicit_bzero(piece, sizeof piece);
	if (n == 0 && answer->failed)
		return error_set(e, ERROR_FAILED, "the answer is too long");
	return n == 0 ? 0 : -1;
}

int
credentials_process(struct credentials_search *s, const char *command,
    const char *source, struct error *e)
{
	char *const argv[] = {
	    (char *)"/bin/sh", (char *)"-c", (char *)command, NULL};
	/* Our stdin may be the very stream that is to be put. */
	struct command c = {.fd = -1, .no_stdin = true};
	struct buffer answer = {0};
	int rc;

	rc = command_start(&c, argv, e);
	c.name = "credential_process";
	if (rc == 0)
		rc = read_answer(&c, s->stop, &answer, e);
	if (rc == 0)
		rc = command_wait(&c, s->stop, e);
	if (rc == 0 &&
	    credentials_from_json(s->found, answer.data, answer.size, e) != 0)
		rc = error_prefix(e, "credential_process");
	command_end(&c);
	buffer_free(&answer);
	snprintf(s->found->source, sizeof s->found->source,
	    "%s, credential_process", source);
	if (rc != 0)
		return error_prefix(e, "%s", source);
	return credentials_check(s->found, s->found->source, e) == 0 ? 1 : -1;
}
