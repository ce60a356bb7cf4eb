/*
 * policy: which backups of one database are kept, by the rules of restic's
 * forget, and why.
 */
#ifndef POLICY_H
#define POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The rules; 1 << rule stands for each in a set of reasons. */
enum policy_rule {
	POLICY_LAST,
	POLICY_HOURLY,
	POLICY_DAILY,
	POLICY_WEEKLY, /* ISO 8601: Monday to Sunday */
	POLICY_MONTHLY,
	POLICY_YEARLY,
	POLICY_MIN, /* a floor under the others, not one of restic's */
	POLICY_OLDEST, /* not chosen: the oldest, kept by a rule with count */
	POLICY_WITHIN, /* a span of time before the newest */
	POLICY_REASONS,
	POLICY_RULES = POLICY_OLDEST, /* as many have a count */
};

/* A span of the calendar; all zero: none. */
struct policy_span {
	int32_t years, months, days, hours;
};

struct policy {
	int32_t keep[POLICY_RULES]; /* -1: without limit; 0: not in use */
	struct policy_span within; /* all backups so close to the newest */
};

/*
 * Reads a span such as "2y5m7d3h", each unit at most once. Returns 0, or -1
 * where it is none.
 */
int policy_parse_span(const char *text, struct policy_span *);

/* A backup kept by many rules: long enough for policy_explain. */
enum { POLICY_TEXT = 256 };

/*
 * Whether no rule has a count or a span, so that nothing is said of what to
 * keep. A
 * minimum alone says nothing either: it is a floor, not a policy.
 */
bool policy_is_empty(const struct policy *);

/*
 * Judges the n backups of one database by their times, in seconds UTC, newest
 * first and all different. Sets reasons[i] to the rules that keep backup i; 0
 * is: delete it.
 *
 * From the newest on each rule keeps the first backup of each hour, day and so
 * on, until as many were kept as its count says; and as long as it has count
 * left it keeps the oldest of all, so that the history grows before it is
 * thinned. A backup is kept if one rule keeps it. The clock is never asked.
 * Source: restic, doc/060_forget.rst and ApplyPolicy in
 * internal/restic/snapshot_policy.go.
 */
void policy_apply(
    const struct policy *, const int64_t *times, size_t n, unsigned *reasons);

/*
 * Writes the reasons in words, such as "last #2, daily 2026-11-22, oldest",
 * into text; index is the backup's place, from 0 for the newest. Returns text.
 */
char *policy_explain(
    char text[POLICY_TEXT], unsigned reasons, size_t index, int64_t time);

#endif
