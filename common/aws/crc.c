#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#ifdef HAVE_ISAL
#include <isa-l.h>
#endif
#ifdef __x86_64__
#include <immintrin.h>
#endif

#include "aws/crc.h"

/* The first ISA-L that has the polynomial of NVM Express. */
#if defined(HAVE_ISAL) && defined(ISAL_MAKE_VERSION)
#if ISAL_VERSION >= ISAL_MAKE_VERSION(2, 31, 0)
#define HAVE_ISAL_CRC64
#endif
#endif

enum { STRIDE = 16 };

/* Each with its polynomial, least significant bit first, and its bits. */
static const struct {
	uint64_t polynomial, mask;
} kinds[CRC_KINDS] = {
    {UINT64_C(0xedb88320), UINT64_C(0xffffffff)},
    {UINT64_C(0x82f63b78), UINT64_C(0xffffffff)},
    {UINT64_C(0x9a6c9329ac4bc9b5), UINT64_MAX},
};

/*
 * tables[k][n][b]: what the byte b adds when n bytes more follow it, so that
 * sixteen bytes are taken in one step.
 */
static uint64_t tables[CRC_KINDS][STRIDE][256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
make_tables(void)
{
	uint64_t crc;
	unsigned k, n, b, bit;

	for (k = 0; k < CRC_KINDS; k++) {
		for (b = 0; b < 256; b++) {
			crc = b;
			for (bit = 0; bit < 8; bit++)
				crc = crc >> 1 ^
				    (kinds[k].polynomial & (0 - (crc & 1)));
			tables[k][0][b] = crc;
		}
		for (n = 1; n < STRIDE; n++) {
			for (b = 0; b < 256; b++) {
				crc = tables[k][n - 1][b];
				tables[k][n][b] =
				    crc >> 8 ^ tables[k][0][crc & 255];
			}
		}
	}
}

static uint64_t
load(const unsigned char *p)
{
	uint64_t word = 0;
	int i;

	for (i = 7; i >= 0; i--) /* which compilers make one instruction */
		word = word << 8 | p[i];
	return word;
}

static uint64_t
by_tables(enum crc_kind k, uint64_t crc, const unsigned char *p, size_t n)
{
	uint64_t(*const t)[256] = tables[k];
	uint64_t a, b;
	unsigned i;

	for (; n >= STRIDE; n -= STRIDE, p += STRIDE) {
		a = load(p) ^ crc;
		b = load(p + 8);
		crc = 0;
		for (i = 0; i < 8; i++, a >>= 8, b >>= 8)
			crc ^= t[15 - i][a & 255] ^ t[7 - i][b & 255];
	}
	for (; n > 0; n--)
		crc = crc >> 8 ^ t[0][(crc ^ *p++) & 255];
	return crc;
}

#if defined(__x86_64__) && !defined(HAVE_ISAL_CRC64)

enum { LANE = 16, LANES = 4, FOLD_MIN = 256 };

/* x to the power of n, modulo the polynomial of CRC-64/NVME. */
static uint64_t
power_of_x(unsigned n)
{
	uint64_t crc = UINT64_C(1) << 63;

	while (n-- > 0)
		crc =
		    crc >> 1 ^ (kinds[CRC_64NVME].polynomial & (0 - (crc & 1)));
	return crc;
}

/*
 * What a lane of sixteen bytes is worth so many bits further on: both halves
 * times that power of x. A product of two reflected words is x times what
 * they stand for, hence the power less one.
 */
static __m128i
fold_by(unsigned bits)
{
	return _mm_set_epi64x(
	    (long long)power_of_x(bits - 1), (long long)power_of_x(bits + 63));
}

__attribute__((target("pclmul"))) static __m128i
fold(__m128i lane, __m128i by, const unsigned char *next)
{
	__m128i product = _mm_xor_si128(_mm_clmulepi64_si128(lane, by, 0x00),
	    _mm_clmulepi64_si128(lane, by, 0x11));

	return _mm_xor_si128(
	    product, _mm_loadu_si128((const __m128i *)(const void *)next));
}

/*
 * Folds all whole blocks of four lanes into one lane, which with the bytes
 * behind it has the same check ("Fast CRC computation for generic polynomials
 * using PCLMULQDQ", Gopal and others, 2009). Returns how many bytes it stands
 * for; size is FOLD_MIN at least.
 */
__attribute__((target("pclmul"))) static size_t
fold_blocks(
    uint64_t crc, const unsigned char *p, size_t size, unsigned char out[LANE])
{
	const size_t block = (size_t)LANES * LANE;
	__m128i far = fold_by(LANES * LANE * 8), near = fold_by(LANE * 8);
	__m128i lane[LANES];
	size_t done = block;
	int i;

	for (i = 0; i < LANES; i++)
		lane[i] = _mm_loadu_si128(
		    (const __m128i *)(const void *)(p + i * LANE));
	lane[0] = _mm_xor_si128(lane[0], _mm_set_epi64x(0, (long long)crc));
	for (; size - done >= block; done += block) {
		for (i = 0; i < LANES; i++)
			lane[i] = fold(lane[i], far, p + done + i * LANE);
	}
	for (i = 1; i < LANES; i++) {
		_mm_storeu_si128((__m128i *)(void *)out, lane[i]);
		lane[i] = fold(lane[i - 1], near, out);
	}
	_mm_storeu_si128((__m128i *)(void *)out, lane[LANES - 1]);
	return done;
}

/* By carry-less products where the processor has them. */
static uint64_t
nvme(uint64_t crc, const unsigned char *p, size_t size)
{
	unsigned char lane[LANE];
	size_t done;

	if (size < FOLD_MIN || !__builtin_cpu_supports("pclmul"))
		return by_tables(CRC_64NVME, crc, p, size);
	done = fold_blocks(crc, p, size, lane);
	crc = by_tables(CRC_64NVME, 0, lane, sizeof lane);
	return by_tables(CRC_64NVME, crc, p + done, size - done);
}

#define HAVE_FOLDING
#endif

uint64_t
crc_add(enum crc_kind k, uint64_t before, const void *bytes, size_t size)
{
	uint64_t mask = kinds[k].mask;

#ifdef HAVE_ISAL_CRC64
	if (k == CRC_64NVME)
		return crc64_rocksoft_refl(before, bytes, size);
#endif
	pthread_once(&once, make_tables);
#ifdef HAVE_FOLDING
	if (k == CRC_64NVME)
		return nvme(before ^ mask, bytes, size) ^ mask;
#endif
	return by_tables(k, before ^ mask, bytes, size) ^ mask;
}
