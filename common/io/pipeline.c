#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "io/pipeline.h"
#include "io/stop.h"

/* Items are numbered from 0 since the last drain; item i is in slot
 * i % window. */
struct run {
	const struct pipeline *p;
	pthread_mutex_t lock;
	pthread_cond_t freed; /* for the reader: written has grown */
	pthread_cond_t filled; /* for workers: read has grown, or ended */
	pthread_cond_t done; /* for the writer: a slot is done, or ended */
	uint64_t read, taken, written;
	unsigned window;
	bool *finished; /* of each slot: worked on, not yet written */
	bool ended; /* read has come to its end */
	bool failed;
	struct error *error; /* the first */
};

struct worker {
	struct run *run;
	pthread_t thread;
	unsigned number;
};

static void *
slot_of(const struct run *r, uint64_t item)
{
	return (char *)r->p->slots + item % r->window * r->p->slot_size;
}

/* Records the first failure and wakes everyone; called with the lock. */
static void
fail(struct run *r, const struct error *e)
{
	if (!r->failed)
		*r->error = *e;
	r->failed = true;
	stop_raise(r->p->stop);
	pthread_cond_broadcast(&r->freed);
	pthread_cond_broadcast(&r->filled);
	pthread_cond_broadcast(&r->done);
}

/* Whether to give up, by a failure or a stop; called with the lock. */
static bool
halted(struct run *r)
{
	struct error e;

	if (!r->failed && stop_raised(r->p->stop)) {
		error_set(&e, ERROR_FAILED, "stopped");
		fail(r, &e);
	}
	return r->failed;
}

/*
 * Waits for a free slot, draining all first where the window changes; the
 * slot of item r->read is free afterwards. Called with the lock by the
 * reader; returns whether there is one.
 */
static bool
await_slot(struct run *r)
{
	unsigned window =
	    r->p->window != NULL ? r->p->window(r->p->ctx) : r->p->nslots;
	uint64_t room = window == r->window ? window : 1;

	while (!halted(r) && r->read - r->written >= room)
		pthread_cond_wait(&r->freed, &r->lock);
	if (r->failed)
		return false;
	if (window != r->window) {
		r->read = r->taken = r->written = 0;
		r->window = window;
	}
	return true;
}

static void *
reader(void *cookie)
{
	struct run *r = cookie;
	struct error e = {0};
	int n = 1;

	pthread_mutex_lock(&r->lock);
	while (n > 0 && await_slot(r)) {
		void *slot = slot_of(r, r->read);

		pthread_mutex_unlock(&r->lock);
		n = r->p->read(r->p->ctx, slot, &e);
		pthread_mutex_lock(&r->lock);
		if (n > 0) {
			r->read++;
			pthread_cond_signal(&r->filled);
		}
	}
	if (n < 0)
		fail(r, &e);
	r->ended = true;
	pthread_cond_broadcast(&r->filled);
	pthread_cond_broadcast(&r->done);
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

static void *
worker(void *cookie)
{
	struct worker *w = cookie;
	struct run *r = w->run;
	struct error e = {0};
	uint64_t item;
	int rc;

	pthread_mutex_lock(&r->lock);
	for (;;) {
		while (!halted(r) && r->taken == r->read && !r->ended)
			pthread_cond_wait(&r->filled, &r->lock);
		if (r->failed || r->taken == r->read)
			break;
		item = r->taken++;
		pthread_mutex_unlock(&r->lock);
		rc = r->p->work(r->p->ctx, w->number, slot_of(r, item), &e);
		pthread_mutex_lock(&r->lock);
		if (rc != 0) {
			fail(r, &e);
			break;
		}
		r->finished[item % r->window] = true;
		pthread_cond_signal(&r->done);
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

/* The writer's side, in the caller's thread. */
static void
write_all(struct run *r)
{
	struct error e = {0};
	bool *finished;
	int rc;

	pthread_mutex_lock(&r->lock);
	for (;;) {
		finished = &r->finished[r->written % r->window];
		if (halted(r))
			break;
		if (!*finished) {
			if (r->ended && r->written == r->read)
				break;
			pthread_cond_wait(&r->done, &r->lock);
			continue;
		}
		pthread_mutex_unlock(&r->lock);
		rc = r->p->write(r->p->ctx, slot_of(r, r->written), &e);
		pthread_mutex_lock(&r->lock);
		if (rc != 0) {
			fail(r, &e);
			break;
		}
		*finished = false;
		r->written++;
		pthread_cond_signal(&r->freed);
	}
	pthread_mutex_unlock(&r->lock);
}

/* Makes a thread in which every signal is blocked. */
static int
start(pthread_t *thread, void *(*body)(void *), void *cookie)
{
	sigset_t all, old;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(thread, NULL, body, cookie);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return rc;
}

/* Starts the threads; returns how many workers run, and whether the reader. */
static unsigned
start_all(struct run *r, struct worker *workers, pthread_t *read_thread,
    bool *reading)
{
	struct error e;
	unsigned n;
	int rc = 0;

	for (n = 0; n < r->p->workers; n++) {
		workers[n].run = r;
		workers[n].number = n;
		rc = start(&workers[n].thread, worker, &workers[n]);
		if (rc != 0)
			break;
	}
	if (rc == 0)
		rc = start(read_thread, reader, r);
	*reading = rc == 0;
	if (rc != 0) {
		error_set(&e, ERROR_FAILED, "cannot start a thread: %s",
		    strerror(rc));
		pthread_mutex_lock(&r->lock);
		fail(r, &e);
		pthread_mutex_unlock(&r->lock);
	}
	return n;
}

int
pipeline_run(const struct pipeline *p, struct error *e)
{
	struct run r = {.p = p, .window = p->nslots, .error = e};
	struct worker *workers;
	pthread_t read_thread;
	unsigned started, i;
	bool reading;

	workers = calloc(p->workers, sizeof *workers);
	r.finished = calloc(p->nslots, sizeof *r.finished);
	if (workers == NULL || r.finished == NULL) {
		error_set(e, ERROR_FAILED, "out of memory");
		r.failed = true;
		goto memory;
	}
	pthread_mutex_init(&r.lock, NULL);
	pthread_cond_init(&r.freed, NULL);
	pthread_cond_init(&r.filled, NULL);
	pthread_cond_init(&r.done, NULL);

	started = start_all(&r, workers, &read_thread, &reading);
	write_all(&r);
	if (reading)
		pthread_join(read_thread, NULL);
	for (i = 0; i < started; i++)
		pthread_join(workers[i].thread, NULL);

	pthread_cond_destroy(&r.done);
	pthread_cond_destroy(&r.filled);
	pthread_cond_destroy(&r.freed);
	pthread_mutex_destroy(&r.lock);
memory:
	free(r.finished);
	free(workers);
	return r.failed ? -1 : 0;
}
