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
 * That is 5 TiB in 10,000 parts, the limits of S3 ("Amazon S3 multipart upload
 * limits"), in memory that grows with the stream: the parts in flight and one
 * that is being read.
 */
#ifndef PARTSIZE_H
#define PARTSIZE_H

#include <stdint.h>

enum { PARTSIZE_PARTS = 10000 };
#define PARTSIZE_MIN (UINT64_C(5) << 20)
#define PARTSIZE_MAX (UINT64_C(5) << 30)
#define PARTSIZE_TOTAL (UINT64_C(5) << 40)

/*
 * The size in bytes of part number `part` (from 1), where 0 asks for the
 * schedule, and any other `fixed` is what all parts have.
 */
uint64_t partsize_bytes(unsigned part, uint64_t fixed);

/* How many parts may be in flight beside it, when jobs are asked for. */
unsigned partsize_flight(unsigned part, uint64_t fixed, unsigned jobs);

#endif
