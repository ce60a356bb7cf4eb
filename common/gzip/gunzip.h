/*
 * gunzip: decodes a gzip stream (RFC 1952) that is given piece by piece, and
 * judges it: headers, data, CRCs, lengths, the order and the end of members.
 *
 * A stream is one member or more, then nothing but zeros. Members of ours
 * (gzip.h) are numbered from 0 and end with the end marker; one that is
 * missing, out of order, or followed by anything else but its successor means
 * that the stream was cut. After an end marker or a foreign member anything
 * may follow that a stream may begin with, so that streams can be joined.
 */
#ifndef GUNZIP_H
#define GUNZIP_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "gzip/gzip.h"

struct gunzip;

/*
 * The decoder gives what it decodes to take (NULL: nobody) in order; take
 * returns 0, or -1 with an error. The name is for messages ("stdin"), which
 * tell the offset of the byte in question. Returns NULL when there is no
 * memory; it needs some 400 KiB, whatever the stream.
 */
struct gunzip *gunzip_new(const char *name,
    int (*take)(void *ctx, const void *, size_t, struct error *), void *ctx);
void gunzip_free(struct gunzip *);

/*
 * Decodes the next bytes of the stream. Returns 0, or -1 with an error: from
 * then on nothing more can be fed.
 */
int gunzip_feed(struct gunzip *, const void *, size_t, struct error *);

/*
 * Instead of feeding a member: takes note of one that was decoded and checked
 * elsewhere, and gave that many bytes. The stream must be between two members.
 * Returns 0, or -1 where its place in the stream is wrong.
 */
int gunzip_skip(
    struct gunzip *, const struct gzip_header *, uint64_t size, struct error *);

/* Says that the stream has ended: returns 0 if it was whole. */
int gunzip_finish(struct gunzip *, struct error *);

#endif
