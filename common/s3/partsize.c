#include <stddef.h>

#include "s3/partsize.h"

static const struct step {
	unsigned last; /* part */
	unsigned mib;
	unsigned flight; /* 0: as many as there are jobs */
} steps[] = {
    {500, 8, 0},
    {1000, 16, 2},
    {1500, 32, 2},
    {2000, 128, 2},
    {PARTSIZE_PARTS, 645, 1},
};

static const struct step *
step_of(unsigned part)
{
	size_t i = 0;

	while (i + 1 < sizeof steps / sizeof *steps && part > steps[i].last)
		i++;
	return &steps[i];
}

uint64_t
partsize_bytes(unsigned part, uint64_t fixed)
{
	return fixed != 0 ? fixed : (uint64_t)step_of(part)->mib << 20;
}

unsigned
partsize_flight(unsigned part, uint64_t fixed, unsigned jobs)
{
	unsigned flight = fixed != 0 ? 0 : step_of(part)->flight;

	return flight == 0 || flight > jobs ? jobs : flight;
}
