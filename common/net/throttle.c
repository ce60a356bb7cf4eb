#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "io/stop.h"
#include "net/throttle.h"

enum { BURST_MS = 100, PIECE_MIN = 16 << 10, PIECE_MAX = 256 << 10 };

struct throttle {
	pthread_mutex_t lock;
	uint64_t speed; /* bytes a second */
	double due; /* when what was booked is within the speed, in ms */
};

struct throttle *
throttle_open(uint64_t bytes_per_second)
{
	struct throttle *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	pthread_mutex_init(&r->lock, NULL);
	r->speed = bytes_per_second;
	return r;
}

void
throttle_free(struct throttle *r)
{
	if (r == NULL)
		return;
	pthread_mutex_destroy(&r->lock);
	free(r);
}

void
throttle_take(struct throttle *r, uint64_t n, const struct stop *stop)
{
	double now, wait;

	if (r == NULL || n == 0)
		return;
	now = (double)clock_ms();
	pthread_mutex_lock(&r->lock);
	/* Time that was not used is not saved up, but for a moment's. */
	if (r->due < now - BURST_MS)
		r->due = now - BURST_MS;
	r->due += (double)n * 1000 / (double)r->speed;
	wait = r->due - now;
	pthread_mutex_unlock(&r->lock);
	if (wait >= 1)
		stop_sleep(stop, wait < INT32_MAX ? (int)wait : INT32_MAX);
}

size_t
throttle_piece(const struct throttle *r)
{
	uint64_t piece = r != NULL ? r->speed / 16 : PIECE_MAX;

	if (piece < PIECE_MIN)
		return PIECE_MIN;
	return piece < PIECE_MAX ? (size_t)piece : PIECE_MAX;
}
