#include <expat.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/utf8.h"
#include "text/xml.h"

void
xml_escape(struct buffer *b, const char *text)
{
	const unsigned char *p;

	for (p = (const unsigned char *)text; *p != '\0'; p++) {
		if (*p == '<')
			buffer_puts(b, "&lt;");
		else if (*p == '>')
			buffer_puts(b, "&gt;");
		else if (*p == '&')
			buffer_puts(b, "&amp;");
		else if (*p == '"')
			buffer_puts(b, "&quot;");
		else if (*p == '\'')
			buffer_puts(b, "&apos;");
		else if (*p < 0x20)
			buffer_printf(b, "&#%d;", *p);
		else
			buffer_add(b, p, 1);
	}
}

bool
xml_carries(const char *text)
{
	uint32_t c;
	size_t n;

	for (; *text != '\0'; text += n) {
		n = utf8_decode(text, &c);
		if (n == 0 ||
		    (c < 0x20 && c != '\t' && c != '\n' && c != '\r') ||
		    c == 0xfffe || c == 0xffff)
			return false;
	}
	return true;
}

enum { DEPTH = 8, NAME = 64, TEXT_MAX = 1 << 20 };

struct parse {
	XML_Parser parser;
	const struct xml_visitor *visitor;
	char names[DEPTH + 1][NAME]; /* names[1] is the root */
	bool parent[DEPTH + 1]; /* has an element in it */
	int depth;
	struct buffer text;
	bool failed;
	struct error *error;
};

static void
give_up(struct parse *p)
{
	p->failed = true;
	XML_StopParser(p->parser, XML_FALSE);
}

static void
refuse(struct parse *p, const char *why)
{
	error_set(p->error, ERROR_FAILED, "the answer's XML %s", why);
	give_up(p);
}

static void XMLCALL
on_start(void *cookie, const XML_Char *name, const XML_Char **attributes)
{
	struct parse *p = cookie;
	const char *local = strrchr(name, '|');

	(void)attributes;
	if (p->failed)
		return;
	if (p->depth == DEPTH) {
		refuse(p, "is nested too deeply");
		return;
	}
	p->parent[p->depth] = true;
	p->depth++;
	p->parent[p->depth] = false;
	snprintf(
	    p->names[p->depth], NAME, "%s", local != NULL ? local + 1 : name);
	buffer_clear(&p->text);
}

static void XMLCALL
on_text(void *cookie, const XML_Char *text, int n)
{
	struct parse *p = cookie;

	if (p->failed)
		return;
	buffer_add(&p->text, text, (size_t)n);
	if (p->text.failed)
		refuse(p, "has an element that is too long");
}

static void XMLCALL
on_end(void *cookie, const XML_Char *qualified)
{
	struct parse *p = cookie;
	const char *name = p->names[p->depth];
	int rc = 0;

	(void)qualified;
	if (p->failed)
		return;
	if (!p->parent[p->depth])
		rc = p->visitor->leaf(p->visitor->ctx, p->names[p->depth - 1],
		    name, p->text.data != NULL ? p->text.data : "", p->error);
	else if (p->visitor->end != NULL)
		rc = p->visitor->end(p->visitor->ctx, name, p->error);
	buffer_clear(&p->text);
	p->depth--;
	if (rc != 0)
		give_up(p);
}

static void XMLCALL
on_doctype(void *cookie, const XML_Char *name, const XML_Char *system_id,
    const XML_Char *public_id, int internal)
{
	(void)name;
	(void)system_id;
	(void)public_id;
	(void)internal;
	refuse(cookie, "has a document type");
}

int
xml_parse(const char *xml, size_t size, const struct xml_visitor *visitor,
    struct error *e)
{
	struct parse p = {.visitor = visitor, .error = e};
	enum XML_Status status;

	p.text.limit = TEXT_MAX;
	p.parser = XML_ParserCreateNS(NULL, '|');
	if (p.parser == NULL)
		return error_set(e, ERROR_FAILED, "out of memory");
	XML_SetUserData(p.parser, &p);
	XML_SetElementHandler(p.parser, on_start, on_end);
	XML_SetCharacterDataHandler(p.parser, on_text);
	XML_SetStartDoctypeDeclHandler(p.parser, on_doctype);
	status = size > (size_t)1 << 30
	    ? XML_STATUS_ERROR
	    : XML_Parse(p.parser, xml, (int)size, XML_TRUE);
	if (status != XML_STATUS_OK && !p.failed) {
		p.failed = true;
		error_set(e, ERROR_FAILED, "the answer's XML is broken: %s",
		    XML_ErrorString(XML_GetErrorCode(p.parser)));
	}
	XML_ParserFree(p.parser);
	buffer_free(&p.text);
	return p.failed ? -1 : 0;
}

struct field {
	const char *root, *name;
	char *value;
};

static int
field_leaf(void *ctx, const char *parent, const char *name, const char *text,
    struct error *e)
{
	struct field *f = ctx;

	if (strcmp(parent, f->root) != 0 || strcmp(name, f->name) != 0)
		return 0;
	free(f->value);
	f->value = strdup(text);
	return f->value != NULL ? 0
				: error_set(e, ERROR_FAILED, "out of memory");
}

char *
xml_field(const char *xml, size_t size, const char *root, const char *name,
    struct error *e)
{
	struct field f = {.root = root, .name = name};
	struct xml_visitor v = {.leaf = field_leaf, .ctx = &f};

	if (xml_parse(xml, size, &v, e) != 0) {
		free(f.value);
		return NULL;
	}
	if (f.value == NULL)
		error_set(e, ERROR_FAILED, "the answer has no <%s> in <%s>",
		    name, root);
	return f.value;
}
