#include "net/patience.h"

static int64_t
shares_of(size_t bytes)
{
	return (int64_t)((bytes + PATIENCE_SHARE - 1) / PATIENCE_SHARE);
}

int64_t
patience_for(const struct patience *p, size_t bytes)
{
	int64_t base = (int64_t)p->timeout * 1000;
	int64_t more = shares_of(bytes) * base;
	int64_t seen = 4 * shares_of(bytes) * p->pace;

	return base + (p->pace != 0 && seen < more ? seen : more);
}

void
patience_learn(struct patience *p, size_t bytes, int64_t took)
{
	int64_t pace;

	if (bytes < PATIENCE_SHARE)
		return;
	pace = took / shares_of(bytes) + 1;
	p->pace = pace > p->pace / 2 ? pace : p->pace / 2;
}
