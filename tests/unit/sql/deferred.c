/* What is deferred is SQL, where subscriptions have no slot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/stop.h"
#include "sql/deferred.h"
static char text[1024], slots[1024];

static void
read_file(const char *path, char *to)
{
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	to[fread(to, 1, 1023, file)] = '\0';
	fclose(file);
	unlink(path);
}

static void
defer(const char *statement)
{
	char path[] = "/tmp/deferred.XXXXXX", beside[64];
	struct deferred d = {0};
	struct stop stop;
	struct error e;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	close(fd);
	snprintf(beside, sizeof beside, "%s.slots", path);
	assert_int_equal(stop_open(&stop, &e), 0);
	assert_int_equal(deferred_open(&d, path, &stop, &e), 0);
	assert_int_equal(deferred_add(&d, statement, strlen(statement), &e), 0);
	assert_int_equal(deferred_data(&d, "x\n", 2, &e), 0);
	assert_int_equal(deferred_close(&d, &e), 0);
	assert_int_equal(deferred_close(&d, &e), 0);
	read_file(path, text);
	read_file(beside, slots);
}

static void
a_statement_is_as_it_was(void **state)
{
	(void)state;
	defer("COPY t FROM stdin");
	assert_string_equal(text, "COPY t FROM stdin;\nx\n");
	assert_string_equal(slots, "");
	defer("COMMENT ON SUBSCRIPTION s IS 'WITH (slot_name = ''x'')'");
	assert_string_equal(slots, "");
}

static void
a_subscription_has_no_slot(void **state)
{
	(void)state;
	defer("CREATE SUBSCRIPTION \"a b\" CONNECTION 'slot_name = ''x''' "
	      "PUBLICATION slot_name WITH (connect = false, slot_name = 'live',"
	      " streaming = on)");
	assert_string_equal(text,
	    "CREATE SUBSCRIPTION \"a b\" CONNECTION 'slot_name = ''x''' "
	    "PUBLICATION slot_name WITH (connect = false, slot_name = NONE,"
	    " streaming = on);\nx\n");
	assert_string_equal(
	    slots, "ALTER SUBSCRIPTION \"a b\" SET (slot_name = 'live');\n");
	defer("CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p WITH (connect "
	      "= false, slot_name = NONE)");
	assert_string_equal(slots, "");
}

static void
a_file_that_cannot_be_made_is_an_error(void **state)
{
	struct deferred d = {0};
	struct error e;

	(void)state;
	assert_int_equal(deferred_open(&d, "/nowhere/x", NULL, &e), -1);
	assert_int_equal(deferred_close(&d, &e), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_statement_is_as_it_was),
	    cmocka_unit_test(a_subscription_has_no_slot),
	    cmocka_unit_test(a_file_that_cannot_be_made_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
