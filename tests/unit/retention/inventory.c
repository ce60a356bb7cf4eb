/*
 * inventory: groups, backups of several keys, and the order read; at random
 * with S3PIPE_SEED=n to repeat a run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "retention/inventory.h"
#include "retention/policy.h"

enum { MOST = 300, TRIALS = 300, LENGTH = 64 };

struct keys {
	char text[MOST][LENGTH];
	unsigned reasons[MOST];
	size_t group[MOST]; /* of those that make_keys made */
	size_t n;
};

/* Judges the keys; they must come back as they went in. */
static struct inventory *
judge(struct keys *keys, const struct policy *policy)
{
	struct inventory *v = inventory_new();
	struct inventory_key k;
	struct error e;
	size_t i;

	assert_non_null(v);
	for (i = 0; i < keys->n; i++)
		assert_int_equal(
		    inventory_add(v, keys->text[i], strlen(keys->text[i]), &e),
		    1);
	assert_int_equal(inventory_judge(v, policy, &e), 0);
	for (i = 0; inventory_next_key(v, &k); i++) {
		assert_string_equal(k.key, keys->text[i]);
		assert_int_equal(k.length, strlen(keys->text[i]));
		keys->reasons[i] = k.reasons;
	}
	assert_int_equal(i, keys->n);
	return v;
}

static void
assert_group(struct inventory *v, const char *prefix, const char *name,
    struct inventory_counts c)
{
	struct inventory_group g;

	assert_true(inventory_next_group(v, &g));
	assert_int_equal(g.prefix_length, strlen(prefix));
	assert_memory_equal(g.prefix, prefix, g.prefix_length);
	assert_int_equal(g.name_length, strlen(name));
	assert_memory_equal(g.name, name, g.name_length);
	assert_int_equal(g.counts.backups, c.backups);
	assert_int_equal(g.counts.backups_kept, c.backups_kept);
	assert_int_equal(g.counts.keys, c.keys);
	assert_int_equal(g.counts.keys_kept, c.keys_kept);
}

static void
groups_and_backups(void **state)
{
	static struct keys keys = {
	    {"a/2026/01/01/x_000000.sql.gz", "a/2026/01/02/x_000000.sql.gz",
		"a/2026/01/01/x_000000.sql.gz.sha256",
		"2026/01/01/x_000000.sql", "a/2026/01/02/y_000000",
		"a/2026/01/02/x_000000.sql.gz", "a/2026/01/01/y_000000"},
	    {0}, {0}, 7};
	static const bool kept[] = {
	    false, true, false, true, true, true, false};
	struct policy last = {.keep[POLICY_LAST] = 1};
	struct inventory *v = judge(&keys, &last);
	struct inventory_group g;
	size_t i;

	(void)state;
	for (i = 0; i < keys.n; i++)
		assert_int_equal(keys.reasons[i] != 0, kept[i]);
	assert_group(v, "a/", "x", (struct inventory_counts){2, 1, 4, 2});
	assert_group(v, "", "x", (struct inventory_counts){1, 1, 1, 1});
	assert_group(v, "a/", "y", (struct inventory_counts){2, 1, 2, 1});
	assert_false(inventory_next_group(v, &g));
	inventory_free(v);
}

/* The prefix and the name are compared apart, and by their whole length. */
static void
groups_that_look_alike(void **state)
{
	static struct keys keys = {
	    {"ab/2026/01/01/c_000000", "a/b/2026/01/01/c_000000",
		"a/2026/01/01/bc_000000", "/2026/01/01/c_000000",
		"2026/01/01/c_000000", "2026/01/01/c_1_000000",
		"2026/01/01/C_000000", "2026/01/01/2026/01/01/c_000000"},
	    {0}, {0}, 8};
	struct policy last = {.keep[POLICY_LAST] = 1};
	struct inventory *v = judge(&keys, &last);
	struct inventory_group g;
	size_t i;

	(void)state;
	for (i = 0; i < keys.n; i++)
		assert_int_equal(keys.reasons[i], 1U << POLICY_LAST);
	for (i = 0; inventory_next_group(v, &g); i++)
		assert_int_equal(g.counts.keys, 1);
	assert_int_equal(i, keys.n);
	inventory_free(v);
}

static void
keys_without_a_time_are_not_taken(void **state)
{
	struct inventory *v = inventory_new();
	struct policy p = {.keep[POLICY_LAST] = 1};
	struct inventory_group g;
	struct inventory_key k;
	struct error e;

	(void)state;
	assert_int_equal(inventory_add(v, "x.sql.gz", 8, &e), 0);
	assert_int_equal(inventory_add(v, "", 0, &e), 0);
	assert_int_equal(inventory_judge(v, &p, &e), 0);
	assert_false(inventory_next_key(v, &k));
	assert_false(inventory_next_group(v, &g));
	inventory_free(v);
	inventory_free(NULL);
}

static uint64_t random_state;

static size_t
draw(size_t below)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (size_t)((z ^ z >> 31) % below);
}

/* Keys of six groups; many share a second, some are there twice. */
static void
make_keys(struct keys *keys)
{
	static const char *const prefixes[] = {"", "p/", "p/q/"};
	static const char *const names[] = {"db", "db_0"};
	static const char *const suffixes[] = {"", ".gz", ".gz.sha256"};
	size_t i, days = 1 + draw(28);

	keys->n = draw(MOST + 1);
	for (i = 0; i < keys->n; i++) {
		keys->group[i] = draw(6);
		snprintf(keys->text[i], LENGTH,
		    "%s2024/%02zu/%02zu/%s_%02zu0000%s",
		    prefixes[keys->group[i] / 2], 1 + draw(3), 1 + draw(days),
		    names[keys->group[i] % 2], draw(24), suffixes[draw(3)]);
	}
}

static void
make_policy(struct policy *p)
{
	size_t rule;

	*p = (struct policy){.within.days = (int32_t)draw(3)};
	for (rule = 0; rule < POLICY_RULES; rule++)
		p->keep[rule] = (int32_t)draw(6) - 1;
}

/* What some keys were judged is what all keys with their names were. */
static void
assert_same_verdicts(const struct keys *some, const struct keys *all)
{
	size_t i, j;

	for (i = 0; i < some->n; i++) {
		for (j = 0; strcmp(all->text[j], some->text[i]) != 0; j++)
			assert_true(j + 1 < all->n);
		assert_int_equal(some->reasons[i], all->reasons[j]);
	}
}

static void
shuffle(struct keys *keys)
{
	char kept[LENGTH];
	size_t i, j;

	for (i = keys->n; i > 1; i--) {
		j = draw(i);
		memcpy(kept, keys->text[j], LENGTH);
		memcpy(keys->text[j], keys->text[i - 1], LENGTH);
		memcpy(keys->text[i - 1], kept, LENGTH);
	}
}

static void
choose_group(const struct keys *all, size_t group, struct keys *one)
{
	size_t i;

	for (i = 0, one->n = 0; i < all->n; i++) {
		if (all->group[i] == group)
			memcpy(one->text[one->n++], all->text[i], LENGTH);
	}
}

static void
neither_order_nor_other_groups_matter(void **state)
{
	static struct keys all, other;
	const char *given = getenv("S3PIPE_SEED");
	struct policy p;
	int i;

	(void)state;
	random_state =
	    given != NULL ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
	print_message("# S3PIPE_SEED=%llu\n", (unsigned long long)random_state);
	for (i = 0; i < TRIALS; i++) {
		make_keys(&all);
		make_policy(&p);
		inventory_free(judge(&all, &p));
		other = all;
		shuffle(&other);
		inventory_free(judge(&other, &p));
		assert_same_verdicts(&other, &all);
		choose_group(&all, draw(6), &other);
		inventory_free(judge(&other, &p));
		assert_same_verdicts(&other, &all);
	}
}

/* Enough groups that the table of them grows many times. */
static void
many_groups(void **state)
{
	struct inventory *v = inventory_new();
	struct policy p = {.keep[POLICY_DAILY] = 1};
	struct inventory_counts one = {1, 1, 2, 2};
	char key[LENGTH], name[LENGTH];
	struct inventory_key k;
	struct error e;
	int i;

	(void)state;
	for (i = 0; i < 20000; i++) {
		snprintf(key, sizeof key, "2026/01/01/%d_000000", i % 10000);
		assert_int_equal(inventory_add(v, key, strlen(key), &e), 1);
	}
	assert_int_equal(inventory_judge(v, &p, &e), 0);
	for (i = 0; inventory_next_key(v, &k); i++)
		assert_int_equal(k.reasons, 1U << POLICY_DAILY);
	assert_int_equal(i, 20000);
	for (i = 0; i < 10000; i++) {
		snprintf(name, sizeof name, "%d", i);
		assert_group(v, "", name, one);
	}
	inventory_free(v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(groups_and_backups),
	    cmocka_unit_test(groups_that_look_alike),
	    cmocka_unit_test(keys_without_a_time_are_not_taken),
	    cmocka_unit_test(neither_order_nor_other_groups_matter),
	    cmocka_unit_test(many_groups),
	};

	return cmocka_run_group_tests_name("inventory", tests, NULL, NULL);
}
