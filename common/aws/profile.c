#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aws/profile.h"
#include "io/fdio.h"
#include "io/settings.h"
#include "io/userpath.h"
#include "text/ini.h"
#include "text/shellwords.h"

enum { FILE_MAX = 1 << 20, PIECE = 16 << 10 };

static const char *const profile_names[] = {
    "AWS_PROFILE", "AWS_DEFAULT_PROFILE", NULL};

/* The two files; in the second all sections but one have a word before. */
static const struct file {
	const char *const variable[2];
	const char *path;
	const char *word;
} files[] = {
    {{"AWS_SHARED_CREDENTIALS_FILE", NULL}, "~/.aws/credentials", NULL},
    {{"AWS_CONFIG_FILE", NULL}, "~/.aws/config", "profile"},
};

static const struct name {
	const char *name;
	enum profile_field field;
} fields[] = {
    {"aws_access_key_id", PROFILE_ACCESS_KEY},
    {"aws_secret_access_key", PROFILE_SECRET_KEY},
    {"aws_session_token", PROFILE_SESSION_TOKEN},
    {"region", PROFILE_REGION},
    {"credential_process", PROFILE_PROCESS},
    {"role_arn", PROFILE_ROLE},
    {"web_identity_token_file", PROFILE_TOKEN_FILE},
    {"role_session_name", PROFILE_SESSION_NAME},
    {"sso_session", PROFILE_SSO},
    {"sso_start_url", PROFILE_SSO},
    {"login_session", PROFILE_LOGIN},
    {"endpoint_url", PROFILE_ENDPOINT},
    {"services", PROFILE_SERVICES},
    {"ignore_configured_endpoint_urls", PROFILE_IGNORE},
    {"ca_bundle", PROFILE_CA},
    {"use_fips_endpoint", PROFILE_FIPS},
    {"use_dualstack_endpoint", PROFILE_DUALSTACK},
};

/* What stands indented below "s3 =" of the profile. */
static const struct name s3_fields[] = {
    {"addressing_style", PROFILE_ADDRESSING},
    {"use_dualstack_endpoint", PROFILE_DUALSTACK},
};

/* A file under way. */
struct reading {
	struct profile *profile;
	size_t file;
	enum profile_field service; /* whose settings are read */
};

void
profile_free(struct profile *p)
{
	size_t i, f;

	for (i = 0; i < 2; i++) {
		for (f = 0; f < PROFILE_FIELDS; f++) {
			settings_wipe(p->fields[i][f]);
			p->fields[i][f] = NULL;
		}
	}
	buffer_free(&p->missing);
}

const char *
profile_get(const struct profile *p, enum profile_field f)
{
	return p->fields[0][f] != NULL ? p->fields[0][f] : p->fields[1][f];
}

bool
profile_true(const char *value)
{
	return value != NULL && strcasecmp(value, "true") == 0;
}

/* Whether a section is "word name", each as a shell would read it. */
static bool
section_is(const char *section, const char *word, const char *name)
{
	struct buffer words = {0};
	bool is;

	is = shellwords_split(section, &words) == 2 && !words.failed &&
	    strcmp(words.data, word) == 0 &&
	    strcmp(words.data + strlen(word) + 1, name) == 0;
	buffer_free(&words);
	return is;
}

/*
 * Whether a section is the profile: "name", or "profile name" in the second
 * file, where the default one may have either. The later of the two counts.
 */
static int
wanted(void *ctx, const char *section)
{
	const struct reading *r = ctx;
	const char *name = r->profile->name, *word = files[r->file].word;
	bool plain = strcmp(section, name) == 0;
	size_t f;

	if (word != NULL)
		plain = plain && strcmp(name, "default") == 0;
	if (!plain && (word == NULL || !section_is(section, word, name)))
		return 0;
	for (f = 0; f < PROFILE_FIELDS; f++) {
		settings_wipe(r->profile->fields[r->file][f]);
		r->profile->fields[r->file][f] = NULL;
	}
	r->profile->found = true;
	return 1;
}

/* Keeps the value of a setting that is on the list. */
static int
keep(const struct reading *r, const struct name *list, size_t n,
    const char *name, const char *value, struct error *e)
{
	char **to;
	size_t i;

	for (i = 0; i < n; i++) {
		if (strcasecmp(list[i].name, name) != 0 || *value == '\0')
			continue;
		to = &r->profile->fields[r->file][list[i].field];
		settings_wipe(*to);
		*to = strdup(value);
		if (*to == NULL)
			return error_set(e, ERROR_FAILED, "out of memory");
		/* A command may hold what looks like a comment. */
		if (list[i].field != PROFILE_PROCESS)
			ini_cut_comment(*to);
	}
	return 0;
}

static int
s3_setting(void *ctx, const char *name, const char *value, struct error *e)
{
	return keep(ctx, s3_fields, sizeof s3_fields / sizeof *s3_fields, name,
	    value, e);
}

static int
setting(void *ctx, const char *name, const char *value, struct error *e)
{
	if (strcmp(name, "s3") == 0)
		return ini_nested(value, s3_setting, ctx, e);
	/* A block of settings that we do not know; they are all of one line. */
	if (*value == '\n')
		return 0;
	return keep(
	    ctx, fields, sizeof fields / sizeof *fields, name, value, e);
}

/* ---- [services NAME], which may stand anywhere in the config file ---- */

static int
services_wanted(void *ctx, const char *section)
{
	const struct reading *r = ctx;

	return section_is(
	    section, "services", profile_get(r->profile, PROFILE_SERVICES));
}

static int
service_setting(void *ctx, const char *name, const char *value, struct error *e)
{
	const struct reading *r = ctx;
	const struct name endpoint = {"endpoint_url", r->service};

	return keep(r, &endpoint, 1, name, value, e);
}

static int
services_setting(
    void *ctx, const char *name, const char *value, struct error *e)
{
	struct reading *r = ctx;

	if (strcmp(name, "s3") == 0)
		r->service = PROFILE_ENDPOINT_S3;
	else if (strcmp(name, "sts") == 0)
		r->service = PROFILE_ENDPOINT_STS;
	else
		return 0;
	return ini_nested(value, service_setting, r, e);
}

static int
parse_file(struct reading *r, const struct buffer *text, struct error *e)
{
	const struct ini_visitor v = {wanted, setting, r};
	const struct ini_visitor services = {
	    services_wanted, services_setting, r};

	if (ini_parse(text->data, text->size, &v, e) != 0)
		return -1;
	if (files[r->file].word == NULL ||
	    profile_get(r->profile, PROFILE_SERVICES) == NULL)
		return 0;
	return ini_parse(text->data, text->size, &services, e);
}

/* All of a file into the buffer. */
static int
read_all(int fd, const char *path, struct buffer *b, struct error *e)
{
	char piece[PIECE];
	ssize_t n;

	b->limit = FILE_MAX;
	while ((n = fdio_read(fd, path, piece, sizeof piece, NULL, e)) > 0)
		buffer_add(b, piece, (size_t)n);
	explicit_bzero(piece, sizeof piece);
	if (n == 0 && b->failed)
		return error_set(
		    e, ERROR_FAILED, "%s: longer than 1 MiB", path);
	return n == 0 ? 0 : -1;
}

/* A secret that others can read is one no more. */
static void
check_mode(const struct reading *r, int fd, const char *path, struct buffer *w)
{
	struct stat st;

	if (r->profile->fields[r->file][PROFILE_SECRET_KEY] == NULL ||
	    fstat(fd, &st) != 0 || (st.st_mode & (S_IRGRP | S_IROTH)) == 0)
		return;
	buffer_printf(w, "%s%s: others than its owner can read it (chmod 600)",
	    w->size > 0 ? "; " : "", path);
}

static int
read_file(struct reading *r, const char *path, bool given,
    struct buffer *warning, struct error *e)
{
	struct buffer *missing = &r->profile->missing, text = {0};
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc;

	if (fd < 0 &&
	    (errno == ENOENT || errno == ENOTDIR ||
		(errno == EACCES && !given))) {
		buffer_printf(
		    missing, "%sno %s", missing->size > 0 ? ", " : "", path);
		return 0;
	}
	if (fd < 0)
		return error_errno(e, "%s", path);
	rc = read_all(fd, path, &text, e);
	if (rc == 0 && parse_file(r, &text, e) != 0)
		rc = error_prefix(e, "%s", path);
	if (rc == 0)
		check_mode(r, fd, path, warning);
	buffer_free(&text);
	close(fd);
	return rc;
}

int
profile_read(struct profile *p, struct buffer *warning, struct error *e)
{
	struct reading r = {.profile = p};
	const char *path;
	char *whole;
	int rc = 0;

	if (p->read)
		return 0;
	p->name = settings_first(profile_names);
	p->named = p->name != NULL;
	if (!p->named)
		p->name = "default";
	buffer_puts(&p->missing, "");
	for (r.file = 0; rc == 0 && r.file < 2; r.file++) {
		path = settings_first(files[r.file].variable);
		whole =
		    userpath_expand(path != NULL ? path : files[r.file].path);
		rc = whole != NULL
		    ? read_file(&r, whole, path != NULL, warning, e)
		    : error_set(e, ERROR_FAILED, "out of memory");
		free(whole);
	}
	if (rc == 0 && p->named && !p->found)
		return error_set(e, ERROR_USAGE,
		    "AWS_PROFILE: there is no profile %s%s%s%s", p->name,
		    p->missing.size > 0 ? " (" : "", p->missing.data,
		    p->missing.size > 0 ? ")" : "");
	p->read = rc == 0;
	return rc;
}

int
profile_endpoint(struct profile *p, enum profile_service service,
    const char **url, struct buffer *warning, struct error *e)
{
	static const char *const ignore[] = {
	    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", NULL};
	static const struct {
		const char *const variables[3];
		enum profile_field field;
	} services[] = {
	    {{"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", NULL},
		PROFILE_ENDPOINT_S3},
	    {{"AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL", NULL},
		PROFILE_ENDPOINT_STS},
	};
	const char *ignored = settings_first(ignore);

	*url = NULL;
	if (profile_true(ignored))
		return 0;
	if (profile_read(p, warning, e) != 0)
		return -1;
	if (ignored == NULL && profile_true(profile_get(p, PROFILE_IGNORE)))
		return 0;
	*url = settings_first(services[service].variables);
	if (*url == NULL)
		*url = profile_get(p, services[service].field);
	if (*url == NULL)
		*url = profile_get(p, PROFILE_ENDPOINT);
	return 0;
}
