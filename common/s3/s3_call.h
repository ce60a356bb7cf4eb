/*
 * s3_call: what every call of the S3 API has in common: the address, the
 * signature, the retries, the words of an error. Only the s3_*.c know it.
 */
#ifndef S3_CALL_H
#define S3_CALL_H

#include "base/buffer.h"
#include "net/http.h"
#include "s3/reply.h"
#include "s3/s3.h"

enum { S3_CALL_HEADERS = 48 };

struct s3 {
	const struct config *config;
	const struct stop *stop;
	struct http *http;
	struct http_response response; /* the last answer */
	char host[ENDPOINT_HOST + BUCKET_NAME]; /* as it is sent */
	char region[ENDPOINT_REGION];
	struct credentials credentials; /* our copy of the keyring's */
	unsigned generation; /* of that copy */
	long skew; /* the server's clock less ours, seconds */
	long tries;
	bool answered; /* the server has answered as S3 */
	bool wants_md5; /* it has asked for Content-MD5 */
	bool no_conditions; /* it refuses If-None-Match, or contradicts it */
	bool no_checksums; /* it refuses checksums */
	bool keeps_checksums; /* it has shown that it verifies them */
	bool wants_hashes; /* but wants signatures to cover bodies too */
	bool no_batches; /* it refuses DeleteObjects */
};

/* From now on requests go to that host, with the bucket before it if need be. */
void s3_set_host(struct s3 *, const char *host);

struct s3_call {
	const char *verb; /* for messages: "put" */
	const char *method;
	const char *key; /* NULL: the bucket is meant */
	const struct pair *query;
	size_t nquery;
	struct pair headers[S3_CALL_HEADERS];
	size_t nheaders;
	const void *body;
	size_t size;
	long patience; /* seconds without progress; 0: as configured */
	int grace; /* milliseconds that a try may go on after the stop */
	long tries; /* 0: as configured */
	int (*sink)(void *ctx, const struct http_request *, const void *,
	    size_t, struct error *);
	/*
	 * Before each repeat: may change the headers. Returns whether the last
	 * try has got on, so that it does not count.
	 */
	bool (*before_retry)(struct s3_call *);
	void *ctx;
	/* Set by s3_integrity. */
	struct s3_sum sum; /* the body's, if it is sent */
	bool optional; /* headers of checksums may be left out */
	bool refused; /* they were, and had to */
	bool unhashed; /* the signature does not cover the body */
	/* Out. */
	bool fatal; /* do not repeat; a sink may set it */
	bool doubt; /* a try may have been carried out without our knowing */
	int status; /* of the last answer; 0: none */
	struct reply_error why; /* of the last answer, if it said so */
};

void s3_call_header(struct s3_call *, const char *name, const char *value);

/*
 * Sends the call until it is answered with a 2xx, an answer that no retry
 * mends, or out of tries. Returns 0 with the answer in the s3's response, or
 * -1 with the error and the call's status and why.
 */
int s3_call(struct s3 *, struct s3_call *, struct error *);

/*
 * The same for a DELETE. S3 answers it with 204 and no body; any other success
 * must have a request id, as a page of what is no store has none.
 */
int s3_call_delete(struct s3 *, struct s3_call *, struct error *);

/* Sets the error for a whole answer that was not understood. */
int s3_call_failed(
    const struct s3 *, const struct s3_call *, struct error *, const char *);

#endif
