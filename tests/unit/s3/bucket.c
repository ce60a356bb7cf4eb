/*
 * bucket: names, and access points by their ARN.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "s3/bucket.h"

static void
names_are_taken(void **state)
{
	static const char *const good[] = {"bucket", "with.dot", "Upper",
	    "under_score", "tenant:bucket", "abc-s3alias", ":bucket"};
	struct bucket b;
	struct error e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof good / sizeof *good; i++) {
		assert_int_equal(bucket_parse(&b, good[i], &e), 0);
		assert_string_equal(b.name, good[i]);
		assert_false(b.access_point);
	}
}

static void
access_points_are_taken(void **state)
{
	static const struct {
		const char *arn, *name, *region;
	} good[] = {
	    {"arn:aws:s3:us-west-2:123456789012:accesspoint/logs",
		"logs-123456789012", "us-west-2"},
	    {"arn:aws-cn:s3:cn-north-1:123456789012:accesspoint:a-b-c",
		"a-b-c-123456789012", "cn-north-1"},
	};
	struct bucket b;
	struct error e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof good / sizeof *good; i++) {
		assert_int_equal(bucket_parse(&b, good[i].arn, &e), 0);
		assert_true(b.access_point);
		assert_string_equal(b.name, good[i].name);
		assert_string_equal(b.region, good[i].region);
	}
}

static void
others_are_refused(void **state)
{
	static const struct {
		const char *text, *words;
	} bad[] = {
	    {"ab", "not a valid bucket name"},
	    {"a/b", "not a valid bucket name"},
	    {"a b c", "not a valid bucket name"},
	    {"../x", "not a valid bucket name"},
	    {"a:b:c", "not a valid bucket name"},
	    {"tenant:", "not a valid bucket name"},
	    {"logs--usw2-az1--x-s3", "directory bucket"},
	    {"arn:aws:s3", "no ARN of an access point"},
	    {"arn:aws:s3:::bucket", "no ARN of an access point"},
	    {"arn:aws:s3:us-west-2:123456789012:bucket/logs",
		"no ARN of an access point"},
	    {"arn:aws:s3:us-west-2:12345:accesspoint/logs",
		"no ARN of an access point"},
	    {"arn:aws:s3:us-west-2:123456789012:accesspoint/a/b",
		"no ARN of an access point"},
	    {"arn:aws:s3:us/west:123456789012:accesspoint/logs",
		"no ARN of an access point"},
	    {"arn:aws:s3::123456789012:accesspoint/m.mrap", "SigV4A"},
	    {"arn:aws:s3-outposts:us-west-2:123456789012:outpost/op/"
	     "accesspoint/x",
		"only those of S3's access points"},
	    {"arn:aws:s3-object-lambda:us-west-2:123456789012:accesspoint/x",
		"only those of S3's access points"},
	};
	struct bucket b;
	struct error e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(bucket_parse(&b, bad[i].text, &e), -1);
		assert_int_equal(e.status, ERROR_USAGE);
		assert_non_null(strstr(e.text, bad[i].words));
	}
}

static void
labels_follow_the_rule(void **state)
{
	static const struct {
		const char *name;
		bool https, fits;
	} cases[] = {
	    {"bucket", true, true},
	    {"with.dot", true, false},
	    {"with.dot", false, true},
	    {"Upper", true, false},
	    {"under_score", true, false},
	    {"tenant:bucket", false, false},
	    {"a234567890123456789012345678901234567890123456789012345678901234",
		true, false},
	};
	struct bucket b;
	struct error e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(bucket_parse(&b, cases[i].name, &e), 0);
		assert_int_equal(
		    bucket_fits_host(&b, cases[i].https), cases[i].fits);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_are_taken),
	    cmocka_unit_test(access_points_are_taken),
	    cmocka_unit_test(others_are_refused),
	    cmocka_unit_test(labels_follow_the_rule),
	};

	return cmocka_run_group_tests_name("bucket", tests, NULL, NULL);
}
