#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/number.h"
#include "base/progress.h"
#include "io/fdio.h"
#include "io/pipeline.h"
#include "s3/parts.h"

enum { PIECE = 256 << 10 }; /* what is read stays in the cache to be summed */

struct slot {
	unsigned number;
	size_t size, capacity;
	char *bytes;
	struct s3_sum sum; /* of the bytes, of the kind that the plan has */
	struct s3_part sent;
};

struct parts {
	struct parts_plan plan;
	const char *upload;
	enum checksum_kind checksum; /* of the parts */
	struct checksum *whole; /* the stream's, as far as it was read */
	struct s3 **workers; /* one connection each */
	struct slot *slots;
	unsigned nslots, window; /* all of them; those in use */
	unsigned count; /* parts so far */
	uint64_t bytes;
	char carry; /* the byte after the first part, read to see if any */
	bool carried, started, ended;
	struct s3_part *sent;
	unsigned done;
};

struct parts *
parts_open(const struct parts_plan *plan, struct error *e)
{
	struct parts *p = calloc(1, sizeof *p);

	if (p == NULL) {
		error_set(e, ERROR_FAILED, "out of memory");
		return NULL;
	}
	p->plan = *plan;
	p->nslots = p->window = plan->jobs + 1;
	p->slots = calloc(p->nslots, sizeof *p->slots);
	p->sent = calloc(PARTSIZE_PARTS, sizeof *p->sent);
	p->whole = checksum_open(plan->checksum);
	if (p->slots == NULL || p->sent == NULL || p->whole == NULL) {
		parts_free(p);
		error_set(e, ERROR_FAILED, "out of memory");
		return NULL;
	}
	return p;
}

void
parts_free(struct parts *p)
{
	unsigned i;

	if (p == NULL)
		return;
	for (i = 0; p->slots != NULL && i < p->nslots; i++)
		free(p->slots[i].bytes);
	s3_close_all(p->workers, p->plan.jobs);
	free(p->sent);
	checksum_free(p->whole);
	free(p->slots);
	free(p);
}

bool
parts_pending(const struct parts *p)
{
	return p->done < p->count;
}

unsigned
parts_count(const struct parts *p)
{
	return p->count;
}

uint64_t
parts_bytes(const struct parts *p)
{
	return p->bytes;
}

const struct s3_part *
parts_sent(const struct parts *p)
{
	return p->sent;
}

int
parts_checksum(struct parts *p, struct s3_sum *sum, struct error *e)
{
	sum->kind = p->plan.checksum;
	if (checksum_finish(p->whole, sum->text) != 0)
		return error_set(e, ERROR_FAILED, "a digest failed");
	return 0;
}

/* Makes the slot's memory as large as the part is to be. */
static int
make_room(struct slot *s, uint64_t size, struct error *e)
{
	if (s->capacity == size)
		return 0;
	free(s->bytes);
	s->capacity = 0;
	s->bytes = size <= SIZE_MAX ? malloc((size_t)size) : NULL;
	if (s->bytes == NULL)
		return error_set(e, ERROR_FAILED,
		    "out of memory for a part of %" PRIu64 " bytes", size);
	s->capacity = (size_t)size;
	return 0;
}

static int
too_many(const struct parts *p, struct error *e)
{
	return error_set(e, ERROR_FAILED,
	    "put %s: more than %d parts of %" PRIu64 " bytes: give a larger -p",
	    p->plan.key, PARTSIZE_PARTS,
	    partsize_bytes(&p->plan.size, PARTSIZE_PARTS));
}

static int
too_large(const struct parts *p, struct error *e)
{
	char size[32];

	return error_set(e, ERROR_FAILED,
	    "put %s: more than %s, the largest object of S3_MAX_OBJECT",
	    p->plan.key, number_bytes(size, sizeof size, p->plan.size.total));
}

static int
check_limits(const struct parts *p, size_t more, struct error *e)
{
	if (p->count >= PARTSIZE_PARTS && more > 0)
		return too_many(p, e);
	if (p->bytes + more > p->plan.size.total)
		return too_large(p, e);
	return 0;
}

/* Those in flight and the one that is being read: fewer as parts grow. */
static unsigned
use_slots(void *ctx)
{
	struct parts *p = ctx;

	return partsize_flight(&p->plan.size, p->count + 1, p->plan.jobs) + 1;
}

/* Frees what is out of use where the window has changed: all is drained. */
static void
free_unused(struct parts *p)
{
	unsigned i, window = use_slots(p);

	for (i = window; window != p->window && i < p->nslots; i++) {
		free(p->slots[i].bytes);
		p->slots[i].bytes = NULL;
		p->slots[i].capacity = 0;
	}
	p->window = window;
}

/* Reads up to the slot's capacity, and adds what it read to both sums. */
static int
read_summed(
    struct parts *p, struct slot *s, struct checksum *part, struct error *e)
{
	size_t summed = 0, room;
	ssize_t n;

	do {
		room = s->capacity - s->size;
		room = room < PIECE ? room : PIECE;
		n = fdio_fill(p->plan.fd, p->plan.source, s->bytes + s->size,
		    room, p->plan.stop, e);
		if (n < 0)
			return -1;
		s->size += (size_t)n;
		if (checksum_add(
			p->whole, s->bytes + summed, s->size - summed) != 0 ||
		    (part != NULL &&
			checksum_add(
			    part, s->bytes + summed, s->size - summed) != 0))
			return error_set(e, ERROR_FAILED, "a digest failed");
		summed = s->size;
	} while ((size_t)n == room && s->size < s->capacity);
	return 0;
}

/*
 * The same with the part's sum, where it is a CRC. A digest takes much longer:
 * whoever sends the part computes it, beside others.
 */
static int
read_slot(struct parts *p, struct slot *s, struct error *e)
{
	struct checksum *part = NULL;
	int rc;

	s->sum.kind = CHECKSUM_NONE;
	if (!checksum_spans(p->plan.checksum))
		return read_summed(p, s, NULL, e);
	part = checksum_open(p->plan.checksum);
	if (part == NULL)
		return error_set(e, ERROR_FAILED, "out of memory");
	rc = read_summed(p, s, part, e);
	if (rc == 0 && checksum_finish(part, s->sum.text) != 0)
		rc = error_set(e, ERROR_FAILED, "a digest failed");
	s->sum.kind = p->plan.checksum;
	checksum_free(part);
	return rc;
}

/* Reads the next part, which is empty only at the end of the stream. */
static int
fill(struct parts *p, struct slot *s, struct error *e)
{
	uint64_t size = partsize_bytes(&p->plan.size, p->count + 1);

	s->size = 0;
	free_unused(p);
	if (make_room(s, size, e) != 0)
		return -1;
	if (p->carried) {
		s->bytes[0] = p->carry;
		p->carried = false;
		s->size = 1;
	}
	if (read_slot(p, s, e) != 0)
		return -1;
	p->ended = s->size < s->capacity;
	if (check_limits(p, s->size, e) != 0)
		return -1;
	p->bytes += s->size;
	if (s->size > 0)
		s->number = ++p->count;
	return 0;
}

/* A file that is too large is refused before anything is sent. */
static int
check_file(const struct parts *p, struct error *e)
{
	uint64_t limit = partsize_limit(&p->plan.size), left;
	struct stat st;
	off_t at;

	if (fstat(p->plan.fd, &st) != 0 || !S_ISREG(st.st_mode))
		return 0;
	at = lseek(p->plan.fd, 0, SEEK_CUR);
	if (at < 0 || at >= st.st_size)
		return 0;
	left = (uint64_t)(st.st_size - at);
	if (left <= limit)
		return 0;
	if (limit < p->plan.size.total)
		return too_many(p, e);
	return too_large(p, e);
}

int
parts_read_first(struct parts *p, bool *only, const char **bytes, size_t *size,
    struct error *e)
{
	struct slot *s = &p->slots[0];
	ssize_t n;

	if (check_file(p, e) != 0 || fill(p, s, e) != 0)
		return -1;
	if (!p->ended) {
		n = fdio_read(
		    p->plan.fd, p->plan.source, &p->carry, 1, p->plan.stop, e);
		if (n < 0)
			return -1;
		p->carried = n > 0;
		p->ended = n == 0;
	}
	*only = p->ended;
	*bytes = s->bytes;
	*size = s->size;
	return 0;
}

int
parts_digest(struct parts *p, char out[HASH_HEX], struct error *e)
{
	struct slot *s = &p->slots[0];
	struct hash *h = hash_open(HASH_OF_SHA256);
	int rc = 0;

	if (h == NULL)
		return error_set(e, ERROR_FAILED, "a digest failed");
	while (rc == 0) {
		if (hash_add(h, s->bytes, s->size) != 0)
			rc = error_set(e, ERROR_FAILED, "a digest failed");
		else if (p->ended)
			break;
		else
			rc = fill(p, s, e);
	}
	if (rc == 0 && hash_finish(h, out) != 0)
		rc = error_set(e, ERROR_FAILED, "a digest failed");
	hash_free(h);
	return rc;
}

static int
read_part(void *ctx, void *slot, struct error *e)
{
	struct parts *p = ctx;
	struct slot *s = slot;

	if (!p->started) { /* the first is in the first slot already */
		p->started = true;
		return 1;
	}
	if (p->ended)
		return 0;
	return fill(p, s, e) != 0 ? -1 : s->size > 0;
}

static int
send_part(void *ctx, unsigned worker, void *slot, struct error *e)
{
	struct parts *p = ctx;
	struct slot *s = slot;

	s->sent.sum = s->sum;
	if (s->sum.kind != p->checksum)
		s->sent.sum = (struct s3_sum){.kind = p->checksum};
	return s3_upload_part(p->workers[worker], p->plan.key, p->upload,
	    s->number, s->bytes, s->size, &s->sent, e);
}

static int
collect_part(void *ctx, void *slot, struct error *e)
{
	struct parts *p = ctx;
	struct slot *s = slot;

	(void)e;
	p->sent[p->done++] = s->sent;
	progress_add(p->plan.progress, s->size);
	return 0;
}

int
parts_send(struct parts *p, const char *upload, enum checksum_kind checksum,
    struct error *e)
{
	struct pipeline pipeline = {.read = read_part,
	    .work = send_part,
	    .write = collect_part,
	    .window = use_slots,
	    .ctx = p,
	    .workers = p->plan.jobs,
	    .slots = p->slots,
	    .slot_size = sizeof *p->slots,
	    .nslots = p->nslots,
	    .stop = p->plan.stop};

	p->upload = upload;
	p->checksum = checksum;
	p->workers = s3_open_all(p->plan.config, p->plan.stop, p->plan.jobs, e);
	if (p->workers == NULL)
		return -1;
	return pipeline_run(&pipeline, e);
}
