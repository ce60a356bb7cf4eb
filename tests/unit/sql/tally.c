/* What is written has a line for a table or an object. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sql/tally.h"
static struct buffer text;

static struct tally
begin(void)
{
	buffer_clear(&text);
	return (struct tally){.text = &text};
}

static void
rows_are_a_line_for_a_table(void **state)
{
	struct tally t = begin();

	(void)state;
	tally_rows(&t, "s.\"a\tb\\\nc\";", 10, 3, 3);
	assert_string_equal(text.data, "3\ts.\"a\\tb\\\\\\nc\"\n");
	assert_int_equal(t.rows, 3);
	buffer_free(&text);
}

static void
inserts_of_one_table_are_one_line(void **state)
{
	struct tally t = begin();
	struct error e;

	(void)state;
	tally_insert(&t, "ab", 1, 1, &e);
	tally_insert(&t, "a", 1, 2, &e);
	tally_insert(&t, "ab", 2, 4, &e);
	tally_end_inserts(&t);
	tally_end_inserts(&t);
	assert_string_equal(text.data, "3\ta\n4\tab\n");
	assert_int_equal(t.rows, 7);
	buffer_free(&text);
}

static void
an_object_is_four_fields(void **state)
{
	struct tally t = begin();
	struct header h = {.type = "TABLE", .name = "a\tb", .owner = "bob"};

	(void)state;
	tally_object(&t, &h);
	assert_string_equal(text.data, "TABLE\t\ta\\tb\tbob\n");
	buffer_free(&text);
}

static void
facts_are_what_the_data_were(void **state)
{
	struct buffer facts = {0};
	struct tally t = begin();
	struct error e;

	(void)state;
	t.facts = &facts;
	tally_rows(&t, "a", 1, 3, 4);
	tally_insert(&t, "b\t", 2, 1, &e);
	tally_setval(&t, "'a\nb', 1, true", 14, true);
	tally_setval(&t, "'a\\\\b', 1, true", 15, false);
	tally_large_object(&t);
	tally_end(&t);
	assert_string_equal(facts.data,
	    "table\t3\t4\ta\nsequence\t'a\\nb', 1, true\n"
	    "sequence\t'a\\\\b', 1, true\n"
	    "table\t1\t-\tb\\t\nobjects\t1\n");
	buffer_free(&facts);
	buffer_free(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rows_are_a_line_for_a_table),
	    cmocka_unit_test(inserts_of_one_table_are_one_line),
	    cmocka_unit_test(an_object_is_four_fields),
	    cmocka_unit_test(facts_are_what_the_data_were),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
