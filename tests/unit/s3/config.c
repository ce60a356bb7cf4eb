/*
 * config, settings, credentials: what the environment says, and what it must
 * not say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/settings.h"
#include "s3/config.h"

static char secret_path[] = "/tmp/s3pipe-secret.XXXXXX";

/* A store that is well configured; each test changes what it is about. */
static int
set_up(void **state)
{
	static const char *const names[] = {"S3_ENDPOINT",
	    "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "S3_BUCKET", "S3_REGION",
	    "AWS_REGION", "AWS_DEFAULT_REGION", "S3_ADDRESSING", "S3_CA_FILE",
	    "S3_CONNECT_TIMEOUT", "S3_TIMEOUT", "S3_RETRIES", "S3_ACCESS_KEY",
	    "S3_SECRET_KEY", "S3_SESSION_TOKEN", "S3_ACCESS_KEY_FILE",
	    "S3_SECRET_KEY_FILE", "S3_SESSION_TOKEN_FILE", "AWS_ACCESS_KEY_ID",
	    "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
	    "AWS_SECRET_ACCESS_KEY_FILE", "AWS_PROFILE", "AWS_DEFAULT_PROFILE",
	    "AWS_WEB_IDENTITY_TOKEN_FILE",
	    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
	    "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_USE_FIPS_ENDPOINT",
	    "AWS_USE_DUALSTACK_ENDPOINT", "AWS_CA_BUNDLE", "S3_REQUEST_PAYER",
	    "S3_EXPECTED_BUCKET_OWNER", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof names / sizeof *names; i++)
		unsetenv(names[i]);
	setenv("S3_ENDPOINT", "http://127.0.0.1:9000", 1);
	setenv("S3_BUCKET", "bucket", 1);
	setenv("S3_ACCESS_KEY", "access", 1);
	setenv("S3_SECRET_KEY", "secret", 1);
	setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
	setenv("AWS_CONFIG_FILE", "/dev/null", 1);
	setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
	return 0;
}

static struct config
load(void)
{
	struct config c;
	struct error e;

	assert_int_equal(config_load(&c, NULL, NULL, &e), 0);
	return c;
}

/* Fails to load, with that status and those words. */
static void
refused(enum error_status status, const char *words)
{
	struct config c;
	struct error e;

	assert_int_equal(config_load(&c, NULL, NULL, &e), -1);
	assert_int_equal(e.status, status);
	assert_non_null(strstr(e.text, words));
	assert_null(c.credentials.access_key);
	assert_null(c.credentials.secret_key);
}

static void
write_secret(const char *text)
{
	FILE *f = fopen(secret_path, "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void
names_fall_back_in_order(void **state)
{
	struct config c;

	(void)state;
	setenv("S3_ENDPOINT", "", 1);
	c = load();
	assert_string_equal(c.endpoint.host, "s3.us-east-1.amazonaws.com");
	assert_true(c.endpoint.https && c.endpoint.aws && c.virtual_host);
	config_free(&c);
	setenv("AWS_DEFAULT_REGION", "eu-a", 1);
	setenv("AWS_ENDPOINT_URL", "http://third", 1);
	c = load();
	assert_string_equal(c.endpoint.host, "third");
	assert_string_equal(c.region, "eu-a");
	config_free(&c);
	setenv("AWS_REGION", "eu-b", 1);
	setenv("AWS_ENDPOINT_URL_S3", "http://second", 1);
	c = load();
	assert_string_equal(c.endpoint.host, "second");
	assert_string_equal(c.region, "eu-b");
	config_free(&c);
	setenv("S3_REGION", "eu-c", 1);
	setenv("S3_ENDPOINT", "http://s3.us-x.first.com", 1);
	c = load();
	assert_string_equal(c.endpoint.host, "s3.us-x.first.com");
	assert_string_equal(c.region, "eu-c");
	config_free(&c);
	setenv("S3_REGION", "eu/c", 1);
	refused(ERROR_USAGE, "invalid region");
}

static void
aws_hosts_follow_the_region(void **state)
{
	struct config c;

	(void)state;
	unsetenv("S3_ENDPOINT");
	setenv("AWS_REGION", "cn-northwest-1", 1);
	c = load();
	assert_true(c.endpoint.aws);
	assert_string_equal(
	    c.endpoint.host, "s3.cn-northwest-1.amazonaws.com.cn");
	config_free(&c);
	setenv("AWS_USE_FIPS_ENDPOINT", "true", 1);
	setenv("AWS_USE_DUALSTACK_ENDPOINT", "True", 1);
	setenv("AWS_REGION", "us-gov-west-1", 1);
	c = load();
	assert_string_equal(
	    c.endpoint.host, "s3-fips.dualstack.us-gov-west-1.amazonaws.com");
	config_free(&c);
	setenv("AWS_USE_FIPS_ENDPOINT", "yes", 1);
	refused(ERROR_USAGE, "AWS_USE_FIPS_ENDPOINT is not true or false");
	setenv("AWS_USE_FIPS_ENDPOINT", "true", 1);
	setenv("S3_ENDPOINT", "http://h", 1);
	refused(ERROR_USAGE,
	    "AWS_USE_FIPS_ENDPOINT=true cannot be kept with the endpoint");
}

/* An access point is a host's label in its own region. */
static void
access_points_have_hosts(void **state)
{
	static const char arn[] =
	    "arn:aws:s3:eu-west-1:123456789012:accesspoint/logs";
	struct config c;

	(void)state;
	unsetenv("S3_ENDPOINT");
	setenv("S3_BUCKET", arn, 1);
	setenv("S3_REGION", "us-west-2", 1);
	c = load();
	assert_string_equal(
	    c.endpoint.host, "s3-accesspoint.eu-west-1.amazonaws.com");
	assert_string_equal(c.bucket.name, "logs-123456789012");
	assert_string_equal(c.region, "eu-west-1");
	assert_true(c.virtual_host);
	config_free(&c);
	setenv("S3_ADDRESSING", "path", 1);
	refused(ERROR_USAGE, "an access point has no path");
}

static void
headers_for_every_request(void **state)
{
	struct header_list list = {0};
	struct config c;
	struct error e;

	(void)state;
	setenv("S3_REQUEST_PAYER", "requester", 1);
	c = load();
	assert_int_equal(c.neverywhere, 1);
	assert_string_equal(c.everywhere[0].name, "x-amz-request-payer");
	assert_int_equal(
	    header_add_line(&list, "X-Amz-Request-Payer: other", &e), 0);
	assert_int_equal(
	    header_add_line(&list, "x-amz-expected-bucket-owner: 1", &e), 0);
	config_headers(&c, &list);
	assert_int_equal(c.neverywhere, 2);
	assert_string_equal(c.everywhere[0].value, "other");
	assert_string_equal(c.everywhere[1].value, "1");
	config_free(&c);
	header_free(&list);
	setenv("S3_REQUEST_PAYER", "a\nb", 1);
	refused(ERROR_USAGE, "S3_REQUEST_PAYER: the header");
}

static void
buckets_go_where_their_names_allow(void **state)
{
	static const struct {
		const char *bucket, *endpoint, *how;
		bool virtual_host;
	} cases[] = {
	    {"bucket", "https://s3.amazonaws.com", "auto", true},
	    {"with.dot", "https://s3.amazonaws.com", "auto", false},
	    {"with.dot", "http://s3.amazonaws.com", "auto", true},
	    {"Upper", "https://s3.amazonaws.com", "", false},
	    {"under_score", "https://s3.amazonaws.com", "", false},
	    {"bucket", "https://h", "auto", false},
	    {"bucket", "https://h", "virtual", true},
	    {"bucket", "https://s3.amazonaws.com", "path", false},
	};
	struct config c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		setenv("S3_BUCKET", cases[i].bucket, 1);
		setenv("S3_ENDPOINT", cases[i].endpoint, 1);
		setenv("S3_ADDRESSING", cases[i].how, 1);
		c = load();
		assert_int_equal(c.virtual_host, cases[i].virtual_host);
		config_free(&c);
	}
	setenv("S3_ADDRESSING", "host", 1);
	refused(ERROR_USAGE, "S3_ADDRESSING");
}

static void
a_bucket_must_be_one(void **state)
{
	static const char *const bad[] = {"ab", "a/b", "a b c", "../x"};
	struct config c;
	struct error e;
	size_t i;

	(void)state;
	assert_int_equal(config_load(&c, "other", NULL, &e), 0);
	assert_string_equal(c.bucket.name, "other");
	config_free(&c);
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		setenv("S3_BUCKET", bad[i], 1);
		refused(ERROR_USAGE, "not a valid bucket name");
	}
	setenv("S3_BUCKET", "", 1);
	refused(ERROR_USAGE, "no bucket");
}

static void
numbers_have_defaults_and_limits(void **state)
{
	struct config c = load();

	(void)state;
	assert_int_equal(c.connect_timeout, 10);
	assert_int_equal(c.timeout, 60);
	assert_int_equal(c.retries, 10);
	assert_null(c.ca_file);
	config_free(&c);
	setenv("S3_TIMEOUT", "86400", 1);
	setenv("S3_RETRIES", "1", 1);
	c = load();
	assert_int_equal(c.timeout, 86400);
	assert_int_equal(c.retries, 1);
	config_free(&c);
	setenv("S3_TIMEOUT", "86401", 1);
	refused(ERROR_USAGE, "S3_TIMEOUT");
	setenv("S3_TIMEOUT", "", 1);
	setenv("S3_RETRIES", "0", 1);
	refused(ERROR_USAGE, "S3_RETRIES");
}

static void
credentials_are_a_set_of_one_source(void **state)
{
	struct config c;

	(void)state;
	setenv("AWS_ACCESS_KEY_ID", "theirs", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "their-secret", 1);
	setenv("AWS_SESSION_TOKEN", "their-token", 1);
	c = load();
	assert_string_equal(c.credentials.access_key, "access");
	assert_string_equal(c.credentials.secret_key, "secret");
	assert_null(c.credentials.session_token);
	config_free(&c);
	unsetenv("S3_SECRET_KEY");
	refused(ERROR_USAGE, "S3_ACCESS_KEY is set, but not S3_SECRET_KEY");
	setenv("S3_ACCESS_KEY", "", 1);
	setenv("S3_SECRET_KEY", "secret", 1);
	c = load();
	assert_string_equal(c.credentials.access_key, "theirs");
	assert_string_equal(c.credentials.secret_key, "their-secret");
	assert_string_equal(c.credentials.session_token, "their-token");
	config_free(&c);
	assert_null(c.credentials.secret_key);
	unsetenv("AWS_ACCESS_KEY_ID");
	refused(ERROR_USAGE, "no credentials");
}

static void
secrets_come_from_files_less_their_line_ends(void **state)
{
	struct config c;

	(void)state;
	unsetenv("S3_SECRET_KEY");
	setenv("S3_SECRET_KEY_FILE", secret_path, 1);
	write_secret("from-file\r\n\n");
	c = load();
	assert_string_equal(c.credentials.secret_key, "from-file");
	config_free(&c);
	write_secret("no-end");
	c = load();
	assert_string_equal(c.credentials.secret_key, "no-end");
	config_free(&c);
	setenv("S3_SECRET_KEY", "secret", 1);
	refused(ERROR_USAGE, "both S3_SECRET_KEY and S3_SECRET_KEY_FILE");
	unsetenv("S3_SECRET_KEY");
	setenv("S3_SECRET_KEY_FILE", "/nonexistent/x", 1);
	refused(ERROR_FAILED, "S3_SECRET_KEY_FILE: /nonexistent/x");
}

static void
an_empty_secret_file_is_an_error(void **state)
{
	(void)state;
	unsetenv("S3_SECRET_KEY");
	setenv("S3_SECRET_KEY_FILE", secret_path, 1);
	write_secret("");
	refused(ERROR_FAILED, "is empty");
	write_secret("\n");
	refused(ERROR_FAILED, "is empty");
}

static void
what_would_break_a_header_is_no_key(void **state)
{
	static const char *const bad[] = {"a b", "a\nb", "\x7f", "a\t"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		setenv("S3_SECRET_KEY", bad[i], 1);
		refused(ERROR_USAGE, "the secret key holds");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(names_fall_back_in_order, set_up),
	    cmocka_unit_test_setup(aws_hosts_follow_the_region, set_up),
	    cmocka_unit_test_setup(access_points_have_hosts, set_up),
	    cmocka_unit_test_setup(headers_for_every_request, set_up),
	    cmocka_unit_test_setup(buckets_go_where_their_names_allow, set_up),
	    cmocka_unit_test_setup(a_bucket_must_be_one, set_up),
	    cmocka_unit_test_setup(numbers_have_defaults_and_limits, set_up),
	    cmocka_unit_test_setup(credentials_are_a_set_of_one_source, set_up),
	    cmocka_unit_test_setup(
		secrets_come_from_files_less_their_line_ends, set_up),
	    cmocka_unit_test_setup(an_empty_secret_file_is_an_error, set_up),
	    cmocka_unit_test_setup(what_would_break_a_header_is_no_key, set_up),
	};
	int failed, fd = mkstemp(secret_path);

	if (fd < 0)
		return 1;
	close(fd);
	failed = cmocka_run_group_tests_name("config", tests, NULL, NULL);
	unlink(secret_path);
	return failed;
}
