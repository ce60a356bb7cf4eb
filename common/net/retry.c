#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "io/stop.h"
#include "net/retry.h"

enum { BASE_MS = 500, CAP_MS = 30000, MAX_AFTER_S = 300 };

static const struct {
	const char *code;
	enum retry_action action;
} codes[] = {
    {"RequestTimeout", RETRY_LATER},
    {"SlowDown", RETRY_LATER},
    {"InternalError", RETRY_LATER},
    {"ServiceUnavailable", RETRY_LATER},
    {"OperationAborted", RETRY_LATER},
    {"ConditionalRequestConflict", RETRY_LATER},
    {"AuthorizationHeaderMalformed", RETRY_REGION},
    {"PermanentRedirect", RETRY_REGION},
    {"TemporaryRedirect", RETRY_REGION},
    {"Redirect", RETRY_REGION},
    {"RequestTimeTooSkewed", RETRY_CLOCK},
    {"ExpiredToken", RETRY_CREDENTIALS},
    {"InvalidToken", RETRY_CREDENTIALS},
    {"InvalidTokenId", RETRY_CREDENTIALS},
    {"TokenRefreshRequired", RETRY_CREDENTIALS},
    {"RequestExpired", RETRY_CREDENTIALS},
    {"NotImplemented", RETRY_NEVER},
};

/*
 * Codes of a refusal that is about who asks: the key, its secret, the clock, the
 * token. Anything else may be about the object, or this kind of request.
 */
static const char *const identity[] = {"InvalidAccessKeyId",
    "SignatureDoesNotMatch", "AccountProblem", "AllAccessDisabled",
    "InvalidSecurity", "NotSignedUp", "AuthorizationHeaderMalformed",
    "InvalidClientTokenId"};

bool
retry_identity(int status, const char *code)
{
	enum retry_action action = retry_decide(status, code);
	size_t i;

	if (action == RETRY_CLOCK || action == RETRY_CREDENTIALS)
		return true;
	for (i = 0; i < sizeof identity / sizeof *identity; i++) {
		if (strcmp(identity[i], code) == 0)
			return true;
	}
	return false;
}

enum retry_action
retry_decide(int status, const char *code)
{
	size_t i;

	for (i = 0; i < sizeof codes / sizeof *codes; i++) {
		if (strcmp(codes[i].code, code) == 0)
			return codes[i].action;
	}
	/* ExpiredTokenException, ExpiredCredentials: each service has its own. */
	if (strncmp(code, "Expired", 7) == 0 &&
	    (status == 400 || status == 403))
		return RETRY_CREDENTIALS;
	if (status == 301 || status == 307)
		return RETRY_REGION;
	if (status == 0 || status == 408 || status == 429 ||
	    (status >= 500 && status != 501))
		return RETRY_LATER;
	return RETRY_NEVER;
}

int
retry_delay(unsigned again, uint32_t random, unsigned retry_after)
{
	unsigned shift = again > 0 ? again - 1 : 0;
	int ceiling = shift < 6 ? BASE_MS << shift : CAP_MS;
	int delay;

	delay = (int)((uint64_t)random * (uint64_t)(ceiling + 1) >> 32);
	if (retry_after > MAX_AFTER_S)
		retry_after = MAX_AFTER_S;
	return delay > (int)retry_after * 1000 ? delay
					       : (int)retry_after * 1000;
}

bool
retry_wait(const struct stop *stop, unsigned again, unsigned retry_after)
{
	uint32_t random = 0;

	/* Without it all clients wait equally long, which still ends well. */
	(void)!getentropy(&random, sizeof random);
	return stop_sleep(stop, retry_delay(again, random, retry_after));
}
