/*
 * endpoint: hosts and regions, from URLs and by AWS's rules.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "s3/endpoint.h"

static void
urls_are_taken_apart(void **state)
{
	static const struct {
		const char *url, *host;
		bool https, aws;
	} good[] = {
	    {"http://h", "h", false, false},
	    {"https://h", "h", true, false},
	    {"HTTPS://h/", "h", true, false},
	    {"http://h:80", "h", false, false},
	    {"https://h:443", "h", true, false},
	    {"https://h:80", "h:80", true, false},
	    {"http://[::1]:9000", "[::1]:9000", false, false},
	    {"https://[::1]:443", "[::1]", true, false},
	    {"https://s3.eu-west-1.amazonaws.com", "s3.eu-west-1.amazonaws.com",
		true, true},
	    {"https://s3.cn-north-1.amazonaws.com.cn",
		"s3.cn-north-1.amazonaws.com.cn", true, true},
	    {"https://s3.eusc-de-east-1.amazonaws.eu",
		"s3.eusc-de-east-1.amazonaws.eu", true, true},
	    {"https://s3.us-iso-east-1.c2s.ic.gov",
		"s3.us-iso-east-1.c2s.ic.gov", true, true},
	    {"https://notamazonaws.com", "notamazonaws.com", true, false},
	};
	struct endpoint p;
	struct error e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof good / sizeof *good; i++) {
		assert_int_equal(endpoint_parse(&p, good[i].url, &e), 0);
		assert_string_equal(p.host, good[i].host);
		assert_int_equal(p.https, good[i].https);
		assert_int_equal(p.aws, good[i].aws);
	}
}

static void
what_is_no_url_is_refused(void **state)
{
	static const char *const bad[] = {"h", "ftp://h", "http://",
	    "http://h/b", "http://h?x", "http://u@h", "http://h:", "http://h:0",
	    "http://h:65536", "http://h:x", "http://[::1", "http://[]",
	    "http://a b", "http://h\n", "http://:9000", ""};
	struct endpoint p;
	struct error e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(endpoint_parse(&p, bad[i], &e), -1);
		assert_int_equal(e.status, ERROR_USAGE);
		assert_non_null(strstr(e.text, "endpoint"));
	}
}

static void
regions_are_read_from_hosts(void **state)
{
	static const struct {
		const char *host, *region;
	} hosts[] = {
	    {"s3.eu-central-003.backblazeb2.com", "eu-central-003"},
	    {"s3.us-west-2.amazonaws.com", "us-west-2"},
	    {"s3-us-west-2.amazonaws.com", "us-west-2"},
	    {"s3.dualstack.eu-west-1.amazonaws.com", "eu-west-1"},
	    {"s3-accesspoint.eu-west-1.amazonaws.com", "eu-west-1"},
	    {"s3.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"},
	    {"s3.eu-x.example.com:9000", "eu-x"},
	    {"s3.amazonaws.com", NULL},
	    {"s3.example.com", NULL},
	    {"s3.my-domain.com", NULL},
	    {"minio.eu-west-1.example.com", NULL},
	    {"localhost", NULL},
	    {"", NULL},
	};
	char region[ENDPOINT_REGION];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof hosts / sizeof *hosts; i++) {
		assert_int_equal(endpoint_region(hosts[i].host, region),
		    hosts[i].region != NULL);
		if (hosts[i].region != NULL)
			assert_string_equal(region, hosts[i].region);
	}
}

static void
aws_hosts_follow_region_and_kind(void **state)
{
	static const struct {
		struct endpoint_kind kind;
		const char *region, *wanted;
	} cases[] = {
	    {{"s3", false, false}, "eu-west-1", "s3.eu-west-1.amazonaws.com"},
	    {{"s3", false, false}, "cn-north-1",
		"s3.cn-north-1.amazonaws.com.cn"},
	    {{"s3", false, true}, "eusc-de-east-1",
		"s3.dualstack.eusc-de-east-1.amazonaws.eu"},
	    {{"s3", true, false}, "us-iso-east-1",
		"s3-fips.us-iso-east-1.c2s.ic.gov"},
	    {{"s3", false, false}, "us-isob-east-1",
		"s3.us-isob-east-1.sc2s.sgov.gov"},
	    {{"s3", false, false}, "us-isof-south-1",
		"s3.us-isof-south-1.csp.hci.ic.gov"},
	    {{"s3", false, false}, "eu-isoe-west-1",
		"s3.eu-isoe-west-1.cloud.adc-e.uk"},
	    {{"s3-accesspoint", true, true}, "us-west-2",
		"s3-accesspoint-fips.dualstack.us-west-2.amazonaws.com"},
	};
	char host[ENDPOINT_HOST];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		endpoint_aws(host, &cases[i].kind, cases[i].region);
		assert_string_equal(host, cases[i].wanted);
	}
}

/* What kind of endpoint it is outlives a move to another region. */
static void
moved_hosts_keep_their_kind(void **state)
{
	static const struct {
		const char *host, *region, *wanted;
	} cases[] = {
	    {"s3.amazonaws.com", "eu-west-1", "s3.eu-west-1.amazonaws.com"},
	    {"s3-us-west-2.amazonaws.com", "eu-west-1",
		"s3.eu-west-1.amazonaws.com"},
	    {"s3-fips.us-east-1.amazonaws.com", "us-gov-west-1",
		"s3-fips.us-gov-west-1.amazonaws.com"},
	    {"s3.dualstack.us-east-1.amazonaws.com", "us-west-2",
		"s3.dualstack.us-west-2.amazonaws.com"},
	    {"s3-fips.dualstack.us-east-1.amazonaws.com", "us-west-2",
		"s3-fips.dualstack.us-west-2.amazonaws.com"},
	    {"s3-accesspoint.us-east-1.amazonaws.com", "us-west-2",
		"s3-accesspoint.us-west-2.amazonaws.com"},
	};
	char host[ENDPOINT_HOST], region[ENDPOINT_REGION];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(host, sizeof host, "%s", cases[i].host);
		endpoint_move(host, cases[i].region);
		assert_string_equal(host, cases[i].wanted);
		assert_true(endpoint_region(host, region));
		assert_string_equal(region, cases[i].region);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(urls_are_taken_apart),
	    cmocka_unit_test(what_is_no_url_is_refused),
	    cmocka_unit_test(regions_are_read_from_hosts),
	    cmocka_unit_test(aws_hosts_follow_region_and_kind),
	    cmocka_unit_test(moved_hosts_keep_their_kind),
	};

	return cmocka_run_group_tests_name("endpoint", tests, NULL, NULL);
}
