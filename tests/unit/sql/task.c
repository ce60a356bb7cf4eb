/* A statement is named by its object and its first line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sql/task.h"
static struct task task;

static void
make(const char *type, const char *text)
{
	struct header h = {.schema = "s", .name = "t"};

	strcpy(h.type, type);
	task_make(&task, &h, text, strlen(text), 7);
	assert_int_equal(task.line, 7);
}

static void
a_short_statement_is_whole(void **state)
{
	(void)state;
	make("TABLE", "CREATE TABLE t ()");
	assert_string_equal(task.object, "TABLE s.t");
	assert_string_equal(task.text, "CREATE TABLE t ()");
}

static void
without_a_header_there_is_no_object(void **state)
{
	(void)state;
	make("", "SELECT 1");
	assert_string_equal(task.object, "");
}

static void
more_lines_are_said_by_dots(void **state)
{
	(void)state;
	make("TABLE", "CREATE TABLE t (\n  a integer)");
	assert_string_equal(task.text, "CREATE TABLE t (...");
}

static void
a_character_is_not_cut(void **state)
{
	char text[100];
	size_t shift, i;

	(void)state;
	for (shift = 0; shift < 3; shift++) {
		memset(text, 'x', sizeof text);
		for (i = shift; i + 3 < sizeof text; i += 3)
			memcpy(text + i, "\xe3\x81\x82", 3);
		text[sizeof text - 1] = '\0';
		make("TABLE", text);
		assert_true(strlen(task.text) < TASK_TEXT);
		assert_string_equal(
		    task.text + strlen(task.text) - 4, "\x82...");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_short_statement_is_whole),
	    cmocka_unit_test(without_a_header_there_is_no_object),
	    cmocka_unit_test(more_lines_are_said_by_dots),
	    cmocka_unit_test(a_character_is_not_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
