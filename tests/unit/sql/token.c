/* The first words of a statement, past comments and quotes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sql/token.h"
static struct tokens t;

static void
begin(const char *text)
{
	t = (struct tokens){text, text + strlen(text)};
}

static void
expect(enum token_kind kind, const char *text)
{
	struct token token, peeked;

	token_peek(&t, &peeked);
	token_next(&t, &token);
	assert_int_equal(token.kind, kind);
	assert_int_equal(token.size, strlen(text));
	assert_memory_equal(token.text, text, token.size);
	assert_ptr_equal(peeked.text, token.text);
}

static void
words_names_strings_and_signs(void **state)
{
	(void)state;
	begin("copy a$b.\"x\"\"y\"('it''s', E'\\'', $$;$$, $t$ $ $$ $t$)");
	expect(TOKEN_WORD, "copy");
	expect(TOKEN_WORD, "a$b");
	expect(TOKEN_SIGN, ".");
	expect(TOKEN_NAME, "\"x\"\"y\"");
	expect(TOKEN_SIGN, "(");
	expect(TOKEN_STRING, "'it''s'");
	expect(TOKEN_SIGN, ",");
	expect(TOKEN_STRING, "E'\\''");
	expect(TOKEN_SIGN, ",");
	expect(TOKEN_STRING, "$$;$$");
	expect(TOKEN_SIGN, ",");
	expect(TOKEN_STRING, "$t$ $ $$ $t$");
	expect(TOKEN_SIGN, ")");
	expect(TOKEN_END, "");
}

static void
comments_are_passed_over(void **state)
{
	(void)state;
	begin(" -- one\n/* two /* three */ * */\tx --");
	expect(TOKEN_WORD, "x");
	expect(TOKEN_END, "");
	begin("/* open");
	expect(TOKEN_END, "");
	begin("- /");
	expect(TOKEN_SIGN, "-");
	expect(TOKEN_SIGN, "/");
}

static void
what_is_not_ended_goes_to_the_end(void **state)
{
	static const char *const open[] = {
	    "'a", "\"a", "$a$ b", "$a$ $b", "E'\\"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof open / sizeof *open; i++) {
		begin(open[i]);
		expect(*open[i] == '"' ? TOKEN_NAME : TOKEN_STRING, open[i]);
		expect(TOKEN_END, "");
	}
}

static void
a_lone_dollar_is_a_sign(void **state)
{
	(void)state;
	begin("$1 $ a");
	expect(TOKEN_SIGN, "$");
	expect(TOKEN_WORD, "1");
	expect(TOKEN_SIGN, "$");
	expect(TOKEN_WORD, "a");
}

static void
a_keyword_is_one_in_any_case_but_not_in_quotes(void **state)
{
	(void)state;
	begin("Copy \"COPY\"");
	assert_true(token_take(&t, "COPY"));
	assert_false(token_take(&t, "COPY"));
	expect(TOKEN_NAME, "\"COPY\"");
}

static void
a_phrase_is_taken_whole_or_not_at_all(void **state)
{
	(void)state;
	begin("FOREIGN /* a */ table x");
	assert_false(token_phrase(&t, "FOREIGN SERVER"));
	assert_false(token_phrase(&t, "FOREIGN TABLE x y"));
	assert_true(token_phrase(&t, "FOREIGN TABLE"));
	expect(TOKEN_WORD, "x");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(words_names_strings_and_signs),
	    cmocka_unit_test(comments_are_passed_over),
	    cmocka_unit_test(what_is_not_ended_goes_to_the_end),
	    cmocka_unit_test(a_lone_dollar_is_a_sign),
	    cmocka_unit_test(a_keyword_is_one_in_any_case_but_not_in_quotes),
	    cmocka_unit_test(a_phrase_is_taken_whole_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
