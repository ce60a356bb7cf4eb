#include <string.h>
#include <strings.h>

#include "sql/identifier.h"
#include "sql/plan.h"
#include "sql/token.h"

static bool
take_subject(struct plan *p, struct tokens *t)
{
	return identifier_name(t, &p->subject, 0, &p->table, &p->table_size);
}

static bool
take_other(struct plan *p, struct tokens *t, int beside)
{
	return identifier_name(t, &p->other, beside, NULL, NULL);
}

static bool
is_timeout(const struct token *name)
{
	static const char *const names[] = {"statement_timeout", "lock_timeout",
	    "idle_in_transaction_session_timeout", "idle_session_timeout",
	    "transaction_timeout"};
	size_t i;

	for (i = 0; i < sizeof names / sizeof *names; i++) {
		if (token_is(name, names[i]))
			return true;
	}
	return false;
}

static void
plan_set(struct plan *p, struct tokens *t)
{
	struct token name, value;

	p->kind = PLAN_SETTING;
	token_phrase(t, "SESSION");
	token_next(t, &name);
	if (token_is(&name, "AUTHORIZATION"))
		p->kind = PLAN_AUTHORIZATION;
	else if (token_is(&name, "LOCAL") || token_is(&name, "TRANSACTION") ||
	    token_is(&name, "CONSTRAINTS") ||
	    token_is(&name, "CHARACTERISTICS"))
		p->kind = PLAN_OTHER;
	else if (token_is(&name, "default_tablespace") ||
	    token_is(&name, "default_table_access_method"))
		p->kind = PLAN_STORAGE;
	if (!is_timeout(&name))
		return;
	if (!token_take(t, "="))
		token_take(t, "TO");
	token_next(t, &value);
	if (token_is(&value, "0"))
		p->kind = PLAN_TIMEOUT;
}

static void
plan_reset(struct plan *p, struct tokens *t)
{
	p->kind = token_phrase(t, "SESSION AUTHORIZATION") ? PLAN_AUTHORIZATION
							   : PLAN_SETTING;
}

/* Takes a string if it is that, quotes included. */
static bool
take_string(struct tokens *t, const char *string)
{
	struct token token;

	token_next(t, &token);
	return token.kind == TOKEN_STRING && token.size == strlen(string) &&
	    memcmp(token.text, string, token.size) == 0;
}

/* The arguments of a call, up to the statement's last parenthesis. */
static void
plan_setval(struct plan *p, struct tokens *t)
{
	const char *end = t->end;

	if (!token_take(t, "("))
		return;
	while (end > t->p && *end != ')')
		end--;
	p->kind = PLAN_SETVAL;
	p->table = t->p;
	p->table_size = (size_t)(end - t->p);
}

static void
plan_select(struct plan *p, struct tokens *t)
{
	token_phrase(t, "pg_catalog .");
	if (token_take(t, "set_config")) {
		p->kind = PLAN_SETTING;
		if (token_take(t, "(") && take_string(t, "'search_path'") &&
		    token_take(t, ",") && take_string(t, "''"))
			p->kind = PLAN_NO_PATH;
	} else if (token_take(t, "setval")) {
		plan_setval(p, t);
	} else if (token_take(t, "lo_create")) {
		p->kind = PLAN_LARGE_OBJECT;
	}
}

static void
plan_copy(struct plan *p, struct tokens *t)
{
	struct token token;

	if (!take_subject(p, t))
		return;
	token_skip_parentheses(t);
	if (!token_phrase(t, "FROM STDIN"))
		return;
	token_next(t, &token);
	p->kind = token.kind == TOKEN_END ? PLAN_COPY : PLAN_COPY_WHOLE;
}

static void
plan_insert(struct plan *p, struct tokens *t)
{
	if (token_take(t, "INTO") && take_subject(p, t))
		p->kind = PLAN_INSERT;
}

static void
plan_index(struct plan *p, struct tokens *t)
{
	bool beside = token_take(t, "CONCURRENTLY");

	p->is_stored = true;
	token_phrase(t, "IF NOT EXISTS");
	if (identifier_name(t, &p->other, 0, NULL, NULL) &&
	    token_take(t, "ON")) {
		token_take(t, "ONLY");
		if (take_subject(p, t) && !beside)
			p->kind = PLAN_INDEX;
	}
	/* The index is no other thing that it needs. */
	p->other = (struct identifier){0};
}

/* What is made on a table: CREATE kind name ... word table. */
static void
plan_on(struct plan *p, struct tokens *t, const char *word)
{
	if (token_skip_to(t, word))
		take_subject(p, t);
}

static void
plan_user_mapping(struct plan *p, struct tokens *t)
{
	if (token_skip_to(t, "SERVER"))
		take_subject(p, t);
}

static void
plan_create(struct plan *p, struct tokens *t)
{
	token_phrase(t, "OR REPLACE");
	if (token_take(t, "DATABASE")) {
		p->kind = PLAN_DATABASE;
	} else if (token_take(t, "INDEX") || token_phrase(t, "UNIQUE INDEX")) {
		plan_index(p, t);
	} else if (token_take(t, "TRIGGER") ||
	    token_phrase(t, "CONSTRAINT TRIGGER") || token_take(t, "POLICY")) {
		plan_on(p, t, "ON");
	} else if (token_take(t, "STATISTICS")) {
		/* An expression may hold a FROM: the last one counts. */
		while (token_skip_to(t, "FROM"))
			take_subject(p, t);
	} else if (token_take(t, "RULE")) {
		plan_on(p, t, "TO");
	} else if (token_phrase(t, "USER MAPPING")) {
		plan_user_mapping(p, t);
	} else if (token_phrase(t, "FOREIGN TABLE")) {
		take_subject(p, t);
		if (token_skip_to(t, "SERVER"))
			take_other(p, t, 0);
	} else {
		token_take(t, "UNLOGGED");
		p->is_stored = token_take(t, "TABLE") ||
		    token_phrase(t, "MATERIALIZED VIEW");
		if (p->is_stored || token_take(t, "SEQUENCE") ||
		    token_take(t, "VIEW"))
			take_subject(p, t);
	}
}

/* What follows ADD CONSTRAINT name. */
static void
plan_constraint(struct plan *p, struct tokens *t)
{
	struct token name;

	if (!identifier_take(t, &name))
		return;
	if (token_phrase(t, "FOREIGN KEY")) {
		if (token_skip_to(t, "REFERENCES"))
			take_other(p, t, 0);
	} else if (token_phrase(t, "PRIMARY KEY") || token_take(t, "UNIQUE") ||
	    token_take(t, "EXCLUDE")) {
		p->is_stored = true;
		/* One that takes an index over has to wait for it. */
		if (!token_phrase(t, "USING INDEX"))
			p->kind = PLAN_CONSTRAINT;
	}
}

static void
plan_alter_table(struct plan *p, struct tokens *t)
{
	token_phrase(t, "IF EXISTS");
	token_take(t, "ONLY");
	if (!take_subject(p, t))
		return;
	if (token_phrase(t, "ADD CONSTRAINT"))
		plan_constraint(p, t);
	else if (token_phrase(t, "ATTACH PARTITION") ||
	    token_take(t, "INHERIT"))
		take_other(p, t, 0);
}

/* Where a name begins whose last quote stands at p; two quotes are one. */
static const char *
quoted_begin(const char *text, const char *p)
{
	while (p > text) {
		p--;
		if (*p != '"')
			continue;
		if (p == text || p[-1] != '"')
			return p;
		p--;
	}
	return text;
}

/*
 * Whether a statement ends with OWNER TO and a name: read from its end, where
 * nothing else can end so.
 */
static bool
gives_owner(const char *text, size_t size)
{
	const char *p = text + size;
	struct tokens t;

	while (p > text && strchr(" \t\r\n", p[-1]) != NULL)
		p--;
	if (p > text && p[-1] == '"')
		p = quoted_begin(text, p - 1);
	else
		while (p > text && token_is_word((unsigned char)p[-1]))
			p--;
	if (p - text < 10)
		return false;
	t = (struct tokens){p - 9, p};
	return token_phrase(&t, "OWNER TO") && t.p + 1 == p;
}

static void
plan_alter(struct plan *p, struct tokens *t, const char *text, size_t size)
{
	if (token_phrase(t, "DEFAULT PRIVILEGES")) {
		p->kind = PLAN_GRANT;
		return;
	}
	if (token_take(t, "TABLE") || token_phrase(t, "FOREIGN TABLE") ||
	    token_take(t, "VIEW") || token_phrase(t, "MATERIALIZED VIEW")) {
		plan_alter_table(p, t);
	} else if (token_take(t, "INDEX")) {
		if (take_subject(p, t) && token_phrase(t, "ATTACH PARTITION"))
			take_other(p, t, 0);
	} else if (token_take(t, "SEQUENCE")) {
		if (take_subject(p, t) && token_phrase(t, "OWNED BY"))
			take_other(p, t, 1);
	} else if (token_take(t, "PUBLICATION")) {
		if (take_subject(p, t) && token_phrase(t, "ADD TABLE")) {
			token_take(t, "ONLY");
			take_other(p, t, 0);
		}
	}
	if (gives_owner(text, size))
		p->kind = PLAN_OWNER;
}

/* What a comment, a label or a GRANT stands on, after its ON. */
static void
plan_object(struct plan *p, struct tokens *t)
{
	static const char *const on_table[] = {
	    "CONSTRAINT", "TRIGGER", "POLICY", "RULE"};
	static const char *const phrases[] = {"EVENT TRIGGER", "FOREIGN TABLE",
	    "FOREIGN SERVER", "FOREIGN DATA WRAPPER", "MATERIALIZED VIEW",
	    "ACCESS METHOD", "OPERATOR CLASS", "OPERATOR FAMILY",
	    "TEXT SEARCH CONFIGURATION", "TEXT SEARCH DICTIONARY",
	    "TEXT SEARCH PARSER", "TEXT SEARCH TEMPLATE", "PROCEDURAL LANGUAGE",
	    "LARGE OBJECT"};
	struct token token;
	size_t i;

	if (token_take(t, "COLUMN")) {
		identifier_name(t, &p->subject, 1, NULL, NULL);
		return;
	}
	for (i = 0; i < sizeof on_table / sizeof *on_table; i++) {
		if (!token_take(t, on_table[i]))
			continue;
		if (token_skip_to(t, "ON")) {
			token_take(t, "DOMAIN");
			take_subject(p, t);
		}
		return;
	}
	for (i = 0; i < sizeof phrases / sizeof *phrases; i++) {
		if (token_phrase(t, phrases[i])) {
			take_subject(p, t);
			return;
		}
	}
	token_next(t, &token); /* TABLE, FUNCTION, TYPE ... */
	take_subject(p, t);
}

static void
plan_grant(struct plan *p, struct tokens *t)
{
	p->kind = PLAN_GRANT;
	if (token_skip_to(t, "ON"))
		plan_object(p, t);
}

static bool
is_transaction(struct tokens *t)
{
	static const char *const words[] = {"BEGIN", "START", "COMMIT", "END",
	    "ROLLBACK", "ABORT", "PREPARE TRANSACTION"};
	size_t i;

	for (i = 0; i < sizeof words / sizeof *words; i++) {
		if (token_phrase(t, words[i]))
			return true;
	}
	return false;
}

void
plan_make(struct plan *p, const char *text, size_t size)
{
	struct tokens t = {text, text + size};

	*p = (struct plan){.kind = PLAN_OTHER};
	if (token_take(&t, "SET"))
		plan_set(p, &t);
	else if (token_take(&t, "RESET"))
		plan_reset(p, &t);
	else if (token_take(&t, "SELECT"))
		plan_select(p, &t);
	else if (token_take(&t, "COPY"))
		plan_copy(p, &t);
	else if (token_take(&t, "INSERT"))
		plan_insert(p, &t);
	else if (token_take(&t, "CREATE"))
		plan_create(p, &t);
	else if (token_phrase(&t, "ALTER DATABASE") ||
	    token_phrase(&t, "DROP DATABASE"))
		p->kind = PLAN_DATABASE;
	else if (token_take(&t, "ALTER"))
		plan_alter(p, &t, text, size);
	else if (token_take(&t, "GRANT") || token_take(&t, "REVOKE"))
		plan_grant(p, &t);
	else if (token_phrase(&t, "COMMENT ON") ||
	    (token_phrase(&t, "SECURITY LABEL") && token_skip_to(&t, "ON")))
		plan_object(p, &t);
	else if (token_phrase(&t, "REFRESH MATERIALIZED VIEW"))
		take_subject(p, &t);
	else if (is_transaction(&t))
		p->kind = PLAN_TRANSACTION;
}
