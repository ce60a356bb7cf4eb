/*
 * page: what a page of a listing says, and which answers are refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "s3/page.h"

#define V2(body)                                                  \
	"<ListBucketResult "                                      \
	"xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">" body \
	"</ListBucketResult>"
#define KEY(key) "<Contents><Key>" key "</Key><Size>7</Size></Contents>"

static int
note(void *ctx, const struct s3_entry *entry, struct error *e)
{
	char *line = ctx;
	size_t n = strlen(line);

	(void)e;
	snprintf(line + n, 200 - n, "[%s %d %s %s]", entry->key,
	    (int)entry->size, entry->time,
	    entry->prefix		? "prefix"
		: entry->upload != NULL ? entry->upload
					: "-");
	return 0;
}

/* Reads a page, and writes its entries to line, of 200 bytes. */
static int
read_page(struct page *p, const char *xml, char *line, struct error *e)
{
	*line = '\0';
	if (page_read(p, xml, strlen(xml), false, e) != 0 ||
	    page_decode(p, false) != NULL)
		return -1;
	return page_each(p, note, line, e);
}

static void
a_page_has_keys_prefixes_and_the_next_token(void **state)
{
	struct page p = {0};
	struct error e;
	char line[200];

	(void)state;
	assert_int_equal(
	    read_page(&p,
		V2("<IsTruncated>true</IsTruncated>"
		   "<NextContinuationToken>t 1</NextContinuationToken>"
		   "<Contents><Key>a</Key><Size>1</Size><LastModified>"
		   "2026-11-22T12:00:00.123Z</LastModified></Contents>"
		   "<CommonPrefixes><Prefix>b/</Prefix></CommonPrefixes>"),
		line, &e),
	    0);
	assert_string_equal(line, "[a 1 2026-11-22T12:00:00Z -][b/ 0  prefix]");
	assert_true(p.listing);
	assert_true(p.truncated);
	assert_string_equal(p.next.data, "t 1");
	page_free(&p);
}

static void
a_page_of_uploads_has_their_ids_and_both_markers(void **state)
{
	struct page p = {0};
	struct error e;
	char line[200];

	(void)state;
	assert_int_equal(
	    read_page(&p,
		"<ListMultipartUploadsResult><NextKeyMarker>k</NextKeyMarker>"
		"<NextUploadIdMarker>u</NextUploadIdMarker><Upload><Key>k</Key>"
		"<UploadId>u</UploadId><Initiated>2026-11-22T12:00:00Z"
		"</Initiated></Upload></ListMultipartUploadsResult>",
		line, &e),
	    0);
	assert_string_equal(line, "[k 0 2026-11-22T12:00:00Z u]");
	assert_string_equal(p.next.data, "k");
	assert_string_equal(p.next_upload.data, "u");
	page_free(&p);
}

static void
a_page_that_is_read_again_forgets_the_last_one(void **state)
{
	struct page p = {0};
	struct error e;
	char line[200];

	(void)state;
	read_page(&p, V2("<IsTruncated>true</IsTruncated>" KEY("a")), line, &e);
	read_page(&p, V2(KEY("b")), line, &e);
	assert_string_equal(line, "[b 7  -]");
	assert_false(p.truncated);
	page_free(&p);
}

static void
keys_are_decoded_only_if_the_store_says_so(void **state)
{
	struct page p = {0};
	struct error e;
	char line[200];

	(void)state;
	read_page(&p, V2("<EncodingType>url</EncodingType>" KEY("a%20b%2B")),
	    line, &e);
	assert_string_equal(line, "[a b+ 7  -]");
	assert_false(page_is_ambiguous(&p));
	read_page(&p, V2(KEY("a%20b")), line, &e);
	assert_string_equal(line, "[a%20b 7  -]");
	assert_true(page_is_ambiguous(&p));
	page_free(&p);
}

static void
one_raw_byte_proves_that_no_key_is_encoded(void **state)
{
	struct page p = {0};
	struct error e;
	char line[200];

	(void)state;
	read_page(&p, V2(KEY("50%25") KEY("a b")), line, &e);
	assert_false(page_is_ambiguous(&p));
	read_page(&p, V2(KEY("50%25") KEY("\xc3\xa4")), line, &e);
	assert_false(page_is_ambiguous(&p));
	page_free(&p);
}

static void
a_badly_encoded_name_is_refused(void **state)
{
	static const char key[] =
	    V2("<EncodingType>url</EncodingType>" KEY("a%2"));
	static const char marker[] =
	    V2("<EncodingType>url</EncodingType><NextMarker>%</NextMarker>");
	struct page p = {0};
	struct error e;

	(void)state;
	assert_int_equal(page_read(&p, key, sizeof key - 1, true, &e), 0);
	assert_string_equal(page_decode(&p, true),
	    "the answer has a key that is badly encoded");
	assert_int_equal(page_read(&p, marker, sizeof marker - 1, true, &e), 0);
	assert_null(page_decode(&p, false));
	assert_string_equal(page_decode(&p, true),
	    "the answer has a marker that is badly encoded");
	page_free(&p);
}

static void
a_key_with_a_replacement_character_is_refused(void **state)
{
	struct page p = {0};
	struct error e;
	char line[200];

	(void)state;
	assert_int_equal(read_page(&p, V2(KEY("a\xef\xbf\xbd")), line, &e), -1);
	assert_string_equal(
	    e.text, "the listing hides a character of a key: a\xef\xbf\xbd");
	page_free(&p);
}

static void
what_is_no_listing_is_seen(void **state)
{
	struct page p = {0};
	struct error e;
	char line[200];

	(void)state;
	assert_int_equal(read_page(&p, "<html><p/></html>", line, &e), 0);
	assert_false(p.listing);
	assert_int_equal(read_page(&p, "no XML", line, &e), -1);
	assert_int_equal(
	    read_page(&p,
		V2("<Contents><Key>a</Key><Size>-1</Size></Contents>"), line,
		&e),
	    -1);
	assert_string_equal(e.text, "the answer has a size -1");
	page_free(&p);
}

static void
the_first_version_goes_on_behind_the_greatest_name(void **state)
{
	static const char xml[] = V2(KEY("b") KEY(
	    "c/1") "<CommonPrefixes><Prefix>bb/</Prefix></CommonPrefixes>");
	struct page p = {0};
	struct error e;

	(void)state;
	assert_int_equal(page_read(&p, xml, sizeof xml - 1, true, &e), 0);
	page_mark_last(&p);
	assert_string_equal(p.next.data, "c/1");
	page_free(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_page_has_keys_prefixes_and_the_next_token),
	    cmocka_unit_test(a_page_of_uploads_has_their_ids_and_both_markers),
	    cmocka_unit_test(a_page_that_is_read_again_forgets_the_last_one),
	    cmocka_unit_test(keys_are_decoded_only_if_the_store_says_so),
	    cmocka_unit_test(one_raw_byte_proves_that_no_key_is_encoded),
	    cmocka_unit_test(a_badly_encoded_name_is_refused),
	    cmocka_unit_test(a_key_with_a_replacement_character_is_refused),
	    cmocka_unit_test(what_is_no_listing_is_seen),
	    cmocka_unit_test(
		the_first_version_goes_on_behind_the_greatest_name),
	};

	return cmocka_run_group_tests_name("page", tests, NULL, NULL);
}
