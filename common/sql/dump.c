#include <inttypes.h>
#include <string.h>

#include "sql/dump.h"
#include "sql/header.h"
#include "sql/statement.h"
#include "sql/token.h"

static const struct {
	const char *bytes;
	size_t size;
	const char *what, *advice;
} formats[] = {
    {"PGDMP", 5, "a dump in pg_dump's custom format", "pg_restore -f -"},
    {"toc.dat", 8, "a dump in pg_dump's tar format", "pg_restore -f -"},
    {"\x1f\x8b", 2, "compressed by gzip", "gzstream -d"},
    {"\x28\xb5\x2f\xfd", 4, "compressed by zstd", "zstd -d"},
    {"\x04\x22\x4d\x18", 4, "compressed by lz4", "lz4 -d"},
    {"\xfd"
     "7zXZ",
	5, "compressed by xz", "xz -d"},
    {"BZh", 3, "compressed by bzip2", "bzip2 -d"},
    {"age-encryption.org/", 19, "encrypted by age", "age -d"},
};

static int
check_format(const char *data, size_t size, struct error *e)
{
	size_t i;

	for (i = 0; i < sizeof formats / sizeof *formats; i++) {
		if (size >= formats[i].size &&
		    memcmp(data, formats[i].bytes, formats[i].size) == 0)
			return error_set(e, ERROR_FAILED,
			    "the input is %s, not a plain dump: pipe it "
			    "through %s first",
			    formats[i].what, formats[i].advice);
	}
	return 0;
}

int
dump_check_meta(const char *text, size_t size, uint64_t line, struct error *e)
{
	struct tokens t = {text + 1, text + size};
	struct token word;
	int shown;

	token_next(&t, &word);
	if (token_is(&word, "restrict") || token_is(&word, "unrestrict"))
		return 0;
	shown = word.size < 32 ? (int)word.size : 32;
	return error_set(e, ERROR_FAILED,
	    "line %" PRIu64 " of the dump: pgapply runs no meta-commands of "
	    "psql: \\%.*s%s",
	    line, shown, word.text,
	    token_is(&word, "connect") || token_is(&word, "c")
		? "; make the dump of one database, without --create"
		: "");
}

int
dump_check_plan(const struct plan *p, uint64_t line, struct error *e)
{
	if (p->kind != PLAN_DATABASE)
		return 0;
	return error_set(e, ERROR_FAILED,
	    "line %" PRIu64 " of the dump: it creates, drops or alters a "
	    "database; make the dump without --create",
	    line);
}

int
dump_check_comment(const char *text, size_t size, struct error *e)
{
	if (!header_is_cluster(text, size))
		return 0;
	return error_set(e, ERROR_FAILED,
	    "the input is a dump of a whole cluster by pg_dumpall: apply it "
	    "with psql, or make a dump of one database with pg_dump");
}

/* Checks one thing that was found. */
static int
check_one(enum statement_event event, const struct statement_reader *r,
    struct plan *p, struct error *e)
{
	size_t size;
	const char *text = statement_text(r, &size);

	p->kind = PLAN_OTHER;
	if (event == STATEMENT_META)
		return dump_check_meta(text, size, statement_line(r), e);
	if (event == STATEMENT_COMMENT)
		return dump_check_comment(text, size, e);
	plan_make(p, text, size);
	return dump_check_plan(p, statement_line(r), e);
}

int
dump_check_head(const char *data, size_t size, struct error *e)
{
	struct statement_reader *r;
	enum statement_event event;
	struct plan p = {0};
	size_t used;
	int rc = check_format(data, size, e);

	if (rc != 0)
		return -1;
	r = statement_new();
	if (r == NULL)
		return error_set(e, ERROR_FAILED, "out of memory");
	/* Behind a COPY stand data, which are no statements. */
	while (rc == 0 && p.kind != PLAN_COPY && p.kind != PLAN_COPY_WHOLE) {
		event = statement_feed(r, data, size, &used);
		if (event != STATEMENT_ONE && event != STATEMENT_COMMENT &&
		    event != STATEMENT_META)
			break;
		rc = check_one(event, r, &p, e);
		data += used;
		size -= used;
	}
	statement_free(r);
	return rc;
}
