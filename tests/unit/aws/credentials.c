/*
 * credentials: the answers that name them, and the hosts that may be asked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "aws/credentials_source.h"

static struct credentials
from_json(const char *text)
{
	struct credentials c = {0};
	struct error e;

	assert_int_equal(credentials_from_json(&c, text, strlen(text), &e), 0);
	return c;
}

static void
json_fails(const char *text, const char *words)
{
	struct credentials c = {0};
	struct error e;

	assert_int_equal(credentials_from_json(&c, text, strlen(text), &e), -1);
	assert_string_equal(e.text, words);
	credentials_free(&c);
	assert_null(c.secret_key);
}

static void
json_of_all_sources_is_read(void **state)
{
	struct credentials c;

	(void)state;
	c = from_json("{\"Code\":\"Success\",\"AccessKeyId\":\"a\","
		      "\"SecretAccessKey\":\"s\",\"Token\":\"t\","
		      "\"Expiration\":\"2026-11-23T07:28:45Z\"}");
	assert_string_equal(c.access_key, "a");
	assert_string_equal(c.secret_key, "s");
	assert_string_equal(c.session_token, "t");
	assert_int_equal(c.expires, 1795418925);
	credentials_free(&c);
	c = from_json("{\"Version\":1,\"AccessKeyId\":\"a\","
		      "\"SecretAccessKey\":\"s\",\"SessionToken\":null}");
	assert_null(c.session_token);
	assert_int_equal(c.expires, 0);
	credentials_free(&c);
}

static void
an_empty_session_token_is_left_out(void **state)
{
	struct credentials c;
	struct error e;

	(void)state;
	c = from_json("{\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"s\","
		      "\"Token\":\"\",\"Expiration\":\"\"}");
	assert_int_equal(credentials_check(&c, "here", &e), 0);
	assert_null(c.session_token);
	credentials_free(&c);
}

static void
json_without_credentials_tells_why(void **state)
{
	(void)state;
	json_fails("{}", "the answer has no credentials");
	json_fails("{\"AccessKeyId\":\"a\"}", "the answer has no credentials");
	json_fails("{\"Code\":\"C\",\"Message\":\"m\"}", "C: m");
	json_fails("{\"code\":\"C\"}", "C");
	json_fails("{\"message\":\"m\"}", "m");
	json_fails("{\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"s\","
		   "\"Version\":2}",
	    "the answer is of version 2, not 1");
	json_fails("{\"SecretAccessKey\":\"s\",\"Expiration\":\"soon\"}",
	    "the expiration is no time: soon");
	json_fails("{\"SecretAccessKey\":\"s\",\"SecretAccessKey\":\"s\"}",
	    "the answer says it twice");
	json_fails("{\"SecretAccessKey\":\"s\"", "the JSON is broken");
}

static void
sts_is_read(void **state)
{
	static const char xml[] =
	    "<AssumeRoleWithWebIdentityResponse xmlns=\"https://x/\">"
	    "<AssumeRoleWithWebIdentityResult><AssumedRoleUser>"
	    "<AssumedRoleId>no</AssumedRoleId></AssumedRoleUser><Credentials>"
	    "<SessionToken>t</SessionToken><SecretAccessKey>s</SecretAccessKey>"
	    "<Expiration>2026-11-23T07:28:45Z</Expiration>"
	    "<AccessKeyId>a</AccessKeyId></Credentials>"
	    "</AssumeRoleWithWebIdentityResult>"
	    "</AssumeRoleWithWebIdentityResponse>";
	static const char error[] =
	    "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>"
	    "<Message>no</Message></Error></ErrorResponse>";
	struct credentials c = {0};
	struct error e;

	(void)state;
	assert_int_equal(credentials_from_sts(&c, xml, strlen(xml), &e), 0);
	assert_string_equal(c.access_key, "a");
	assert_string_equal(c.secret_key, "s");
	assert_string_equal(c.session_token, "t");
	assert_int_equal(c.expires, 1795418925);
	credentials_free(&c);
	assert_int_equal(
	    credentials_from_sts(&c, error, strlen(error), &e), -1);
	assert_string_equal(e.text, "AccessDenied: no");
	assert_int_equal(credentials_from_sts(&c, "<a", 2, &e), -1);
}

static void
container_urls_are_of_allowed_hosts(void **state)
{
	static const char *const good[] = {"https://example.com/x",
	    "http://localhost/x", "http://LOCALHOST:8080/x",
	    "http://127.0.0.1:80/x?y", "http://127.1.2.3", "http://[::1]:80/x",
	    "http://169.254.170.2/x", "http://169.254.170.23/v1/credentials",
	    "http://[fd00:ec2::23]/v1"};
	static const char *const bad[] = {"", "x", "ftp://localhost/",
	    "http://example.com/", "http://169.254.170.24/",
	    "http://127.0.0.1.example.com/", "http://localhost.example.com/",
	    "http://localhost@example.com/", "http://127.0.0.1:1@x.org/",
	    "http://[::2]/", "http://[::1/", "http:///", "http://127."};
	struct error e;
	char *url;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof good / sizeof *good; i++) {
		url = credentials_container_url(NULL, good[i], &e);
		assert_non_null(url);
		assert_string_equal(url, good[i]);
		free(url);
	}
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_null(credentials_container_url(NULL, bad[i], &e));
		assert_int_equal(e.status, ERROR_USAGE);
	}
	url = credentials_container_url("/v2/x?id=1", "http://x/", &e);
	assert_string_equal(url, "http://169.254.170.2/v2/x?id=1");
	free(url);
	url = credentials_container_url("@example.com/x", NULL, &e);
	assert_string_equal(url, "http://169.254.170.2/@example.com/x");
	free(url);
}

static void
a_copy_is_whole(void **state)
{
	struct credentials a = {(char *)"a", (char *)"s", (char *)"t", 7, "x"},
			   b;

	(void)state;
	assert_int_equal(credentials_copy(&a, &b), 0);
	assert_string_equal(b.access_key, "a");
	assert_string_equal(b.secret_key, "s");
	assert_string_equal(b.session_token, "t");
	assert_int_equal(b.expires, 7);
	assert_string_equal(b.source, "x");
	credentials_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(json_of_all_sources_is_read),
	    cmocka_unit_test(an_empty_session_token_is_left_out),
	    cmocka_unit_test(json_without_credentials_tells_why),
	    cmocka_unit_test(sts_is_read),
	    cmocka_unit_test(container_urls_are_of_allowed_hosts),
	    cmocka_unit_test(a_copy_is_whole),
	};

	return cmocka_run_group_tests_name("credentials", tests, NULL, NULL);
}
