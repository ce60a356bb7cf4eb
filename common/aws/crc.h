/*
 * crc: the cyclic redundancy checks that S3 keeps. Pure.
 *
 * Source: "Checking object integrity" (Amazon S3 User Guide); the polynomials
 * of RFC 1952 (CRC-32), RFC 3720 (CRC-32C) and the NVM Express base
 * specification, 5.2 (CRC-64/NVME).
 */
#ifndef CRC_H
#define CRC_H

#include <stddef.h>
#include <stdint.h>

enum crc_kind { CRC_32, CRC_32C, CRC_64NVME, CRC_KINDS };

/* The check of what `before` is the check of (0: of nothing), and size bytes. */
uint64_t
crc_add(enum crc_kind, uint64_t before, const void *bytes, size_t size);

#endif
