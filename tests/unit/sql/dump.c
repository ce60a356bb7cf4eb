/* What is no plain dump of one database is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sql/dump.h"
static struct error e;

static int
check(const char *text, size_t size)
{
	e = (struct error){0};
	return dump_check_head(text, size, &e);
}

static void
refuses(const char *text, const char *why)
{
	assert_int_equal(check(text, strlen(text)), -1);
	assert_non_null(strstr(e.text, why));
}

static void
other_formats_are_named(void **state)
{
	(void)state;
	refuses("PGDMP\1", "custom format");
	refuses("\x1f\x8b", "gzstream -d");
	refuses("\x28\xb5\x2f\xfd", "zstd -d");
	refuses("\x04\x22\x4d\x18", "lz4 -d");
	refuses("\xfd"
		"7zXZ",
	    "xz -d");
	refuses("BZh", "bzip2 -d");
	refuses("age-encryption.org/v1", "age -d");
}

static void
the_tar_format_has_a_nul_behind_its_name(void **state)
{
	(void)state;
	assert_int_equal(check("toc.dat\0", 8), -1);
}

static void
meta_commands_are_refused_but_two(void **state)
{
	(void)state;
	assert_int_equal(check("\\restrict x\n\\unrestrict x\n", 26), 0);
	refuses("SELECT 1;\n\\connect x\n", "line 2 of the dump");
	refuses("\\c x\n", "without --create");
	refuses("\\! ls\n", "psql: \\!");
	refuses("\\abcdefghijklmnopqrstuvwxyzabcdefghijklmnop\n",
	    "\\abcdefghijklmnopqrstuvwxyzabcdef");
}

static void
databases_and_clusters_are_refused(void **state)
{
	(void)state;
	refuses("CREATE DATABASE x;\n", "line 1");
	refuses("-- PostgreSQL database cluster dump\n", "pg_dumpall");
}

static void
data_are_not_looked_at(void **state)
{
	static const char dump[] = "-- x\nCOPY t FROM stdin;\n\\connect\n\\.\n";

	(void)state;
	assert_int_equal(check(dump, sizeof dump - 1), 0);
	assert_int_equal(check("SELECT 'CREATE DATABASE x;", 26), 0);
	assert_int_equal(check("", 0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(other_formats_are_named),
	    cmocka_unit_test(the_tar_format_has_a_nul_behind_its_name),
	    cmocka_unit_test(meta_commands_are_refused_but_two),
	    cmocka_unit_test(databases_and_clusters_are_refused),
	    cmocka_unit_test(data_are_not_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
