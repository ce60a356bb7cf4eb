/*
 * profile: the shared files as awscli reads them, and endpoints from them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aws/profile.h"

static char config_path[] = "/tmp/s3pipe-profile.XXXXXX";
static struct profile profile;
static struct buffer warning;
static struct error error;

static int
set_up(void **state)
{
	static const char *const names[] = {"AWS_PROFILE",
	    "AWS_DEFAULT_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3",
	    "AWS_ENDPOINT_URL_STS", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof names / sizeof *names; i++)
		unsetenv(names[i]);
	setenv("AWS_CONFIG_FILE", config_path, 1);
	setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
	memset(&profile, 0, sizeof profile);
	memset(&warning, 0, sizeof warning);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	profile_free(&profile);
	buffer_free(&warning);
	return 0;
}

static void
write_config(const char *text)
{
	FILE *f = fopen(config_path, "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	profile_free(&profile);
	memset(&profile, 0, sizeof profile);
}

static void
has(enum profile_field field, const char *value)
{
	assert_int_equal(profile_read(&profile, &warning, &error), 0);
	if (value == NULL)
		assert_null(profile_get(&profile, field));
	else
		assert_string_equal(profile_get(&profile, field), value);
}

static void
endpoint_is(enum profile_service service, const char *wanted)
{
	const char *url;

	assert_int_equal(
	    profile_endpoint(&profile, service, &url, &warning, &error), 0);
	if (wanted == NULL)
		assert_null(url);
	else
		assert_string_equal(url, wanted);
}

static void
sections_have_names_in_quotes(void **state)
{
	(void)state;
	setenv("AWS_PROFILE", "my own", 1);
	write_config("[profile my]\nregion=a\n[profile \"my own\"]\nregion=b\n"
		     "[my own]\nregion=c\n");
	has(PROFILE_REGION, "b");
	write_config("[profile my own]\nregion=a\n");
	assert_int_equal(profile_read(&profile, &warning, &error), -1);
	assert_non_null(strstr(error.text, "there is no profile my own"));
}

static void
the_later_default_counts(void **state)
{
	(void)state;
	write_config("[default]\nregion=a\nca_bundle=/a\n"
		     "[profile default]\nregion=b\n");
	has(PROFILE_REGION, "b");
	has(PROFILE_CA, NULL);
}

static void
values_are_read_as_they_are_meant(void **state)
{
	(void)state;
	write_config("[default]\n"
		     "Region : eu-west-1 # Ireland\n"
		     "credential_process = sh -c 'a ; b' # x\n"
		     "s3 =\n"
		     "    addressing_style = path\n"
		     "    max_concurrent_requests = 20\n"
		     "other =\n"
		     "    no setting at all\n"
		     "use_fips_endpoint = True\n");
	has(PROFILE_REGION, "eu-west-1");
	has(PROFILE_PROCESS, "sh -c 'a ; b' # x");
	has(PROFILE_ADDRESSING, "path");
	assert_true(profile_true(profile_get(&profile, PROFILE_FIPS)));
}

static void
what_stands_twice_is_refused(void **state)
{
	(void)state;
	write_config("[default]\nregion=a\nregion=b\n");
	assert_int_equal(profile_read(&profile, &warning, &error), -1);
	assert_non_null(
	    strstr(error.text, "line 3: a setting that stands there twice"));
}

static void
endpoints_are_of_the_service_first(void **state)
{
	(void)state;
	write_config("[services mine]\n"
		     "sts =\n  endpoint_url = http://sts\n"
		     "s3 =\n  signature_version = s3v4\n"
		     "  endpoint_url = http://s3\n"
		     "[default]\nservices = mine\nendpoint_url = http://all\n"
		     "[services other]\ns3 =\n  endpoint_url = http://other\n");
	endpoint_is(PROFILE_S3, "http://s3");
	endpoint_is(PROFILE_STS, "http://sts");
	write_config("[default]\nservices = none\nendpoint_url = http://all\n");
	endpoint_is(PROFILE_S3, "http://all");
	setenv("AWS_ENDPOINT_URL", "http://every", 1);
	endpoint_is(PROFILE_S3, "http://every");
	setenv("AWS_ENDPOINT_URL_S3", "http://env", 1);
	endpoint_is(PROFILE_S3, "http://env");
	endpoint_is(PROFILE_STS, "http://every");
	setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true", 1);
	endpoint_is(PROFILE_S3, NULL);
}

static void
a_profile_may_ignore_all_endpoints(void **state)
{
	(void)state;
	write_config("[default]\nendpoint_url = http://all\n"
		     "ignore_configured_endpoint_urls = true\n");
	endpoint_is(PROFILE_S3, NULL);
	setenv("AWS_ENDPOINT_URL", "http://every", 1);
	endpoint_is(PROFILE_S3, NULL);
	unsetenv("AWS_ENDPOINT_URL");
	setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false", 1);
	endpoint_is(PROFILE_S3, "http://all");
}

static void
paths_may_begin_with_a_tilde(void **state)
{
	char home[] = "/tmp/s3pipe-home.XXXXXX", path[64];

	(void)state;
	assert_non_null(mkdtemp(home));
	setenv("HOME", home, 1);
	setenv("AWS_CONFIG_FILE", "~/config", 1);
	snprintf(path, sizeof path, "%s/config", home);
	assert_int_equal(rename(config_path, path), 0);
	has(PROFILE_ENDPOINT, "http://all");
	assert_int_equal(rename(path, config_path), 0);
	assert_int_equal(rmdir(home), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	    TEST(sections_have_names_in_quotes),
	    TEST(the_later_default_counts),
	    TEST(values_are_read_as_they_are_meant),
	    TEST(what_stands_twice_is_refused),
	    TEST(endpoints_are_of_the_service_first),
	    TEST(a_profile_may_ignore_all_endpoints),
	    TEST(paths_may_begin_with_a_tilde),
	};
	int fd = mkstemp(config_path), rc;

	if (fd == -1)
		return 1;
	close(fd);
	rc = cmocka_run_group_tests_name("profile", tests, NULL, NULL);
	unlink(config_path);
	return rc;
}
