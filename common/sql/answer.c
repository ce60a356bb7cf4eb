#include <inttypes.h>
#include <libpq-fe.h>
#include <string.h>

#include "sql/answer.h"

void
answer_line(char *to, size_t size, const char *from)
{
	size_t n = 0;

	for (; *from != '\0' && n < size - 1; from++) {
		if (*from != '\n' && *from != '\t')
			to[n++] = *from;
		else if (n > 0 && to[n - 1] != ' ' && from[1] != '\0')
			to[n++] = ' ';
	}
	while (n > 0 && to[n - 1] == ' ')
		n--;
	to[n] = '\0';
}

const char *
answer_field(const PGresult *result, int code)
{
	const char *text = PQresultErrorField(result, code);

	return text != NULL ? text : "";
}

static void
append(struct error *e, const char *what, const char *text)
{
	char line[512];

	answer_line(line, sizeof line, text);
	if (line[0] != '\0')
		error_append(e, "; %s%s", what, line);
}

int
answer_refused(const PGresult *result, const struct task *t, uint64_t line,
    struct error *e)
{
	const char *message = answer_field(result, PG_DIAG_MESSAGE_PRIMARY);
	const char *severity = answer_field(result, PG_DIAG_SEVERITY);
	const char *code = answer_field(result, PG_DIAG_SQLSTATE);
	char text[1024];

	/* libpq makes results itself, too, which have no fields. */
	if (*message == '\0') {
		message = PQresultErrorMessage(result);
		severity = "ERROR";
	}
	answer_line(text, sizeof text, message);
	error_set(e, ERROR_FAILED, "%s%s%s: %s: %s", t->object,
	    t->object[0] != '\0' ? ": " : "", t->text, severity, text);
	append(e, "DETAIL: ", answer_field(result, PG_DIAG_MESSAGE_DETAIL));
	append(e, "HINT: ", answer_field(result, PG_DIAG_MESSAGE_HINT));
	append(e, "CONTEXT: ", answer_field(result, PG_DIAG_CONTEXT));
	if (*code != '\0')
		error_append(e, " (%s)", code);
	if (line == 0)
		line = t->line;
	if (line > 0)
		error_prefix(e, "line %" PRIu64 " of the dump", line);
	return -1;
}
