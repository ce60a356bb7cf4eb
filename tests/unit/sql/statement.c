/* Statements are the same however the bytes of a dump arrive. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "sql/statement.h"

static const char dump[] =
    "-- Name: x\r\nSET standard_conforming_strings = on;\n"
    "SELECT 'a;\\', \"b;\"\"\", E'\\';', $x$ ; $y$ $ $x$; /* ; /* */ */\n"
    "CREATE FUNCTION f(begin int) RETURNS int BEGIN ATOMIC SELECT CASE 1 "
    "WHEN 1 THEN 2 END; SELECT 1; END;\n"
    "CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2);\n"
    "SET standard_conforming_strings = off;\nSELECT 'a\\';', E'x'\n'\\';';\n"
    "\\restrict x\nSET client_encoding = 'SJIS';\nSELECT E'\x83\\';\n"
    "SELECT $1 -- ; '\n + a$b$c;\n-- last";

static void
read_all(size_t piece, struct buffer *out)
{
	struct statement_reader *r = statement_new();
	enum statement_event event;
	size_t i = 0, used, n, size;
	const char *text;

	while (i < sizeof dump - 1) {
		n = sizeof dump - 1 - i < piece ? sizeof dump - 1 - i : piece;
		event = statement_feed(r, dump + i, n, &used);
		i += used;
		if (event == STATEMENT_MORE)
			continue;
		text = statement_text(r, &size);
		buffer_printf(out, "%d %d|%s\n", (int)event,
		    (int)statement_line(r), text);
	}
	assert_int_equal(statement_finish(r), STATEMENT_COMMENT);
	assert_false(statement_is_open(r));
	statement_free(r);
}

static void
pieces_of_any_size_give_the_same(void **state)
{
	struct buffer whole = {0}, other = {0};
	size_t piece;

	(void)state;
	read_all(sizeof dump, &whole);
	for (piece = 1; piece < 100; piece++) {
		buffer_clear(&other);
		read_all(piece, &other);
		assert_string_equal(other.data, whole.data);
	}
	buffer_free(&whole);
	buffer_free(&other);
}

static void
each_statement_is_found(void **state)
{
	struct buffer out = {0};
	size_t lines = 0, i;

	(void)state;
	read_all(sizeof dump, &out);
	for (i = 0; i + 2 < out.size; i++)
		lines += out.data[i + 1] == ' ' && out.data[i] == '1' &&
		    (i == 0 || out.data[i - 1] == '\n');
	assert_int_equal(lines, 9);
	assert_non_null(strstr(out.data, "|SELECT E'\x83\\'\n"));
	assert_non_null(strstr(out.data, "SELECT 1; END\n"));
	assert_non_null(strstr(out.data, "SELECT 2)\n"));
	buffer_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pieces_of_any_size_give_the_same),
	    cmocka_unit_test(each_statement_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
