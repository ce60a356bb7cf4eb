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
	    "AWS_CONTAINER_CREDENTIALS_FULL_URI"};
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
endpoints_are_taken_apart(void **state)
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
	    {"https://s3.eu-west-1.amazonaws.com", "s3.eu-west-1.amazonaws.com",
		true, true},
	    {"https://s3.cn-north-1.amazonaws.com.cn",
		"s3.cn-north-1.amazonaws.com.cn", true, true},
	    {"https://notamazonaws.com", "notamazonaws.com", true, false},
	};
	struct config c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof good / sizeof *good; i++) {
		setenv("S3_ENDPOINT", good[i].url, 1);
		c = load();
		assert_string_equal(c.host, good[i].host);
		assert_int_equal(c.https, good[i].https);
		assert_int_equal(c.aws, good[i].aws);
		config_free(&c);
	}
}

static void
no_endpoints_are_refused(void **state)
{
	static const char *const bad[] = {"h", "ftp://h", "http://",
	    "http://h/b", "http://h?x", "http://u@h", "http://h:", "http://h:0",
	    "http://h:65536", "http://h:x", "http://[::1", "http://[]",
	    "http://a b", "http://h\n", "http://:9000"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		setenv("S3_ENDPOINT", bad[i], 1);
		refused(ERROR_USAGE, "endpoint");
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
	    {"s3.eu-x.example.com:9000", "eu-x"},
	    {"s3.amazonaws.com", NULL},
	    {"s3.example.com", NULL},
	    {"s3.my-domain.com", NULL},
	    {"minio.eu-west-1.example.com", NULL},
	    {"localhost", NULL},
	    {"", NULL},
	};
	char region[CONFIG_REGION];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof hosts / sizeof *hosts; i++) {
		assert_int_equal(config_region_of(hosts[i].host, region),
		    hosts[i].region != NULL);
		if (hosts[i].region != NULL)
			assert_string_equal(region, hosts[i].region);
	}
}

static void
names_fall_back_in_order(void **state)
{
	struct config c;

	(void)state;
	setenv("S3_ENDPOINT", "", 1);
	c = load();
	assert_string_equal(c.host, "s3.us-east-1.amazonaws.com");
	assert_true(c.https && c.aws && c.virtual_host);
	config_free(&c);
	setenv("AWS_DEFAULT_REGION", "eu-a", 1);
	setenv("AWS_ENDPOINT_URL", "http://third", 1);
	c = load();
	assert_string_equal(c.host, "third");
	assert_string_equal(c.region, "eu-a");
	config_free(&c);
	setenv("AWS_REGION", "eu-b", 1);
	setenv("AWS_ENDPOINT_URL_S3", "http://second", 1);
	c = load();
	assert_string_equal(c.host, "second");
	assert_string_equal(c.region, "eu-b");
	config_free(&c);
	setenv("S3_REGION", "eu-c", 1);
	setenv("S3_ENDPOINT", "http://s3.us-x.first.com", 1);
	c = load();
	assert_string_equal(c.host, "s3.us-x.first.com");
	assert_string_equal(c.region, "eu-c");
	config_free(&c);
	setenv("S3_REGION", "eu/c", 1);
	refused(ERROR_USAGE, "no region");
}

static void
aws_hosts_follow_the_region(void **state)
{
	static const struct {
		const char *host, *region, *wanted;
	} cases[] = {
	    {"", "eu-west-1", "s3.eu-west-1.amazonaws.com"},
	    {"", "cn-north-1", "s3.cn-north-1.amazonaws.com.cn"},
	    {"s3.amazonaws.com", "eu-west-1", "s3.eu-west-1.amazonaws.com"},
	    {"s3-fips.us-east-1.amazonaws.com", "us-gov-west-1",
		"s3-fips.us-gov-west-1.amazonaws.com"},
	    {"s3.dualstack.us-east-1.amazonaws.com", "us-west-2",
		"s3.dualstack.us-west-2.amazonaws.com"},
	    {"s3-fips.dualstack.us-east-1.amazonaws.com", "us-west-2",
		"s3-fips.dualstack.us-west-2.amazonaws.com"},
	};
	char host[CONFIG_HOST], region[CONFIG_REGION];
	struct config c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(host, sizeof host, "%s", cases[i].host);
		config_host_of(cases[i].region, host);
		assert_string_equal(host, cases[i].wanted);
		assert_true(config_region_of(host, region));
		assert_string_equal(region, cases[i].region);
	}
	unsetenv("S3_ENDPOINT");
	setenv("AWS_REGION", "cn-northwest-1", 1);
	c = load();
	assert_true(c.aws);
	assert_string_equal(c.host, "s3.cn-northwest-1.amazonaws.com.cn");
	config_free(&c);
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
	assert_string_equal(c.bucket, "other");
	config_free(&c);
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		setenv("S3_BUCKET", bad[i], 1);
		refused(ERROR_USAGE, "cannot be a bucket");
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
	    cmocka_unit_test_setup(endpoints_are_taken_apart, set_up),
	    cmocka_unit_test_setup(no_endpoints_are_refused, set_up),
	    cmocka_unit_test_setup(regions_are_read_from_hosts, set_up),
	    cmocka_unit_test_setup(names_fall_back_in_order, set_up),
	    cmocka_unit_test_setup(aws_hosts_follow_the_region, set_up),
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
