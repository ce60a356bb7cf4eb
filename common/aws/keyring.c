#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "aws/keyring.h"
#include "aws/profile.h"

/* Seconds: before the end, and between two searches that did not help. */
enum { EARLY = 300, PAUSE = 60 };

struct keyring {
	pthread_mutex_t lock;
	struct credentials current;
	unsigned generation;
	time_t not_before; /* the next search ahead of time */
};

struct keyring *
keyring_open(const struct credentials *first)
{
	struct keyring *k = calloc(1, sizeof *k);

	if (k == NULL || credentials_copy(first, &k->current) != 0) {
		free(k);
		return NULL;
	}
	pthread_mutex_init(&k->lock, NULL);
	k->generation = 1;
	return k;
}

void
keyring_free(struct keyring *k)
{
	if (k == NULL)
		return;
	credentials_free(&k->current);
	pthread_mutex_destroy(&k->lock);
	free(k);
}

/* Looks for a new set; the lock is held. */
static int
renew(struct keyring *k, const struct stop *stop, struct error *e)
{
	struct credentials_notes notes = {0};
	struct profile profile = {0};
	struct credentials fresh;
	int rc = credentials_find(&fresh, &profile, stop, &notes, e);

	profile_free(&profile);
	credentials_notes_free(&notes);
	k->not_before = time(NULL) + PAUSE;
	if (rc != 0)
		return -1;
	credentials_free(&k->current);
	k->current = fresh;
	k->generation++;
	return 0;
}

/* Renews a set that is about to expire; the lock is held. */
static int
keep_fresh(struct keyring *k, const struct stop *stop, struct error *e)
{
	time_t now = time(NULL);
	int64_t end = k->current.expires;

	if (end == 0 || now < end - EARLY)
		return 0;
	if (now < end && now < k->not_before)
		return 0;
	if (renew(k, stop, e) == 0 || now < end)
		return 0;
	return error_prefix(e, "the credentials have expired");
}

int
keyring_get(struct keyring *k, struct credentials *mine, unsigned *generation,
    const struct stop *stop, struct error *e)
{
	int rc;

	pthread_mutex_lock(&k->lock);
	rc = keep_fresh(k, stop, e);
	if (rc == 0 && *generation != k->generation) {
		credentials_free(mine);
		*generation = k->generation;
		if (credentials_copy(&k->current, mine) != 0) {
			*generation = 0;
			rc = error_set(e, ERROR_FAILED, "out of memory");
		}
	}
	pthread_mutex_unlock(&k->lock);
	return rc;
}

int
keyring_renew(struct keyring *k, unsigned generation, const struct stop *stop,
    struct error *e)
{
	int rc = 0;

	pthread_mutex_lock(&k->lock);
	if (generation == k->generation)
		rc = renew(k, stop, e);
	pthread_mutex_unlock(&k->lock);
	return rc;
}
