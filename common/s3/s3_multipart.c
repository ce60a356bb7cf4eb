#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/stop.h"
#include "net/retry.h"
#include "s3/s3_integrity.h"
#include "s3/s3_mend.h"
#include "text/xml.h"

/* Complete puts terabytes together, and may be silent for minutes. */
enum { COMPLETE_PATIENCE = 600 };

/* Whose answer is not waited for leaves an upload that cannot be aborted. */
enum { CREATE_GRACE = 5000 };

/* The parts that every store takes. */
enum { STORE_PARTS = 1000 };

/* Says which checksums the parts will have. */
static void
ask_checksum(struct s3 *s, struct s3_call *c, const struct s3_creation *how)
{
	const char *type =
	    checksum_spans(how->checksum) ? "FULL_OBJECT" : "COMPOSITE";

	if (how->checksum == CHECKSUM_NONE ||
	    (s->no_checksums && !how->checksum_needed))
		return;
	s3_call_header(
	    c, "x-amz-checksum-algorithm", checksum_name(how->checksum));
	s3_call_header(c, "x-amz-checksum-type", type);
	c->optional = !how->checksum_needed;
}

/* CreateMultipartUpload, by so many tries (0: as configured). */
static int
create(struct s3 *s, const char *key, struct s3_creation *how, long tries,
    char **upload, bool *doubt, struct error *e)
{
	static const struct pair query[] = {{"uploads", ""}};
	struct s3_call c = {.verb = "create upload of",
	    .method = "POST",
	    .key = key,
	    .query = query,
	    .nquery = 1,
	    .body = "",
	    .grace = CREATE_GRACE,
	    .tries = tries};
	size_t i;
	int rc;

	for (i = 0; i < how->headers->n; i++)
		s3_call_header(&c, how->headers->pairs[i].name,
		    how->headers->pairs[i].value);
	ask_checksum(s, &c, how);
	rc = s3_call(s, &c, e);
	*doubt = c.doubt;
	if (s->no_checksums && !how->checksum_needed)
		how->checksum = CHECKSUM_NONE;
	if (rc != 0)
		return -1;
	*upload = xml_field(s->response.body.data, s->response.body.size,
	    "InitiateMultipartUploadResult", "UploadId", e);
	if (*upload != NULL)
		return 0;
	*doubt = true;
	return error_prefix(e, "%s %s", c.verb, key);
}

int
s3_create(struct s3 *s, const char *key, struct s3_creation *how, char **upload,
    bool *doubt, struct error *e)
{
	return create(s, key, how, 0, upload, doubt, e);
}

int
s3_may_put(struct s3 *s, const char *key, const struct s3_headers *headers,
    struct error *e)
{
	struct s3_call c = {
	    .verb = "put", .method = "GET", .key = key, .tries = 1};
	struct s3_creation how = {.headers = headers};
	bool ignored;
	char *upload;
	int rc;

	s3_call_header(&c, "Range", "bytes=0-0");
	if (s3_call(s, &c, e) == 0 || strcmp(c.why.code, "NoSuchKey") == 0)
		return 0;
	if (c.status != 403)
		return e->status == ERROR_ABSENT ? -1 : 0;
	if (retry_identity(c.status, c.why.code))
		return -1;
	/* What is archived cannot be read, and yet be replaced. */
	if (strcmp(c.why.code, "AccessDenied") != 0)
		return 0;
	/* Who may not read may be allowed to put: that is to be tried. */
	if (create(s, key, &how, 1, &upload, &ignored, e) != 0)
		return e->status == ERROR_FORBIDDEN ? -1 : 0;
	rc = s3_abort(s, key, upload, e);
	free(upload);
	return rc;
}

int
s3_upload_part(struct s3 *s, const char *key, const char *upload,
    unsigned number, const void *body, size_t size, struct s3_part *part,
    struct error *e)
{
	char text[16], verb[32];
	const struct pair query[] = {
	    {"partNumber", text}, {"uploadId", upload}};
	struct s3_call c = {.verb = verb,
	    .method = "PUT",
	    .key = key,
	    .query = query,
	    .nquery = 2,
	    .body = body != NULL ? body : "",
	    .size = size};

	snprintf(text, sizeof text, "%u", number);
	snprintf(verb, sizeof verb, "put part %u of", number);
	if (s3_integrity_add(s, &c, &part->sum, false) != 0)
		return s3_call_failed(s, &c, e, "a digest failed");
	if (s3_call(s, &c, e) != 0) {
		if (number > STORE_PARTS && c.status == 400)
			error_append(e,
			    "; a store may take but %d parts: "
			    "a larger -p makes fewer",
			    STORE_PARTS);
		return -1;
	}
	if (!http_header(&s->response, "etag", part->etag, S3_ETAG))
		return s3_call_failed(s, &c, e, "the answer has no ETag");
	part->sum = c.sum;
	return 0;
}

/* A part's checksum, which some stores want to hear again. */
static void
add_checksum(struct buffer *b, const struct s3_sum *sum)
{
	const char *name;

	if (sum->kind == CHECKSUM_NONE)
		return;
	name = checksum_name(sum->kind);
	buffer_printf(b, "<Checksum%s>%s</Checksum%s>", name, sum->text, name);
}

/* The body of CompleteMultipartUpload. */
static void
make_parts(struct buffer *b, const struct s3_completion *done)
{
	unsigned i;

	buffer_puts(b,
	    "<CompleteMultipartUpload "
	    "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
	for (i = 0; i < done->n; i++) {
		buffer_printf(
		    b, "<Part><PartNumber>%u</PartNumber><ETag>", i + 1);
		xml_escape(b, done->parts[i].etag);
		buffer_puts(b, "</ETag>");
		add_checksum(b, &done->parts[i].sum);
		buffer_puts(b, "</Part>");
	}
	buffer_puts(b, "</CompleteMultipartUpload>");
}

/* What is there under the key: the object that we made, or what else. */
enum found { OURS, OTHERS, NONE, UNKNOWN };

static enum found
find(struct s3 *s, const char *key, const struct s3_completion *done)
{
	struct s3_object o;
	struct error e;

	if (s3_head(s, key, &o, &e) != 0)
		return e.status == ERROR_ABSENT ? NONE : UNKNOWN;
	return strcmp(o.id, done->id) == 0 && o.size == done->size ? OURS
								   : OTHERS;
}

/* Judges a Complete that was not answered with a success. */
static int
judge(struct s3 *s, const char *key, const struct s3_completion *done,
    const struct s3_call *c, struct error *e)
{
	/* Where nothing is known of it, or what is known fits a lost answer. */
	bool doubt = c->status == 0 || c->status >= 500 || c->status == 412 ||
	    (c->status >= 200 && c->status < 300) ||
	    strcmp(c->why.code, "NoSuchUpload") == 0;

	if (!doubt)
		return -1;
	switch (find(s, key, done)) {
	case OURS:
		return 0;
	case UNKNOWN:
		if (c->status == 412)
			return -1;
		return error_prefix(e, "not confirmed; may exist");
	default:
		if (c->status == 412 && done->if_none)
			e->status = ERROR_EXISTS;
		return -1;
	}
}

/* Tries once; before a repeat the object is looked for. */
static int
try_complete(struct s3 *s, const char *key, const struct s3_completion *done,
    const struct buffer *body, struct s3_call *c, struct error *e)
{
	const struct pair query[] = {{"uploadId", done->upload}};

	*c = (struct s3_call){.verb = "complete upload of",
	    .method = "POST",
	    .key = key,
	    .query = query,
	    .nquery = 1,
	    .body = body->data,
	    .size = body->size,
	    .patience = COMPLETE_PATIENCE,
	    .tries = 1};
	s3_call_header(c, "Content-Type", "application/xml");
	if (done->if_none)
		s3_call_header(c, "If-None-Match", "*");
	if (done->sum.kind != CHECKSUM_NONE) {
		s3_call_header(
		    c, checksum_header(done->sum.kind), done->sum.text);
		s3_call_header(c, "x-amz-checksum-type", "FULL_OBJECT");
	}
	return s3_call(s, c, e);
}

int
s3_complete(struct s3 *s, const char *key, const struct s3_completion *done,
    struct error *e)
{
	struct buffer body = {0};
	struct error ignored;
	unsigned contradictions = 0;
	struct s3_call c;
	char *etag;
	long tried;
	int rc;

	make_parts(&body, done);
	if (body.failed) {
		buffer_free(&body);
		return error_set(e, ERROR_FAILED, "out of memory");
	}
	for (tried = 1;; tried++) {
		rc = try_complete(s, key, done, &body, &c, e);
		if (rc != 0 && c.status == 412 && done->if_none &&
		    find(s, key, done) == NONE &&
		    s3_mend_condition(s, &contradictions))
			continue;
		/* After a 409 only a whole new upload could go on. */
		if (rc == 0 || stop_raised(s->stop) || tried >= s->tries ||
		    strcmp(c.why.code, "ConditionalRequestConflict") == 0 ||
		    retry_decide(c.status, c.why.code) != RETRY_LATER)
			break;
		if (find(s, key, done) == OURS) {
			buffer_free(&body);
			return 0;
		}
		if (retry_wait(s->stop, (unsigned)tried, 0))
			break;
	}
	buffer_free(&body);
	if (rc != 0)
		return judge(s, key, done, &c, e);
	/* A 200 that is no result at all is not believed. */
	etag = xml_field(s->response.body.data, s->response.body.size,
	    "CompleteMultipartUploadResult", "ETag", &ignored);
	free(etag);
	if (etag == NULL && find(s, key, done) != OURS)
		return s3_call_failed(s, &c, e,
		    "not confirmed; may exist: the answer is not a "
		    "CompleteMultipartUploadResult");
	return 0;
}

int
s3_abort(struct s3 *s, const char *key, const char *upload, struct error *e)
{
	const struct pair query[] = {{"uploadId", upload}};
	struct s3_call c = {.verb = "abort upload of",
	    .method = "DELETE",
	    .key = key,
	    .query = query,
	    .nquery = 1};

	if (s3_call_delete(s, &c, e) == 0)
		return 0;
	if (strcmp(c.why.code, "NoSuchUpload") != 0)
		return -1;
	e->status = ERROR_ABSENT;
	return c.doubt ? 0 : -1;
}
