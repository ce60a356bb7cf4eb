#include <inttypes.h>
#include <stdio.h>

#include "base/buffer.h"
#include "base/calendar.h"
#include "base/visible.h"
#include "retention/explain.h"
#include "retention/inventory.h"
#include "retention/keytime.h"
#include "retention/policy.h"

/* As report does: what a store names must not steer a terminal. */
static void
explain_bytes(const char *p, size_t n)
{
	char out[VISIBLE_MAX];
	size_t taken;

	for (; n > 0; p += taken, n -= taken)
		fwrite(out, 1, visible_take(p, &taken, out), stderr);
}

static void
explain_key(const struct inventory_key *k)
{
	char why[POLICY_TEXT];
	struct keytime t;

	fputs(k->reasons != 0 ? "keep " : "delete ", stderr);
	explain_bytes(k->key, k->length);
	if (k->reasons != 0 && keytime_parse(k->key, k->length, &t) == 0)
		fprintf(stderr, " %s",
		    policy_explain(why, k->reasons, k->index, t.time));
	putc('\n', stderr);
}

static void
explain_counts(const struct inventory_counts *c)
{
	fprintf(stderr,
	    ": keep %zu and delete %zu of %zu backups, %zu and %zu of %zu "
	    "keys\n",
	    c->backups_kept, c->backups - c->backups_kept, c->backups,
	    c->keys_kept, c->keys - c->keys_kept, c->keys);
}

static void
explain_groups(struct inventory *v)
{
	struct inventory_counts all = {0};
	struct inventory_group g;

	while (inventory_next_group(v, &g)) {
		fputs("group ", stderr);
		explain_bytes(g.prefix, g.prefix_length);
		explain_bytes(g.name, g.name_length);
		explain_counts(&g.counts);
		all.backups += g.counts.backups;
		all.backups_kept += g.counts.backups_kept;
		all.keys += g.counts.keys;
		all.keys_kept += g.counts.keys_kept;
	}
	fputs("total", stderr);
	explain_counts(&all);
}

void
explain(struct inventory *v)
{
	static char buf[1 << 16];
	struct inventory_key k;

	setvbuf(stderr, buf, _IOFBF, sizeof buf);
	inventory_rewind(v);
	while (inventory_next_key(v, &k))
		explain_key(&k);
	explain_groups(v);
	fflush(stderr);
}

/* Adds a name as a field: what would end the field is %XX. */
static void
add_name(struct buffer *b, const char *name, size_t n)
{
	for (; n > 0; name++, n--) {
		if ((unsigned char)*name < 0x20 || *name == 0x7f)
			buffer_printf(b, "%%%02X", (unsigned char)*name);
		else
			buffer_add(b, name, 1);
	}
}

static void
add_time(struct buffer *b, int64_t time)
{
	int64_t days = time >= 0 ? time / 86400 : -((86399 - time) / 86400);
	struct calendar_date d = calendar_date(days);
	int second = (int)(time - days * 86400);

	buffer_printf(b, "%04d-%02d-%02dT%02d:%02d:%02dZ", d.year, d.month,
	    d.day, second / 3600, second / 60 % 60, second % 60);
}

void
explain_record(struct buffer *b, const struct inventory_key *k, bool terminal)
{
	char why[POLICY_TEXT] = "-";
	struct keytime t;

	if (keytime_parse(k->key, k->length, &t) != 0)
		return; /* the inventory has no such keys */
	if (k->reasons != 0)
		policy_explain(why, k->reasons, k->index, t.time);
	buffer_puts(b, k->reasons != 0 ? "keep\t" : "delete\t");
	add_time(b, t.time);
	buffer_puts(b, "\t");
	add_name(b, k->key + t.name, t.name_length);
	buffer_printf(b, "\t%s\t", why);
	visible_add(b, k->key, terminal);
}
