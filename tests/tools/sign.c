/*
 * sign: signs the requests described on stdin, for tests that compare
 * common/aws/sigv4 with another implementation. A request is lines of words in
 * hex, ended by "end"; for each its Authorization is printed.
 *
 *     key ACCESS SECRET REGION    at SECONDS (decimal)
 *     request METHOD PATH PAYLOAD-HASH    (the path not yet encoded)
 *     query NAME VALUE    header NAME VALUE
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/sigv4.h"
#include "base/buffer.h"

enum { WORDS = 4, PAIRS = 64, LINE = 65536 };

struct job {
	char *words[3];
	struct sigv4_key key;
	time_t at;
	char *method, *path, *payload;
	struct pair query[PAIRS], headers[PAIRS];
	size_t nquery, nheaders;
};

static char *
unhex(const char *word)
{
	size_t i, n = strlen(word) / 2;
	char *s = calloc(1, n + 1);
	unsigned byte;

	for (i = 0; s != NULL && i < n; i++) {
		if (sscanf(word + 2 * i, "%2x", &byte) != 1)
			exit(2);
		s[i] = (char)byte;
	}
	return s;
}

static void
print_signature(const struct job *j)
{
	struct buffer path = {0}, query = {0}, out = {0};
	struct sigv4_request r = {.method = j->method,
	    .headers = j->headers,
	    .nheaders = j->nheaders,
	    .payload = j->payload};
	char date[SIGV4_DATE];

	sigv4_encode(&path, j->path, true);
	buffer_puts(&query, "");
	sigv4_query(&query, j->query, j->nquery);
	r.path = path.data;
	r.query = query.data;
	if (sigv4_date(date, j->at) != 0)
		exit(2);
	sigv4_authorization(&out, &r, &j->key, date);
	puts(out.failed ? "failed" : out.data);
	buffer_free(&out);
	buffer_free(&query);
	buffer_free(&path);
}

/* Takes one line; the strings are never freed: a test ends soon. */
static void
take(struct job *j, char *words[WORDS])
{
	if (strcmp(words[0], "key") == 0) {
		j->key = (struct sigv4_key){
		    unhex(words[1]), unhex(words[2]), unhex(words[3]), "s3"};
	} else if (strcmp(words[0], "at") == 0) {
		j->at = (time_t)strtoll(words[1], NULL, 10);
	} else if (strcmp(words[0], "request") == 0) {
		j->method = unhex(words[1]);
		j->path = unhex(words[2]);
		j->payload = unhex(words[3]);
	} else if (strcmp(words[0], "query") == 0 && j->nquery < PAIRS) {
		j->query[j->nquery].name = unhex(words[1]);
		j->query[j->nquery++].value = unhex(words[2]);
	} else if (strcmp(words[0], "header") == 0 && j->nheaders < PAIRS) {
		j->headers[j->nheaders].name = unhex(words[1]);
		j->headers[j->nheaders++].value = unhex(words[2]);
	} else {
		exit(2);
	}
}

int
main(void)
{
	static char line[LINE];
	struct job j = {0};
	char *words[WORDS], *p;
	int n;

	while (fgets(line, sizeof line, stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strcmp(line, "end") == 0) {
			print_signature(&j);
			memset(&j, 0, sizeof j);
			continue;
		}
		for (n = 0, p = line; n < WORDS; n++) {
			words[n] = p;
			p += strcspn(p, " ");
			if (*p != '\0')
				*p++ = '\0';
		}
		take(&j, words);
	}
	return 0;
}
