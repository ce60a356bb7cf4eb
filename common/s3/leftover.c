#include <string.h>

#include "base/report.h"
#include "s3/leftover.h"
#include "s3/s3.h"
#include "text/timestamp.h"

/* The seconds by which the store's clock may differ from ours. */
enum { CLOCKS_APART = 900 };

/* Uploads to look through: more than anybody has, and than a listing without
   end gives in a while. */
enum { LOOK = 10000 };

struct search {
	const char *key, *known;
	time_t since;
	unsigned seen;
};

static int
tell(void *ctx, const struct s3_entry *entry, struct error *e)
{
	struct search *l = ctx;
	int64_t when;

	if (++l->seen > LOOK)
		return error_set(e, ERROR_FAILED, "there are too many");
	if (strcmp(entry->key, l->key) != 0 ||
	    (l->known != NULL && strcmp(entry->upload, l->known) == 0) ||
	    timestamp_parse(entry->time, &when) != 0 ||
	    when < l->since - CLOCKS_APART)
		return 0;
	report("put %s: upload %s, begun %s, may be of a try whose answer "
	       "was lost; this removes it: s3ls -u | grep -F '%s' | s3rm -u",
	    l->key, entry->upload, entry->time, entry->upload);
	return 0;
}

void
leftover_tell(struct s3 *s3, const char *key, const char *known, time_t since)
{
	struct search l = {key, known, since, 0};
	struct s3_scope scope = {.prefix = key};
	struct error why;

	if (s3_list_uploads(s3, &scope, tell, &l, &why) != 0)
		report("put %s: an answer was lost, and an upload may be left "
		       "(s3ls -u): %s",
		    key, why.text);
}
