/*
 * policy: the properties that make it safe, for all small lists and at random
 * for others. A broken one is shrunk before it is shown; S3PIPE_SEED=n repeats
 * a run.
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

#include "base/calendar.h"
#include "retention/keytime.h"
#include "retention/policy.h"

enum { MOST = 40, TRIALS = 20000, DAY = 86400 };

static int64_t
at(int year, int month, int day, int hour, int minute, int second)
{
	return calendar_days(year, month, day) * DAY + hour * 3600 +
	    minute * 60 + second;
}

/* A list, a policy, and a part of the list: what a property is tried on. */
struct trial {
	struct policy policy;
	int64_t times[MOST];
	uint64_t part; /* bit i: the part has times[i] */
	size_t n;
	int more, by; /* a rule to be given so much more count */
};

/* The bucket of a time as libc sees the calendar. */
static void
name_bucket(char *name, size_t size, int rule, int64_t time, size_t index)
{
	static const char *const formats[] = {[POLICY_HOURLY] = "%Y%m%d%H",
	    [POLICY_DAILY] = "%Y%m%d",
	    [POLICY_WEEKLY] = "%G-%V",
	    [POLICY_MONTHLY] = "%Y%m",
	    [POLICY_YEARLY] = "%Y"};
	time_t t = (time_t)time;
	struct tm tm;

	if (rule == POLICY_LAST || rule == POLICY_MIN) {
		snprintf(name, size, "%zu", index);
	} else {
		assert_non_null(gmtime_r(&t, &tm));
		strftime(name, size, formats[rule], &tm);
	}
}

/* The rule as one sentence, without a running count. */
static bool
keeps(const struct trial *t, int rule, size_t index)
{
	char name[32], newer[32], before[32] = "";
	size_t i, filled = 0;
	bool first = true;

	name_bucket(name, sizeof name, rule, t->times[index], index);
	for (i = 0; i < index; i++) {
		name_bucket(newer, sizeof newer, rule, t->times[i], i);
		filled += strcmp(newer, before) != 0;
		first = first && strcmp(newer, name) != 0;
		memcpy(before, newer, sizeof before);
	}
	return (first || index == t->n - 1) &&
	    (t->policy.keep[rule] < 0 || filled < (size_t)t->policy.keep[rule]);
}

static bool
as_the_rules_say(const struct trial *t, const unsigned *reasons)
{
	size_t i;
	int rule;
	bool kept;

	for (i = 0; i < t->n; i++) {
		kept = false;
		for (rule = 0; rule < POLICY_RULES; rule++)
			kept = kept || keeps(t, rule, i);
		if (kept != (reasons[i] != 0))
			return false;
	}
	return true;
}

/* What is kept of the whole is kept of any part that has it. */
static bool
a_part_keeps_as_much(const struct trial *t, const unsigned *reasons)
{
	int64_t times[MOST] = {0};
	unsigned whole[MOST], part[MOST];
	size_t i, n = 0;

	for (i = 0; i < t->n; i++) {
		if (t->part >> i & 1) {
			whole[n] = reasons[i];
			times[n++] = t->times[i];
		}
	}
	policy_apply(&t->policy, times, n, part);
	for (i = 0; i < n; i++) {
		if (whole[i] != 0 && part[i] == 0)
			return false;
	}
	return true;
}

static bool
what_is_kept_stays(const struct trial *t, const unsigned *reasons)
{
	int64_t times[MOST] = {0};
	unsigned again[MOST];
	size_t i, n = 0;

	for (i = 0; i < t->n; i++) {
		if (reasons[i] != 0)
			times[n++] = t->times[i];
	}
	policy_apply(&t->policy, times, n, again);
	for (i = 0; i < n; i++) {
		if (again[i] == 0)
			return false;
	}
	return true;
}

static bool
more_count_keeps_more(const struct trial *t, const unsigned *reasons)
{
	struct policy p = t->policy;
	unsigned with[MOST];
	size_t i;

	if (p.keep[t->more] >= 0)
		p.keep[t->more] = t->by < 0 ? -1 : p.keep[t->more] + t->by;
	policy_apply(&p, t->times, t->n, with);
	for (i = 0; i < t->n; i++) {
		if (reasons[i] != 0 && with[i] == 0)
			return false;
	}
	return true;
}

static bool
the_newest_is_kept(const struct trial *t, const unsigned *reasons)
{
	return t->n == 0 || reasons[0] != 0 ||
	    (policy_is_empty(&t->policy) && t->policy.keep[POLICY_MIN] == 0);
}

/* Returns the name of a property that does not hold, or NULL. */
static const char *
find_broken(const struct trial *t)
{
	static const struct {
		const char *name;
		bool (*holds)(const struct trial *, const unsigned *);
	} properties[] = {
	    {"as the rules say", as_the_rules_say},
	    {"the newest is kept", the_newest_is_kept},
	    {"a part keeps as much", a_part_keeps_as_much},
	    {"what is kept stays", what_is_kept_stays},
	    {"more count keeps more", more_count_keeps_more},
	};
	unsigned reasons[MOST];
	size_t i;

	policy_apply(&t->policy, t->times, t->n, reasons);
	for (i = 0; i < sizeof properties / sizeof *properties; i++) {
		if (!properties[i].holds(t, reasons))
			return properties[i].name;
	}
	return NULL;
}

static struct trial
without_time(struct trial t, size_t i)
{
	uint64_t low = ((uint64_t)1 << i) - 1;

	t.n--;
	memmove(&t.times[i], &t.times[i + 1], (t.n - i) * sizeof *t.times);
	t.part = (t.part & low) | (t.part >> 1 & ~low);
	return t;
}

/* Takes away what can go while a property stays broken. */
static struct trial
shrink(struct trial t)
{
	struct trial smaller;
	bool shrunk = true;
	size_t i;

	while (shrunk) {
		shrunk = false;
		for (i = 0; i < t.n + POLICY_RULES && !shrunk; i++) {
			if (i < t.n) {
				smaller = without_time(t, i);
			} else {
				smaller = t;
				smaller.policy.keep[i - t.n] /= 2;
				if (t.policy.keep[i - t.n] == 0)
					continue;
			}
			shrunk = find_broken(&smaller) != NULL;
		}
		if (shrunk)
			t = smaller;
	}
	return t;
}

static void
fail_with(const struct trial *t)
{
	char text[POLICY_TEXT];
	size_t i;

	print_error("# broken: %s\n# policy:", find_broken(t));
	for (i = 0; i < POLICY_RULES; i++)
		print_error(" %d", t->policy.keep[i]);
	print_error(", rule %d gets %d more\n", t->more, t->by);
	for (i = 0; i < t->n; i++)
		print_error("# %lld %s%s\n", (long long)t->times[i],
		    policy_explain(text, 1U << POLICY_HOURLY, 0, t->times[i]),
		    t->part >> i & 1 ? " in the part" : "");
	fail();
}

/* splitmix64 (Steele, Lea, Flood: Fast Splittable Generators, 2014). */
static uint64_t
draw(uint64_t *state, uint64_t below)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (z ^ z >> 31) % below;
}

/* A list with steps of one size or all, so that buckets fill and stay empty. */
static struct trial
make_trial(uint64_t *state)
{
	static const int64_t steps[] = {
	    600, 3600, 6 * 3600, DAY, 3 * DAY, 7 * DAY, 31 * DAY, 366 * DAY};
	struct trial t = {.n = (unsigned)draw(state, MOST + 1),
	    .part = draw(state, UINT64_MAX),
	    .more = (int)draw(state, POLICY_RULES),
	    .by = (int)draw(state, 6) - 1};
	int64_t time = (int64_t)draw(state, (uint64_t)60000 * DAY);
	size_t i, step = (size_t)draw(state, 9);

	for (i = 0; i < t.n; i++) {
		t.times[i] = time;
		time -= 1 +
		    (int64_t)draw(state,
			(uint64_t)2 *
			    (uint64_t)steps[step < 8 ? step : draw(state, 8)]);
	}
	for (i = 0; i < POLICY_RULES; i++) {
		if (draw(state, 3) == 0)
			t.policy.keep[i] = (int32_t)draw(state, 12) - 1;
	}
	return t;
}

static void
properties_at_random(void **state)
{
	const char *given = getenv("S3PIPE_SEED");
	uint64_t seed =
	    given != NULL ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
	struct trial t;
	int i;

	(void)state;
	if (sizeof(time_t) < sizeof(int64_t))
		skip(); /* gmtime_r knows no such years */
	print_message("# S3PIPE_SEED=%llu\n", (unsigned long long)seed);
	for (i = 0; i < TRIALS; i++) {
		t = make_trial(&seed);
		if (find_broken(&t) != NULL) {
			t = shrink(t);
			fail_with(&t);
		}
	}
}

/* Tries the list and its part by each rule and each count that can matter. */
static void
try_rules(struct trial t)
{
	int rule, count;

	for (rule = 0; rule < POLICY_RULES; rule++) {
		for (count = -1; count < 4; count++) {
			t.policy = (struct policy){.keep = {0}};
			t.policy.keep[rule] = count;
			t.more = (rule + count + 1) % POLICY_RULES;
			if (find_broken(&t) != NULL)
				fail_with(&t);
		}
	}
}

/* All lists out of seven times, with all their parts. */
static void
properties_of_all_small_lists(void **state)
{
	const int64_t all[] = {at(2025, 1, 6, 0, 0, 0),
	    at(2025, 1, 1, 0, 30, 0), at(2025, 1, 1, 0, 0, 0),
	    at(2024, 12, 31, 23, 59, 59), at(2024, 12, 31, 23, 0, 0),
	    at(2024, 12, 29, 0, 0, 0), at(2024, 2, 29, 1, 0, 0)};
	const unsigned n = sizeof all / sizeof *all;
	unsigned list, part, i;
	struct trial t;

	(void)state;
	for (list = 0; list < 1U << n; list++) {
		for (part = 0; part <= list; part++) {
			if ((part & list) != part)
				continue;
			t = (struct trial){.by = 1};
			for (i = 0; i < n; i++) {
				if ((list >> i & 1) == 0)
					continue;
				t.part |= (uint64_t)(part >> i & 1) << t.n;
				t.times[t.n++] = all[i];
			}
			try_rules(t);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(properties_at_random),
	    cmocka_unit_test(properties_of_all_small_lists),
	};

	return cmocka_run_group_tests_name(
	    "policy_properties", tests, NULL, NULL);
}
