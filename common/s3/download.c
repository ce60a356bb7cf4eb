#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/progress.h"
#include "io/fdio.h"
#include "io/pipeline.h"
#include "s3/download.h"

/* A range of the object, and its bytes as they come. */
struct slot {
	uint64_t offset, length;
	size_t got;
	bool fetched; /* before the pipeline began */
	char *bytes;
};

struct download {
	const struct download_plan *plan;
	struct s3 **s3; /* one a worker */
	struct fdio_output to;
	struct slot *slots;
	struct s3_range first;
	struct checksum *sum; /* of what was written; NULL: nobody asks */
	uint64_t next; /* where the next range begins */
	bool started;
};

static int
put_out(struct download *d, const void *bytes, size_t n, struct error *e)
{
	if (fdio_write(&d->to, bytes, n, d->plan->stop, e) != 0)
		return -1;
	if (d->sum != NULL && checksum_add(d->sum, bytes, n) != 0)
		return error_set(e, ERROR_FAILED, "a digest failed");
	progress_add(d->plan->progress, n);
	return 0;
}

/* Takes bytes of a range into its slot. */
static int
take_range(void *ctx, const void *bytes, size_t n, struct error *e)
{
	struct slot *s = ctx;

	if (n > s->length - s->got)
		return error_set(
		    e, ERROR_FAILED, "a range is longer than was asked for");
	memcpy(s->bytes + s->got, bytes, n);
	s->got += n;
	return 0;
}

/* Begins to compute what the object's checksum is to be compared with. */
static int
begin_sum(struct download *d, struct error *e)
{
	if (d->first.sum.kind == CHECKSUM_NONE || d->sum != NULL)
		return 0;
	d->sum = checksum_open(d->first.sum.kind);
	return d->sum != NULL ? 0 : error_set(e, ERROR_FAILED, "out of memory");
}

/* After the end: whether what was written has the checksum of the object. */
static int
check_sum(struct download *d, struct error *e)
{
	const struct s3_sum *stored = &d->first.sum;
	char text[CHECKSUM_TEXT];

	if (d->sum == NULL)
		return 0;
	if (checksum_finish(d->sum, text) != 0)
		return error_set(e, ERROR_FAILED, "a digest failed");
	if (strcmp(text, stored->text) == 0)
		return 0;
	return error_set(e, ERROR_FAILED,
	    "get %s: what was written has the %s %s, and the object %s",
	    d->plan->key, checksum_name(stored->kind), text, stored->text);
}

/* Takes bytes of the first range, or of all where the store has no ranges. */
static int
take_first(void *ctx, const void *bytes, size_t n, struct error *e)
{
	struct download *d = ctx;

	if (d->first.whole) {
		if (d->plan->progress->bytes == 0 && begin_sum(d, e) != 0)
			return -1;
		d->plan->progress->total = d->first.size;
		return put_out(d, bytes, n, e);
	}
	return take_range(&d->slots[0], bytes, n, e);
}

static int
read_range(void *ctx, void *slot, struct error *e)
{
	struct download *d = ctx;
	struct slot *s = slot;

	(void)e;
	if (!d->started) { /* the first is in the first slot already */
		d->started = true;
		return 1;
	}
	if (d->next == d->first.size)
		return 0;
	s->fetched = false;
	s->offset = d->next;
	s->length = d->plan->range;
	if (s->length > d->first.size - s->offset)
		s->length = d->first.size - s->offset;
	d->next += s->length;
	return 1;
}

/* Memory for a range; NULL where there is not so much. */
static char *
make_room(const struct download_plan *p)
{
	return p->range <= SIZE_MAX ? malloc((size_t)p->range) : NULL;
}

static int
fetch_range(void *ctx, unsigned worker, void *slot, struct error *e)
{
	struct download *d = ctx;
	struct slot *s = slot;
	struct s3_range r = {.offset = s->offset,
	    .length = s->length,
	    .take = take_range,
	    .ctx = s};

	if (s->fetched)
		return 0;
	if (s->bytes == NULL && (s->bytes = make_room(d->plan)) == NULL)
		return error_set(e, ERROR_FAILED, "out of memory");
	s->got = 0;
	memcpy(r.etag, d->first.etag, sizeof r.etag);
	return s3_get(d->s3[worker], d->plan->key, &r, e);
}

static int
write_range(void *ctx, void *slot, struct error *e)
{
	struct slot *s = slot;

	return put_out(ctx, s->bytes, s->got, e);
}

/* Fetches the first range, then all others by the pipeline. */
static int
flow(struct download *d, struct error *e)
{
	const struct download_plan *plan = d->plan;
	struct slot *first = &d->slots[0];
	struct pipeline p = {.read = read_range,
	    .work = fetch_range,
	    .write = write_range,
	    .ctx = d,
	    .workers = plan->jobs,
	    .slots = d->slots,
	    .slot_size = sizeof *d->slots,
	    .nslots = plan->jobs + 1,
	    .stop = plan->stop};

	first->length = plan->range;
	first->fetched = true;
	if ((first->bytes = make_room(plan)) == NULL)
		return error_set(e, ERROR_FAILED, "out of memory");
	d->first = (struct s3_range){
	    .length = plan->range, .take = take_first, .ctx = d};
	if (s3_get(d->s3[0], plan->key, &d->first, e) != 0)
		return -1;
	if (d->first.whole)
		return 0;
	if (d->first.sum.kind == CHECKSUM_NONE)
		s3_checksum(d->s3[0], plan->key, d->first.etag, &d->first.sum);
	if (begin_sum(d, e) != 0)
		return -1;
	d->plan->progress->total = d->first.size;
	d->next = first->got;
	if (d->first.size == first->got)
		return put_out(d, first->bytes, first->got, e);
	return pipeline_run(&p, e);
}

/* Opens what the flow stands on, and closes it. */
static int
with_store(struct download *d, struct error *e)
{
	unsigned i, n = d->plan->jobs;
	int rc;

	d->s3 = s3_open_all(d->plan->config, d->plan->stop, n, e);
	if (d->s3 == NULL)
		return -1;
	d->slots = calloc(n + 1, sizeof *d->slots);
	if (d->slots == NULL)
		rc = error_set(e, ERROR_FAILED, "out of memory");
	else
		rc = flow(d, e);
	for (i = 0; d->slots != NULL && i <= n; i++)
		free(d->slots[i].bytes);
	free(d->slots);
	s3_close_all(d->s3, n);
	return rc;
}

int
download_run(const struct download_plan *p, struct download_result *result,
    struct error *e)
{
	struct download d = {.plan = p};
	int rc;

	fdio_output(&d.to, p->fd, p->name);
	rc = with_store(&d, e);
	if (rc == 0 && p->progress->bytes != d.first.size)
		rc = error_set(e, ERROR_FAILED,
		    "get %s: wrote %" PRIu64 " bytes of %" PRIu64, p->key,
		    p->progress->bytes, d.first.size);
	if (rc == 0)
		rc = check_sum(&d, e);
	if (rc == 0)
		rc = fdio_finish(&d.to, e);
	checksum_free(d.sum);
	result->size = d.first.size;
	memcpy(result->etag, d.first.etag, sizeof result->etag);
	return rc;
}
