#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/progress.h"
#include "base/report.h"
#include "io/fdio.h"
#include "io/signals.h"
#include "io/source.h"
#include "io/stop.h"
#include "s3/header.h"
#include "s3/leftover.h"
#include "s3/listed.h"
#include "s3/config.h"
#include "s3/parts.h"
#include "s3/s3.h"
#include "s3/same.h"
#include "s3/upload.h"

enum { SILENCE_MS = 700 };

struct upload {
	const struct upload_plan *plan;
	struct s3 *s3; /* for all but the parts */
	struct parts *parts;
	char id[S3_ID];
	enum checksum_kind checksum; /* of the parts and the whole */
	bool named; /* by the user: the object is to have it */
	const char *value; /* that it must be, or NULL */
	char *upload; /* of a multipart upload under way, else NULL */
	bool same; /* the object was there already */
	bool sending; /* what was read is no longer there to be compared */
	bool doubt; /* there may be another, whose id was lost */
	time_t began; /* before it, if there is */
};

/* Where nothing is to be replaced: fails if the key is taken. */
static int
check_free(struct upload *u, struct error *e)
{
	struct s3_object object;

	if (!u->plan->no_replace)
		return 0;
	if (s3_head(u->s3, u->plan->key, &object, e) == 0)
		return error_set(
		    e, ERROR_EXISTS, "put %s: the key exists", u->plan->key);
	return e->status == ERROR_ABSENT ? 0 : -1;
}

/* After the end of the input: whether it was whole. */
static int
check_whole(struct upload *u, struct error *e)
{
	if (source_whole(u->plan->source, e) == 0)
		return 0;
	return error_prefix(e, "put %s: not published", u->plan->key);
}

/* Confirms the size of what Complete has made. */
static int
confirm_size(struct upload *u, struct error *e)
{
	uint64_t size = parts_bytes(u->parts);
	struct s3_object object;

	if (s3_head(u->s3, u->plan->key, &object, e) != 0) {
		/* Who may only put cannot ask; Complete's answer stands. */
		if (e->status == ERROR_FORBIDDEN)
			return 0;
		e->status = ERROR_FAILED; /* not that there is no bucket */
		return error_prefix(e, "not confirmed; may exist");
	}
	/* One that was put over ours since then has an id of its own. */
	if (object.size == size ||
	    (object.id[0] != '\0' && strcmp(object.id, u->id) != 0))
		return 0;
	return error_set(e, ERROR_FAILED,
	    "put %s: the store has %" PRIu64 " bytes of %" PRIu64, u->plan->key,
	    object.size, size);
}

/* Begins an upload, which even an impatient user shall know of. */
static int
create(struct upload *u, struct s3_creation *how, struct error *e)
{
	const char *key = u->plan->key;
	char line[4096];
	size_t n;

	u->began = time(NULL);
	if (s3_create(u->s3, key, how, &u->upload, &u->doubt, e) != 0)
		return -1;
	n = report_line(line, sizeof line,
	    "put %s: upload %s is left behind; this removes it: "
	    "s3ls -u | grep -F '%s' | s3rm -u",
	    key, u->upload, u->upload);
	signals_last_words(line, n);
	return 0;
}

/*
 * Whether the key is not looked for before anything is read: because the
 * store's own condition can be relied on, or because the input is to be
 * compared with what is there.
 */
static bool
asks_late(const struct upload *u)
{
	return u->plan->config->conditional || u->plan->same_is_success;
}

/*
 * Finds the checksum that the user's headers name, by its kind or its value.
 * Of a stream in parts they cannot go with any request as they are.
 */
static void
find_checksum(struct upload *u)
{
	const struct header_list *given = u->plan->headers;
	enum checksum_kind kind;
	size_t i;

	u->checksum = CHECKSUM_CRC64NVME;
	for (i = 0; i < given->n; i++) {
		const struct pair *p = &given->pairs[i];

		kind = checksum_of_header(p->name);
		if (kind != CHECKSUM_NONE)
			u->value = p->value;
		else if (header_is_checksum(p->name))
			kind = checksum_named(p->value);
		if (kind == CHECKSUM_NONE)
			continue;
		u->checksum = kind;
		u->named = true;
	}
}

/* The headers of an object in parts: those of its checksum are left out. */
static struct s3_headers
part_headers(const struct s3_headers *h, struct pair *pairs)
{
	struct s3_headers left = {.pairs = pairs};
	size_t i;

	for (i = 0; i < h->n; i++) {
		if (!header_is_checksum(h->pairs[i].name))
			pairs[left.n++] = h->pairs[i];
	}
	return left;
}

/* After the end: the whole's checksum, which must be what the user says. */
static int
check_sum(struct upload *u, struct s3_sum *sum, struct error *e)
{
	if (parts_checksum(u->parts, sum, e) != 0)
		return -1;
	if (u->value == NULL || strcmp(sum->text, u->value) == 0)
		return 0;
	return error_set(e, ERROR_FAILED,
	    "put %s: not published: the %s of the input is %s, not %s",
	    u->plan->key, checksum_name(sum->kind), sum->text, u->value);
}

static int
put_multipart(struct upload *u, const struct s3_headers *h, struct error *e)
{
	const char *key = u->plan->key;
	struct pair pairs[HEADER_MAX + 3];
	struct s3_headers left = part_headers(h, pairs);
	struct s3_creation how = {&left, u->checksum, u->named};
	struct s3_completion done = {
	    .id = u->id, .if_none = u->plan->no_replace};
	struct s3_sum sum;

	/* Better found now than when all parts are up. */
	if (asks_late(u) && check_free(u, e) != 0)
		return -1;
	u->sending = true;
	if (create(u, &how, e) != 0 ||
	    parts_send(u->parts, u->upload, how.checksum, e) != 0 ||
	    check_whole(u, e) != 0 || check_sum(u, &sum, e) != 0 ||
	    check_free(u, e) != 0)
		return -1;
	if (checksum_spans(how.checksum))
		done.sum = sum;
	done.upload = u->upload;
	done.parts = parts_sent(u->parts);
	done.n = parts_count(u->parts);
	done.size = parts_bytes(u->parts);
	if (s3_complete(u->s3, key, &done, e) != 0)
		return -1;
	signals_last_words(NULL, 0);
	free(u->upload);
	u->upload = NULL;
	return confirm_size(u, e);
}

static int
put_single(struct upload *u, const struct s3_headers *h, const char *bytes,
    size_t size, struct error *e)
{
	if (check_whole(u, e) != 0 ||
	    (!u->plan->config->conditional && check_free(u, e) != 0))
		return -1;
	if (s3_put(u->s3, u->plan->key, bytes, size, h, e) != 0)
		return -1;
	progress_add(u->plan->progress, size);
	return 0;
}

/* The key is taken: by the same content? */
static int
compare(struct upload *u, struct error *e)
{
	char sha256[HASH_HEX];

	if (parts_digest(u->parts, sha256, e) != 0 || check_whole(u, e) != 0)
		return -1;
	switch (same_object(
	    u->s3, u->plan->key, parts_bytes(u->parts), sha256, e)) {
	case 1:
		u->same = true;
		return 0;
	case 0:
		return error_set(e, ERROR_EXISTS,
		    "put %s: the key exists with other content", u->plan->key);
	default:
		return error_prefix(e, "put %s: the key exists", u->plan->key);
	}
}

static int
put_stream(struct upload *u, struct error *e)
{
	const struct header_list *given = u->plan->headers;
	struct pair pairs[HEADER_MAX + 3];
	struct s3_headers h = {.pairs = pairs, .n = given->n};
	char sha256[HASH_HEX];
	const char *bytes;
	size_t size;
	bool only;
	int rc;

	memcpy(pairs, given->pairs, given->n * sizeof *pairs);
	pairs[h.n++] = (struct pair){S3_ID_HEADER, u->id};
	/* Better refused now than when a long dump has come to its end. */
	if (fdio_silent(u->plan->source->fd, SILENCE_MS, u->plan->stop) &&
	    s3_may_put(u->s3, u->plan->key, &h, e) != 0)
		return -1;
	if (parts_read_first(u->parts, &only, &bytes, &size, e) != 0)
		return -1;
	if (!only)
		rc = put_multipart(u, &h, e);
	else {
		if (u->plan->no_replace) {
			pairs[h.n++] = (struct pair){"If-None-Match", "*"};
			if (hash_sha256(sha256, bytes, size) == 0)
				pairs[h.n++] =
				    (struct pair){S3_SHA256_HEADER, sha256};
		}
		rc = put_single(u, &h, bytes, size, e);
	}
	if (rc != 0 && e->status == ERROR_EXISTS && !u->sending &&
	    u->plan->same_is_success)
		rc = compare(u, e);
	return rc;
}

/*
 * A part that was on its way may come in behind the abort, and the store keep
 * it or even the upload ("AbortMultipartUpload", Amazon S3 API Reference): so
 * it is aborted again, after a moment and after a while.
 */
static void
abort_again(struct upload *u)
{
	static const int pauses[] = {200, 800};
	struct error ignored;
	size_t i;

	for (i = 0; i < sizeof pauses / sizeof *pauses; i++) {
		stop_sleep(NULL, pauses[i]);
		s3_abort(u->s3, u->plan->key, u->upload, &ignored);
	}
}

/* Leaves nothing behind: the command, the multipart upload. */
static void
undo(struct upload *u, struct error *e)
{
	struct error why;
	bool pending = u->parts != NULL && parts_pending(u->parts);

	if (source_blame(u->plan->source, e))
		error_prefix(e, "put %s: not published", u->plan->key);
	source_close(u->plan->source);
	/* Closes their connections: the store sees that no part goes on. */
	parts_free(u->parts);
	u->parts = NULL;
	s3_cleanup(u->s3);
	if (u->upload == NULL)
		return;
	if (s3_abort(u->s3, u->plan->key, u->upload, &why) != 0 &&
	    why.status != ERROR_ABSENT)
		error_append(e,
		    "; and upload %s is left behind (s3ls -u | s3rm -u "
		    "removes it): %s",
		    u->upload, why.text);
	else if (pending)
		abort_again(u);
	signals_last_words(NULL, 0);
}

/* Opens what is read, and what takes it apart. */
static int
open_source(struct upload *u, struct error *e)
{
	const struct upload_plan *p = u->plan;
	struct parts_plan parts = {.key = p->key,
	    .size = {p->part_size, p->config->max_object},
	    .jobs = p->jobs,
	    .checksum = u->checksum,
	    .config = p->config,
	    .stop = u->plan->stop,
	    .progress = u->plan->progress};

	/* libcurl marks not all of its descriptors close-on-exec. */
	if ((p->command != NULL && s3_disconnect(u->s3, e) != 0) ||
	    source_open(u->plan->source, p->command, u->plan->stop, e) != 0)
		return error_prefix(e, "put %s: not published", p->key);
	parts.fd = u->plan->source->fd;
	parts.source = u->plan->source->name;
	u->parts = parts_open(&parts, e);
	return u->parts != NULL ? 0 : -1;
}

int
upload_run(
    const struct upload_plan *p, struct upload_result *result, struct error *e)
{
	struct upload upload = {.plan = p}, *u = &upload;
	int rc = -1;

	find_checksum(u);
	if (s3_new_id(u->id) != 0)
		return error_set(e, ERROR_FAILED, "no random numbers");
	u->s3 = s3_open(p->config, p->stop, e);
	if (u->s3 == NULL)
		return -1;
	if ((asks_late(u) || check_free(u, e) == 0) && open_source(u, e) == 0)
		rc = put_stream(u, e);
	*result = (struct upload_result){.same = u->same, .stored = rc == 0};
	if (rc == 0) {
		result->bytes = parts_bytes(u->parts);
		result->parts = parts_count(u->parts);
		if (p->listed)
			rc = listed_check(
			    u->s3, u->plan->key, parts_bytes(u->parts), e);
	} else
		undo(u, e);
	if (u->doubt)
		leftover_tell(u->s3, p->key, u->upload, u->began);
	parts_free(u->parts);
	source_close(p->source);
	s3_close(u->s3);
	free(u->upload);
	return rc;
}
