/*
 * keyring: the credentials in use, shared by all workers, and renewed before
 * they expire.
 */
#ifndef KEYRING_H
#define KEYRING_H

#include "aws/credentials.h"

struct keyring;

/* Takes a copy of the first set. Returns NULL where memory is out. */
struct keyring *keyring_open(const struct credentials *);
void keyring_free(struct keyring *);

/*
 * Brings the caller's copy up to date; its generation is 0 at first. A set
 * that is about to expire (in five minutes) is looked for anew; where that
 * fails the old one serves until it has expired, and only then is it an error.
 * One caller looks, the others wait. The stop (may be NULL) ends the search.
 */
int keyring_get(struct keyring *, struct credentials *mine,
    unsigned *generation, const struct stop *, struct error *);

/*
 * After the store has refused the set of that generation as expired: looks for
 * credentials again, unless somebody has done so since.
 */
int keyring_renew(
    struct keyring *, unsigned generation, const struct stop *, struct error *);

#endif
