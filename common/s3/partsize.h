/*
 * partsize: how large each part of an upload of unknown length is. Pure.
 *
 *     parts              size     in flight   all before it
 *         1 ..   500     8 MiB    4                  0
 *       501 ..  1000    16 MiB    2            3.9 GiB
 *      1001 ..  1500    32 MiB    2           11.7 GiB
 *      1501 ..  2000   128 MiB    2           27.3 GiB
 *      2001 .. 10000   645 MiB    1           89.8 GiB
 *
 * That is 5 TiB in 10,000 parts, in memory that grows with the stream: the
 * parts in flight and one that is being read. For objects that may be larger
 * parts grow sooner, and the last as far as the object needs:
 *
 *         1 ..   300     8 MiB    4                  0
 *       301 ..   450    64 MiB    1            2.3 GiB
 *       451 ..   600   512 MiB    1           11.7 GiB
 *       601 .. 10000     5 GiB    1           86.7 GiB
 *
 * The limits are S3's: parts of 5 MiB to 5 GiB, 10,000 of them, an object of
 * 50 TB ("Amazon S3 multipart upload limits"); many stores take 5 TiB.
 */
#ifndef PARTSIZE_H
#define PARTSIZE_H

#include <stdint.h>

enum { PARTSIZE_PARTS = 10000 };
#define PARTSIZE_MIN (UINT64_C(5) << 20)
#define PARTSIZE_MAX (UINT64_C(5) << 30)
#define PARTSIZE_TOTAL (UINT64_C(5) << 40)
#define PARTSIZE_LARGEST UINT64_C(50000000000000)

struct partsize {
	uint64_t fixed; /* the size that all parts have; 0: by the schedule */
	uint64_t total; /* bytes of the largest object, PARTSIZE_LARGEST at
			   most */
};

/* The size in bytes of part number `part` (from 1). */
uint64_t partsize_bytes(const struct partsize *, unsigned part);

/* How many parts may be in flight beside it, when jobs are asked for. */
unsigned partsize_flight(const struct partsize *, unsigned part, unsigned jobs);

/* The bytes that all parts together can have. */
uint64_t partsize_limit(const struct partsize *);

#endif
