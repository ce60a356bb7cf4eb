/* Of the settings for tables the last one of each is held. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sql/storage.h"
static void
the_last_of_each_is_given_back(void **state)
{
	struct storage s = {0};
	struct storage_setting each;
	struct task task = {.line = 7};
	struct error e;

	(void)state;
	assert_false(storage_is_held(&s));
	assert_false(storage_next(&s, &each));
	storage_hold(&s, "SET default_tablespace = a", &task, &e);
	storage_hold(&s, "SET default_table_access_method = heap", &task, &e);
	task.line = 8;
	storage_hold(&s, "SET default_tablespace = ''", &task, &e);
	assert_true(storage_is_held(&s));
	assert_true(storage_next(&s, &each));
	assert_string_equal(each.sql, "SET default_table_access_method = heap");
	assert_int_equal(each.task.line, 7);
	free(each.sql);
	assert_true(storage_next(&s, &each));
	assert_string_equal(each.sql, "SET default_tablespace = ''");
	assert_int_equal(each.task.line, 8);
	free(each.sql);
	assert_false(storage_is_held(&s));
	storage_hold(&s, "SET default_tablespace = a", &task, &e);
	storage_free(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_last_of_each_is_given_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
