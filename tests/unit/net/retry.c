/*
 * retry: what is sent again, and after how long.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "net/retry.h"

static void
what_may_be_well_again_is_repeated(void **state)
{
	static const struct {
		int status;
		const char *code;
	} later[] = {
	    {0, ""},
	    {408, ""},
	    {429, ""},
	    {500, ""},
	    {502, ""},
	    {503, ""},
	    {504, ""},
	    {599, ""},
	    {503, "SlowDown"},
	    {500, "InternalError"},
	    {200, "InternalError"},
	    {200, "SlowDown"},
	    {400, "RequestTimeout"},
	    {409, "OperationAborted"},
	    {409, "ConditionalRequestConflict"},
	    {503, "ServiceUnavailable"},
	    {503, "SomethingNew"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof later / sizeof *later; i++)
		assert_int_equal(
		    retry_decide(later[i].status, later[i].code), RETRY_LATER);
}

static void
expired_credentials_have_many_names(void **state)
{
	static const char *const codes[] = {"ExpiredToken", "InvalidToken",
	    "ExpiredTokenException", "ExpiredCredentials", "InvalidTokenId",
	    "TokenRefreshRequired", "RequestExpired"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof codes / sizeof *codes; i++) {
		assert_int_equal(
		    retry_decide(403, codes[i]), RETRY_CREDENTIALS);
		assert_int_equal(
		    retry_decide(400, codes[i]), RETRY_CREDENTIALS);
		assert_true(retry_identity(403, codes[i]));
	}
}

static void
only_codes_of_identity_refuse_everything(void **state)
{
	static const char *const others[] = {"AccessDenied", "",
	    "InvalidObjectState", "KMS.DisabledException", "NoSuchKey",
	    "SomethingNew"};
	size_t i;

	(void)state;
	assert_true(retry_identity(403, "InvalidAccessKeyId"));
	assert_true(retry_identity(403, "SignatureDoesNotMatch"));
	assert_true(retry_identity(403, "RequestTimeTooSkewed"));
	for (i = 0; i < sizeof others / sizeof *others; i++)
		assert_false(retry_identity(403, others[i]));
}

static void
what_is_final_is_not(void **state)
{
	static const struct {
		int status;
		const char *code;
	} never[] = {
	    {400, ""},
	    {403, ""},
	    {404, ""},
	    {405, ""},
	    {409, ""},
	    {411, ""},
	    {412, ""},
	    {416, ""},
	    {501, ""},
	    {200, ""},
	    {304, ""},
	    {403, "AccessDenied"},
	    {403, "SignatureDoesNotMatch"},
	    {403, "InvalidAccessKeyId"},
	    {404, "NoSuchKey"},
	    {404, "NoSuchBucket"},
	    {404, "NoSuchUpload"},
	    {412, "PreconditionFailed"},
	    {501, "NotImplemented"},
	    {500, "NotImplemented"},
	    {200, "AccessDenied"},
	    {400, "EntityTooSmall"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof never / sizeof *never; i++)
		assert_int_equal(
		    retry_decide(never[i].status, never[i].code), RETRY_NEVER);
}

static void
what_we_can_mend_is_mended(void **state)
{
	(void)state;
	assert_int_equal(retry_decide(301, ""), RETRY_REGION);
	assert_int_equal(retry_decide(307, ""), RETRY_REGION);
	assert_int_equal(retry_decide(301, "PermanentRedirect"), RETRY_REGION);
	assert_int_equal(
	    retry_decide(400, "AuthorizationHeaderMalformed"), RETRY_REGION);
	assert_int_equal(
	    retry_decide(403, "RequestTimeTooSkewed"), RETRY_CLOCK);
	assert_int_equal(retry_decide(400, "ExpiredToken"), RETRY_CREDENTIALS);
	assert_int_equal(retry_decide(403, "InvalidToken"), RETRY_CREDENTIALS);
}

static void
pauses_double_up_to_thirty_seconds(void **state)
{
	static const int ceilings[] = {
	    500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000};
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof ceilings / sizeof *ceilings; i++) {
		assert_int_equal(
		    retry_delay(i + 1, UINT32_MAX, 0), ceilings[i]);
		assert_int_equal(retry_delay(i + 1, 0, 0), 0);
		assert_int_equal(
		    retry_delay(i + 1, UINT32_C(1) << 31, 0), ceilings[i] / 2);
	}
	assert_int_equal(retry_delay(1000, UINT32_MAX, 0), 30000);
	assert_int_equal(retry_delay(UINT32_MAX, UINT32_MAX, 0), 30000);
	assert_int_equal(retry_delay(0, UINT32_MAX, 0), 500);
}

static void
pauses_are_no_shorter_than_asked_for(void **state)
{
	(void)state;
	assert_int_equal(retry_delay(1, 0, 7), 7000);
	assert_int_equal(retry_delay(1, UINT32_MAX, 7), 7000);
	assert_int_equal(retry_delay(9, UINT32_MAX, 7), 30000);
	assert_int_equal(retry_delay(1, 0, 300), 300000);
	assert_int_equal(retry_delay(1, 0, 301), 300000);
	assert_int_equal(retry_delay(1, 0, UINT32_MAX), 300000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_may_be_well_again_is_repeated),
	    cmocka_unit_test(expired_credentials_have_many_names),
	    cmocka_unit_test(only_codes_of_identity_refuse_everything),
	    cmocka_unit_test(what_is_final_is_not),
	    cmocka_unit_test(what_we_can_mend_is_mended),
	    cmocka_unit_test(pauses_double_up_to_thirty_seconds),
	    cmocka_unit_test(pauses_are_no_shorter_than_asked_for),
	};

	return cmocka_run_group_tests_name("retry", tests, NULL, NULL);
}
