/*
 * retry: whether to send a request again, and when. Pure, but for the wait.
 */
#ifndef RETRY_H
#define RETRY_H

#include <stdbool.h>
#include <stdint.h>

struct stop;

enum retry_action {
	RETRY_NEVER, /* the answer is final */
	RETRY_LATER, /* again after a delay */
	RETRY_REGION, /* once, signed for the region (or host) it names */
	RETRY_CLOCK, /* once, with the server's time */
	RETRY_CREDENTIALS, /* once, with credentials read again */
};

/*
 * Decides by S3's <Code> first ("" where the answer had none), then by the
 * HTTP status; a status of 0 means that no whole answer came (refused, reset,
 * stalled). The codes are those of "Error responses" in the S3 API Reference.
 */
enum retry_action retry_decide(int status, const char *code);

/*
 * Whether an answer refuses who asks, by key, signature, clock or token, so that
 * every other request would be refused too.
 */
bool retry_identity(int status, const char *code);

/*
 * The milliseconds to wait before try number `again` (1: the first repeat):
 * a random share of an exponential ceiling (500 ms doubling, at most 30 s;
 * "full jitter"), at least what Retry-After asked for (seconds; 0: nothing).
 */
int retry_delay(unsigned again, uint32_t random, unsigned retry_after);

/*
 * Waits that long, or until the stop (may be NULL). Returns whether the stop
 * ended the wait.
 */
bool retry_wait(const struct stop *, unsigned again, unsigned retry_after);

#endif
