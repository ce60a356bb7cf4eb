#include <stddef.h>

#include "s3/partsize.h"

struct step {
	unsigned last; /* part */
	unsigned mib; /* 0: what is left of the object, evenly */
	unsigned flight; /* 0: as many as there are jobs */
};

static const struct step usual[] = {
    {500, 8, 0},
    {1000, 16, 2},
    {1500, 32, 2},
    {2000, 128, 2},
    {PARTSIZE_PARTS, 645, 1},
};

/* For objects past PARTSIZE_TOTAL. */
static const struct step steep[] = {
    {300, 8, 0},
    {450, 64, 1},
    {600, 512, 1},
    {PARTSIZE_PARTS, 0, 1},
};

static const struct step *
step_of(const struct partsize *p, unsigned part)
{
	const struct step *s = p->total > PARTSIZE_TOTAL ? steep : usual;

	while (part > s->last && s->last < PARTSIZE_PARTS)
		s++;
	return s;
}

/* The size, in whole MiB, of the steep schedule's last parts. */
static uint64_t
last_size(uint64_t total)
{
	const struct step *s = steep;
	unsigned before = 0;
	uint64_t left = total, parts;

	for (; s->mib != 0; before = s->last, s++)
		left -= (uint64_t)(s->last - before) * s->mib << 20;
	parts = s->last - before;
	return ((left + parts - 1) / parts + (1 << 20) - 1) >> 20 << 20;
}

uint64_t
partsize_bytes(const struct partsize *p, unsigned part)
{
	const struct step *s;

	if (p->fixed != 0)
		return p->fixed;
	s = step_of(p, part);
	return s->mib != 0 ? (uint64_t)s->mib << 20 : last_size(p->total);
}

unsigned
partsize_flight(const struct partsize *p, unsigned part, unsigned jobs)
{
	unsigned flight = p->fixed != 0 ? 0 : step_of(p, part)->flight;

	return flight == 0 || flight > jobs ? jobs : flight;
}

uint64_t
partsize_limit(const struct partsize *p)
{
	if (p->fixed != 0 && p->fixed * PARTSIZE_PARTS < p->total)
		return p->fixed * PARTSIZE_PARTS;
	return p->total;
}
