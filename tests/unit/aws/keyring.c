/*
 * keyring: fresh credentials in time, the old ones as long as they hold.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "aws/keyring.h"

/* What a search finds: the environment's key, or nothing at all. */
static void
environment(const char *key)
{
	setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
	setenv("AWS_CONFIG_FILE", "/dev/null", 1);
	setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
	unsetenv("AWS_PROFILE");
	unsetenv("AWS_ACCESS_KEY_ID");
	unsetenv("AWS_WEB_IDENTITY_TOKEN_FILE");
	unsetenv("AWS_CONTAINER_CREDENTIALS_FULL_URI");
	unsetenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	setenv("S3_ACCESS_KEY", key, 1);
	setenv("S3_SECRET_KEY", "fresh-secret", 1);
}

/* A ring of a first set that ends in so many seconds; 0: never. */
static struct keyring *
ring(int64_t seconds)
{
	struct credentials first = {(char *)"old", (char *)"old-secret", NULL,
	    seconds != 0 ? (int64_t)time(NULL) + seconds : 0, ""};
	struct keyring *k = keyring_open(&first);

	assert_non_null(k);
	return k;
}

static void
gives(struct keyring *k, struct credentials *mine, unsigned *generation,
    const char *key)
{
	struct error e;

	assert_int_equal(keyring_get(k, mine, generation, NULL, &e), 0);
	assert_string_equal(mine->access_key, key);
}

static void
what_lasts_is_kept(void **state)
{
	static const int64_t ends[] = {0, 3600};
	struct credentials mine;
	unsigned generation;
	struct keyring *k;
	size_t i;

	(void)state;
	environment("fresh");
	for (i = 0; i < sizeof ends / sizeof *ends; i++) {
		memset(&mine, 0, sizeof mine);
		generation = 0;
		k = ring(ends[i]);
		gives(k, &mine, &generation, "old");
		gives(k, &mine, &generation, "old");
		assert_int_equal(generation, 1);
		credentials_free(&mine);
		keyring_free(k);
	}
}

static void
what_is_about_to_expire_is_renewed(void **state)
{
	struct credentials mine = {0}, other = {0};
	unsigned generation = 0, others = 0;
	struct keyring *k = ring(100);

	(void)state;
	environment("fresh");
	gives(k, &mine, &generation, "fresh");
	assert_string_equal(mine.secret_key, "fresh-secret");
	environment("later");
	gives(k, &other, &others, "fresh");
	credentials_free(&mine);
	credentials_free(&other);
	keyring_free(k);
}

static void
the_old_serve_until_they_end(void **state)
{
	struct credentials mine = {0};
	unsigned generation = 0;
	struct keyring *k = ring(100);
	struct error e;

	(void)state;
	environment("");
	gives(k, &mine, &generation, "old");
	/* Not looked for again at once. */
	environment("fresh");
	gives(k, &mine, &generation, "old");
	keyring_free(k);
	credentials_free(&mine);
	environment("");
	k = ring(-1);
	generation = 0;
	assert_int_equal(keyring_get(k, &mine, &generation, NULL, &e), -1);
	assert_non_null(
	    strstr(e.text, "the credentials have expired: no credentials"));
	environment("fresh");
	gives(k, &mine, &generation, "fresh");
	credentials_free(&mine);
	keyring_free(k);
}

static void
a_refusal_renews_once(void **state)
{
	struct credentials mine = {0};
	unsigned generation = 0, refused;
	struct keyring *k = ring(0);
	struct error e;

	(void)state;
	environment("fresh");
	gives(k, &mine, &generation, "old");
	refused = generation;
	assert_int_equal(keyring_renew(k, refused, NULL, &e), 0);
	gives(k, &mine, &generation, "fresh");
	/* Another worker was refused with the old ones too. */
	environment("later");
	assert_int_equal(keyring_renew(k, refused, NULL, &e), 0);
	gives(k, &mine, &generation, "fresh");
	environment("");
	assert_int_equal(keyring_renew(k, generation, NULL, &e), -1);
	gives(k, &mine, &generation, "fresh");
	credentials_free(&mine);
	keyring_free(k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_lasts_is_kept),
	    cmocka_unit_test(what_is_about_to_expire_is_renewed),
	    cmocka_unit_test(the_old_serve_until_they_end),
	    cmocka_unit_test(a_refusal_renews_once),
	};

	return cmocka_run_group_tests_name("keyring", tests, NULL, NULL);
}
