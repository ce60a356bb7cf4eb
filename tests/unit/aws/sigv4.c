/*
 * sigv4 against AWS's signing test suite (tests/data/sigv4-suite.txt) and the
 * worked examples of the Amazon S3 API Reference, "Signature Calculations for
 * the Authorization Header: Transferring Payload in a Single Chunk".
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/hash.h"
#include "aws/sigv4.h"
#include "base/buffer.h"

enum { PAIRS = 32 };

static const struct sigv4_key suite_key = {"AKIDEXAMPLE",
    "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "us-east-1", "service"};
static const char suite_date[] = "20150830T123600Z";

static int
hex(int c)
{
	return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* Undoes percent encoding, in place. */
static char *
decode(char *s)
{
	char *from = s, *to = s;

	for (; *from != '\0'; from++) {
		if (*from == '%') {
			*to++ = (char)(hex(from[1]) << 4 | hex(from[2]));
			from += 2;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
	return s;
}

/* Splits a query string into pairs. */
static size_t
split_query(char *query, struct pair *pairs)
{
	char *item, *save = NULL, *value;
	size_t n = 0;

	for (item = strtok_r(query, "&", &save); item != NULL;
	     item = strtok_r(NULL, "&", &save)) {
		value = strchr(item, '=');
		if (value != NULL)
			*value++ = '\0';
		pairs[n].value = value != NULL ? decode(value) : "";
		pairs[n++].name = decode(item);
	}
	return n;
}

/* Whether the Authorization line says that the header is signed. */
static int
is_signed(const char *authorization, const char *name)
{
	const char *list = strstr(authorization, "SignedHeaders=") + 14, *end;
	char lower[128];
	size_t n, i;

	for (n = 0; name[n] != '\0'; n++)
		lower[n] =
		    (char)(name[n] >= 'A' && name[n] <= 'Z' ? name[n] | 0x20
							    : name[n]);
	lower[n] = '\0';
	for (; *list != ','; list = *end == ';' ? end + 1 : end) {
		end = list + strcspn(list, ";,");
		i = (size_t)(end - list);
		if (i == n && strncmp(list, lower, n) == 0)
			return 1;
	}
	return 0;
}

/* One case of the suite, cut up. */
struct suite_case {
	char name[64];
	char *request, *canonical, *to_sign;
};

static void
check_case(struct suite_case *c)
{
	struct pair query[PAIRS], headers[PAIRS];
	struct sigv4_request r = {.headers = headers};
	struct buffer path = {0}, q = {0}, out = {0};
	char *line, *next, *target, *version, *end, *authorization;
	size_t n = 0;

	authorization = strstr(c->request, "Authorization:");
	assert_non_null(authorization);
	authorization = strdup(authorization + 14);
	authorization[strcspn(authorization, "\n")] = '\0';

	line = c->request;
	next = strchr(line, '\n');
	*next++ = '\0';
	r.method = line;
	target = strchr(line, ' ');
	*target++ = '\0';
	version = strstr(target, " HTTP/1.1");
	*version = '\0';
	end = strchr(target, '?');
	if (end != NULL)
		*end++ = '\0';
	sigv4_encode(&path, decode(target), true);
	buffer_puts(&q, "");
	if (end != NULL)
		sigv4_query(&q, query, split_query(end, query));
	r.path = path.data;
	r.query = q.data;

	for (line = next; *line != '\0' && *line != '\n'; line = next) {
		next = strchr(line, '\n');
		/* a value may go on in lines that begin with a blank */
		while (next != NULL && next[1] == ' ')
			next = strchr(next + 1, '\n');
		if (next != NULL)
			*next++ = '\0';
		else
			next = line + strlen(line);
		end = strchr(line, ':');
		*end++ = '\0';
		if (strcmp(line, "Authorization") == 0 ||
		    !is_signed(authorization, line))
			continue;
		headers[n].name = line;
		headers[n++].value = end;
	}
	r.nheaders = n;
	r.payload = strrchr(c->canonical, '\n') + 1;

	sigv4_canonical(&out, &r);
	assert_string_equal(out.data, c->canonical);
	buffer_clear(&out);
	sigv4_string_to_sign(&out, &r, &suite_key, suite_date);
	assert_string_equal(out.data, c->to_sign);
	buffer_clear(&out);
	sigv4_authorization(&out, &r, &suite_key, suite_date);
	assert_string_equal(out.data, authorization);

	free(authorization);
	buffer_free(&out);
	buffer_free(&q);
	buffer_free(&path);
}

static char *
read_file(const char *path)
{
	static char text[1 << 20];
	FILE *f = fopen(path, "r");
	size_t n;

	if (f == NULL)
		fail_msg("%s: cannot be opened", path);
	n = fread(text, 1, sizeof text - 1, f);
	fclose(f);
	text[n] = '\0';
	return text;
}

/* Cuts the text up to the mark; returns it, and where the rest begins. */
static char *
section(char **p, const char *mark)
{
	char *from = *p, *end = strstr(from, mark);

	assert_non_null(end);
	end[-1] = '\0';
	*p = strchr(end, '\n') + 1;
	return from;
}

static void
the_suite_of_aws_is_signed_alike(void **state)
{
	char *p = read_file("tests/data/sigv4-suite.txt");
	struct suite_case c;
	int n = 0;

	(void)state;
	while ((p = strstr(p, "%%% case ")) != NULL) {
		p += 9;
		snprintf(
		    c.name, sizeof c.name, "%.*s", (int)strcspn(p, "\n"), p);
		p = strchr(strchr(p, '\n') + 1, '\n') + 1;
		c.request = section(&p, "%%% canonical");
		c.canonical = section(&p, "%%% string-to-sign");
		c.to_sign = section(&p, "%%% end");
		check_case(&c);
		n++;
	}
	assert_int_equal(n, 32);
}

static const struct sigv4_key s3_key = {"AKIAIOSFODNN7EXAMPLE",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1", "s3"};
static const char empty[] =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

static void
check_example(const struct sigv4_request *r, const char *signature)
{
	struct buffer out = {0};

	sigv4_authorization(&out, r, &s3_key, "20130524T000000Z");
	assert_false(out.failed);
	assert_string_equal(strstr(out.data, "Signature=") + 10, signature);
	buffer_free(&out);
}

static void
the_worked_examples_of_s3_come_out(void **state)
{
	const struct pair get[] = {
	    {"Host", "examplebucket.s3.amazonaws.com"},
	    {"Range", "bytes=0-9"},
	    {"x-amz-content-sha256", empty},
	    {"x-amz-date", "20130524T000000Z"},
	};
	const struct pair put[] = {
	    {"Host", "examplebucket.s3.amazonaws.com"},
	    {"Date", "Fri, 24 May 2013 00:00:00 GMT"},
	    {"x-amz-date", "20130524T000000Z"},
	    {"x-amz-storage-class", "REDUCED_REDUNDANCY"},
	    {"x-amz-content-sha256",
		"44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b0"
		"72"},
	};
	const struct pair plain[] = {
	    {"Host", "examplebucket.s3.amazonaws.com"},
	    {"x-amz-date", "20130524T000000Z"},
	    {"x-amz-content-sha256", empty},
	};
	struct sigv4_request r = {.method = "GET",
	    .path = "/test.txt",
	    .query = "",
	    .headers = get,
	    .nheaders = 4,
	    .payload = empty};

	(void)state;
	check_example(&r,
	    "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
	r.method = "PUT";
	r.path = "/test%24file.text";
	r.headers = put;
	r.nheaders = 5;
	r.payload = put[4].value;
	check_example(&r,
	    "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
	r.method = "GET";
	r.path = "/";
	r.headers = plain;
	r.nheaders = 3;
	r.payload = empty;
	r.query = "lifecycle=";
	check_example(&r,
	    "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
	r.query = "max-keys=2&prefix=J";
	check_example(&r,
	    "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

static void
parameters_sort_by_name_then_value(void **state)
{
	const struct pair pairs[] = {
	    {"a-b", "1"}, {"a", "2"}, {"a", "1"}, {"B", ""}, {"a.c", "x y/z"}};
	struct buffer b = {0};

	(void)state;
	sigv4_query(&b, pairs, 5);
	assert_string_equal(b.data, "B=&a=1&a=2&a-b=1&a.c=x%20y%2Fz");
	buffer_free(&b);
}

static void
dates_are_those_of_the_given_time(void **state)
{
	char date[SIGV4_DATE];

	(void)state;
	assert_int_equal(sigv4_date(date, 1369353600), 0);
	assert_string_equal(date, "20130524T000000Z");
	if (sizeof(time_t) >= sizeof(int64_t))
		assert_int_equal(sigv4_date(date, (time_t)253402300800), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_suite_of_aws_is_signed_alike),
	    cmocka_unit_test(the_worked_examples_of_s3_come_out),
	    cmocka_unit_test(parameters_sort_by_name_then_value),
	    cmocka_unit_test(dates_are_those_of_the_given_time),
	};

	return cmocka_run_group_tests_name("sigv4", tests, NULL, NULL);
}
