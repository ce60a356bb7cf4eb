/*
 * buffer and hash: bytes that grow up to their limit, and the digests of
 * published examples.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "aws/hash.h"
#include "base/buffer.h"

static void
bytes_are_added_at_the_end(void **state)
{
	struct buffer b = {0};
	int i;

	(void)state;
	buffer_puts(&b, "");
	assert_string_equal(b.data, "");
	buffer_add(&b, "a\0b", 3);
	buffer_printf(&b, "%d-%s", 42, "x");
	assert_int_equal(b.size, 7);
	assert_memory_equal(b.data, "a\0b42-x", 8);
	for (i = 0; i < 100000; i++)
		buffer_printf(&b, "%06d", i);
	assert_false(b.failed);
	assert_int_equal(b.size, 7 + 600000);
	assert_memory_equal(b.data + 7 + 6 * 99999, "099999", 7);
	assert_memory_equal(b.data, "a\0b42-x000000", 13);
	buffer_free(&b);
	assert_null(b.data);
	assert_int_equal(b.size, 0);
}

static void
the_limit_holds_and_nothing_comes_by_halves(void **state)
{
	struct buffer b = {.limit = 4};

	(void)state;
	buffer_puts(&b, "abcd");
	assert_false(b.failed);
	buffer_puts(&b, "e");
	assert_true(b.failed);
	assert_string_equal(b.data, "abcd");
	buffer_free(&b);
	buffer_printf(&b, "%s", "abcde");
	assert_true(b.failed);
	assert_int_equal(b.size, 0);
	buffer_free(&b);
}

static void
what_comes_after_a_failure_is_lost_too(void **state)
{
	struct buffer b = {.limit = 4};

	(void)state;
	buffer_puts(&b, "ab");
	buffer_puts(&b, "cde");
	buffer_puts(&b, "f");
	buffer_printf(&b, "g");
	assert_true(b.failed);
	assert_string_equal(b.data, "ab");
	buffer_free(&b);
}

static void
a_cleared_buffer_keeps_memory_and_limit(void **state)
{
	struct buffer b = {.limit = 4};
	const char *data;

	(void)state;
	buffer_puts(&b, "abcd");
	buffer_puts(&b, "e");
	data = b.data;
	buffer_clear(&b);
	assert_false(b.failed);
	assert_string_equal(b.data, "");
	buffer_puts(&b, "wxyz");
	assert_ptr_equal(b.data, data);
	assert_string_equal(b.data, "wxyz");
	buffer_puts(&b, "!");
	assert_true(b.failed);
	buffer_free(&b);
	buffer_free(&b);
}

static void
sha256_is_that_of_fips_180_4(void **state)
{
	char hex[HASH_HEX], million[1000];
	size_t i;
	struct buffer b = {0};

	(void)state;
	assert_int_equal(hash_sha256(hex, "", 0), 0);
	assert_string_equal(hex,
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_int_equal(hash_sha256(hex, "abc", 3), 0);
	assert_string_equal(hex,
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	memset(million, 'a', sizeof million);
	for (i = 0; i < 1000; i++)
		buffer_add(&b, million, sizeof million);
	assert_int_equal(hash_sha256(hex, b.data, b.size), 0);
	assert_string_equal(hex,
	    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	buffer_free(&b);
}

static void
hmac_is_that_of_rfc_4231(void **state)
{
	unsigned char mac[HASH_SHA256], key[131], data[50];
	char hex[HASH_HEX];

	(void)state;
	memset(key, 0x0b, 20);
	assert_int_equal(hash_hmac(mac, key, 20, "Hi There", 8), 0);
	hash_hex(hex, mac, sizeof mac);
	assert_string_equal(hex,
	    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	memset(key, 0xaa, sizeof key);
	memset(data, 0xdd, sizeof data);
	assert_int_equal(hash_hmac(mac, key, 20, data, sizeof data), 0);
	hash_hex(hex, mac, sizeof mac);
	assert_string_equal(hex,
	    "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
	assert_int_equal(
	    hash_hmac(mac, key, sizeof key,
		"Test Using Larger Than Block-Size Key - Hash Key First", 54),
	    0);
	hash_hex(hex, mac, sizeof mac);
	assert_string_equal(hex,
	    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void
md5_is_in_base64_as_rfc_1864_wants_it(void **state)
{
	char md5[HASH_MD5_BASE64];

	(void)state;
	assert_int_equal(hash_md5(md5, "", 0), 0);
	assert_string_equal(md5, "1B2M2Y8AsgTpgAmY7PhCfg==");
	assert_int_equal(hash_md5(md5, "abc", 3), 0);
	assert_string_equal(md5, "kAFQmDzST7DWlj99KOF/cg==");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bytes_are_added_at_the_end),
	    cmocka_unit_test(the_limit_holds_and_nothing_comes_by_halves),
	    cmocka_unit_test(what_comes_after_a_failure_is_lost_too),
	    cmocka_unit_test(a_cleared_buffer_keeps_memory_and_limit),
	    cmocka_unit_test(sha256_is_that_of_fips_180_4),
	    cmocka_unit_test(hmac_is_that_of_rfc_4231),
	    cmocka_unit_test(md5_is_in_base64_as_rfc_1864_wants_it),
	};

	return cmocka_run_group_tests_name("buffer", tests, NULL, NULL);
}
