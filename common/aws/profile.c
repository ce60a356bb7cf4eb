#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aws/profile.h"
#include "io/fdio.h"
#include "io/settings.h"
#include "text/ini.h"

enum { FILE_MAX = 1 << 20, PIECE = 16 << 10 };

static const char *const profile_names[] = {
    "AWS_PROFILE", "AWS_DEFAULT_PROFILE", NULL};

/* The two files; in the second all sections but one have a word before. */
static const struct file {
	const char *const variable[2];
	const char *home;
	const char *word;
} files[] = {
    {{"AWS_SHARED_CREDENTIALS_FILE", NULL}, ".aws/credentials", NULL},
    {{"AWS_CONFIG_FILE", NULL}, ".aws/config", "profile"},
};

static const struct {
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
};

/* A file under way. */
struct reading {
	struct profile *profile;
	size_t file;
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

/* Whether a section is the profile: "name", or "profile name" in the second. */
static int
wanted(void *ctx, const char *section)
{
	const struct reading *r = ctx;
	const char *name = r->profile->name, *word = files[r->file].word;
	size_t n = word != NULL ? strlen(word) : 0;
	bool hit;

	if (word != NULL && strncmp(section, word, n) == 0 &&
	    (section[n] == ' ' || section[n] == '\t'))
		hit =
		    strcmp(section + n + strspn(section + n, " \t"), name) == 0;
	else
		hit = strcmp(section, name) == 0 &&
		    (word == NULL || strcmp(name, "default") == 0);
	r->profile->found = r->profile->found || hit;
	return hit;
}

static int
setting(void *ctx, const char *name, const char *value, struct error *e)
{
	const struct reading *r = ctx;
	char **to;
	size_t i;

	for (i = 0; i < sizeof fields / sizeof *fields; i++) {
		if (strcmp(fields[i].name, name) != 0 || *value == '\0')
			continue;
		to = &r->profile->fields[r->file][fields[i].field];
		settings_wipe(*to);
		*to = strdup(value);
		if (*to == NULL)
			return error_set(e, ERROR_FAILED, "out of memory");
	}
	return 0;
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
read_file(struct reading *r, const char *path, struct buffer *warning,
    struct error *e)
{
	struct ini_visitor v = {.wanted = wanted, .setting = setting, .ctx = r};
	struct buffer *missing = &r->profile->missing, text = {0};
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) {
		buffer_printf(
		    missing, "%sno %s", missing->size > 0 ? ", " : "", path);
		return 0;
	}
	if (fd < 0)
		return error_errno(e, "%s", path);
	rc = read_all(fd, path, &text, e);
	if (rc == 0 && ini_parse(text.data, text.size, &v, e) != 0)
		rc = error_prefix(e, "%s", path);
	if (rc == 0)
		check_mode(r, fd, path, warning);
	buffer_free(&text);
	close(fd);
	return rc;
}

/* The path of a file: the variable's, or below the home; NULL: none. */
static char *
path_of(const struct file *f)
{
	const char *path = settings_first(f->variable), *home = getenv("HOME");
	char *joined;
	size_t n;

	if (path != NULL)
		return strdup(path);
	if (home == NULL || *home == '\0')
		return NULL;
	n = strlen(home) + strlen(f->home) + 2;
	joined = malloc(n);
	if (joined != NULL)
		snprintf(joined, n, "%s/%s", home, f->home);
	return joined;
}

int
profile_read(struct profile *p, struct buffer *warning, struct error *e)
{
	struct reading r = {.profile = p};
	char *path;
	int rc = 0;

	memset(p, 0, sizeof *p);
	p->name = settings_first(profile_names);
	p->named = p->name != NULL;
	if (!p->named)
		p->name = "default";
	buffer_puts(&p->missing, "");
	for (r.file = 0; rc == 0 && r.file < 2; r.file++) {
		path = path_of(&files[r.file]);
		if (path != NULL)
			rc = read_file(&r, path, warning, e);
		free(path);
	}
	if (rc == 0 && p->named && !p->found)
		return error_set(e, ERROR_USAGE,
		    "AWS_PROFILE: there is no profile %s%s%s%s", p->name,
		    p->missing.size > 0 ? " (" : "", p->missing.data,
		    p->missing.size > 0 ? ")" : "");
	return rc;
}
