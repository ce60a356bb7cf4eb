/* Archives of a base backup are put together as one that tar can read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "sql/tar.h"

static int
keep(void *context, const void *bytes, size_t size, struct error *e)
{
	(void)e;
	buffer_add(context, bytes, size);
	return 0;
}

/* An archive of one file, with its end or without. */
static void
make(struct buffer *archive, const char *name, size_t size, bool end)
{
	struct tar t = {.write = keep, .context = archive};
	struct error e;
	char *content = calloc(1, size + 1);

	memset(content, 'x', size);
	assert_int_equal(tar_add(&t, name, content, size, 7, &e), 0);
	if (end)
		assert_int_equal(tar_finish(&t, &e), 0);
	free(content);
}

static void
a_folder_goes_before_the_names_and_the_end_is_left_out(void **state)
{
	struct buffer archive = {0}, out = {0};
	struct tar t = {.write = keep, .context = &out};
	struct error e;
	size_t i, piece;

	(void)state;
	make(&archive, "PG_15/5/1259", 700, true);
	for (piece = 1; piece < 3000; piece += 511) {
		buffer_clear(&out);
		tar_begin(&t, "pg_tblspc/16384/");
		for (i = 0; i < archive.size; i += piece)
			assert_int_equal(
			    tar_take(&t, archive.data + i,
				archive.size - i < piece ? archive.size - i
							 : piece,
				&e),
			    0);
		assert_int_equal(tar_end(&t, &e), 0);
		assert_int_equal(out.size, 512 + 1024);
		assert_string_equal(out.data, "pg_tblspc/16384/PG_15/5/1259");
		assert_int_equal(out.data[512 + 699], 'x');
		assert_int_equal(out.data[512 + 700], 0);
	}
	/* What was moved is an archive itself: its checksum is right. */
	buffer_clear(&archive);
	buffer_add(&archive, out.data, out.size);
	buffer_clear(&out);
	tar_begin(&t, "");
	assert_int_equal(tar_take(&t, archive.data, archive.size, &e), 0);
	assert_int_equal(tar_end(&t, &e), 0);
	assert_memory_equal(out.data, archive.data, archive.size);
	buffer_free(&archive);
	buffer_free(&out);
}

static void
what_is_cut_or_damaged_fails(void **state)
{
	struct buffer archive = {0}, out = {0};
	struct tar t = {.write = keep, .context = &out};
	struct error e;
	size_t cut;

	(void)state;
	make(&archive, "base/1/2", 600, false);
	for (cut = 1; cut < archive.size; cut += 93) {
		tar_begin(&t, "");
		assert_int_equal(tar_take(&t, archive.data, cut, &e), 0);
		assert_int_equal(tar_end(&t, &e), -1);
	}
	archive.data[3] ^= 1;
	tar_begin(&t, "");
	assert_int_equal(tar_take(&t, archive.data, archive.size, &e), -1);
	assert_string_equal(e.text, "the server did not send a tar archive");
	buffer_free(&archive);
	buffer_free(&out);
}

static void
a_name_that_does_not_fit_fails(void **state)
{
	struct buffer archive = {0}, out = {0};
	struct tar t = {.write = keep, .context = &out};
	struct error e;
	char name[TAR_NAME];

	(void)state;
	memset(name, 'n', 99);
	name[99] = '\0';
	make(&archive, name, 1, false);
	tar_begin(&t, "pg_tblspc/1/");
	assert_int_equal(tar_take(&t, archive.data, archive.size, &e), -1);
	assert_int_equal(strncmp(e.text, "the name is too long: pg_tblspc/1/n",
			     strlen("the name is too long: pg_tblspc/1/n")),
	    0);
	tar_begin(&t, "");
	assert_int_equal(tar_take(&t, archive.data, archive.size, &e), 0);
	buffer_free(&archive);
	buffer_free(&out);
}

/* Octal digits hold less than 8 GiB. */
static void
a_size_of_8_gib_stands_in_base_256(void **state)
{
	struct buffer archive = {0}, out = {0};
	struct tar t = {.write = keep, .context = &out};
	struct error e;
	unsigned sum = 0, i;
	char digits[8];

	(void)state;
	make(&archive, "base/1/2", 0, false);
	memset(archive.data + 124, 0, 12);
	archive.data[124] = (char)0x80;
	archive.data[124 + 7] = 2; /* 2 << 32 */
	memset(archive.data + 148, ' ', 8);
	for (i = 0; i < 512; i++)
		sum += (unsigned char)archive.data[i];
	snprintf(digits, sizeof digits, "%06o", sum);
	memcpy(archive.data + 148, digits, 7);
	tar_begin(&t, "");
	assert_int_equal(tar_take(&t, archive.data, archive.size, &e), 0);
	assert_int_equal(t.left, (uint64_t)2 << 32);
	assert_int_equal(tar_end(&t, &e), -1);
	buffer_free(&archive);
	buffer_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		a_folder_goes_before_the_names_and_the_end_is_left_out),
	    cmocka_unit_test(what_is_cut_or_damaged_fails),
	    cmocka_unit_test(a_name_that_does_not_fit_fails),
	    cmocka_unit_test(a_size_of_8_gib_stands_in_base_256),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
