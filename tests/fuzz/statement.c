/*
 * statement: any bytes, whole and byte by byte, give the same statements; each
 * can be planned, and each comment read as a header.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "sql/header.h"
#include "sql/object.h"
#include "sql/plan.h"
#include "sql/statement.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
read_all(const char *p, size_t n, size_t piece, struct buffer *out)
{
	struct statement_reader *r = statement_new();
	enum statement_event event = STATEMENT_MORE;
	struct header header = {0};
	struct plan plan;
	const char *text;
	size_t used, size;

	while (n > 0 && event != STATEMENT_NUL) {
		event = statement_feed(r, p, n < piece ? n : piece, &used);
		p += used;
		n -= used;
		if (event == STATEMENT_MORE || event == STATEMENT_NUL)
			continue;
		text = statement_text(r, &size);
		plan_make(&plan, text, size);
		/* What the header says of a statement may be anything. */
		header_parse(&header, text, size);
		object_is(&header, &plan, "extension x*");
		buffer_printf(out, "%d %d %d ", (int)event,
		    (int)statement_line(r), (int)plan.kind);
		buffer_add(out, text, size);
	}
	statement_free(r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t size)
{
	struct buffer whole = {0}, bytes = {0};

	read_all((const char *)in, size, size, &whole);
	read_all((const char *)in, size, 1, &bytes);
	if (whole.size != bytes.size ||
	    (whole.size > 0 && memcmp(whole.data, bytes.data, whole.size) != 0))
		abort();
	buffer_free(&whole);
	buffer_free(&bytes);
	return 0;
}
