#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "io/userpath.h"

#define NAME_BYTES \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"

/*
 * The value of the variable that the text at p, a '$', names; *n becomes the
 * size of what it replaces. NULL: there is none.
 */
static const char *
variable(const char *p, size_t *n)
{
	size_t braces = p[1] == '{' ? 1 : 0;
	const char *name = p + 1 + braces;
	size_t size = strspn(name, NAME_BYTES);
	const char *value;
	char *copy;

	if (size == 0 || (braces == 1 && name[size] != '}'))
		return NULL;
	copy = strndup(name, size);
	value = copy != NULL ? getenv(copy) : NULL;
	free(copy);
	*n = 1 + size + 2 * braces;
	return value;
}

/* The home that a path with a leading ~ means; NULL: nobody's. */
static const char *
home_of(const char *user, size_t n)
{
	const char *home = getenv("HOME");
	const struct passwd *entry;
	char *name;

	if (n == 0 && home != NULL && *home != '\0')
		return home;
	if (n == 0) {
		entry = getpwuid(getuid());
	} else {
		name = strndup(user, n);
		entry = name != NULL ? getpwnam(name) : NULL;
		free(name);
	}
	return entry != NULL ? entry->pw_dir : NULL;
}

static void
add_expanded(struct buffer *b, const char *path)
{
	const char *value;
	size_t n;

	while (*path != '\0') {
		n = 1;
		value = *path == '$' ? variable(path, &n) : NULL;
		if (value != NULL) {
			buffer_puts(b, value);
		} else {
			n = 1;
			buffer_add(b, path, n);
		}
		path += n;
	}
}

char *
userpath_expand(const char *path)
{
	struct buffer b = {0}, whole = {0};
	const char *home = NULL;
	size_t n;
	char *copy;

	buffer_puts(&b, "");
	add_expanded(&b, path);
	if (!b.failed && b.data[0] == '~') {
		n = strcspn(b.data + 1, "/");
		home = home_of(b.data + 1, n);
		if (home != NULL)
			buffer_printf(&whole, "%s%s", home, b.data + 1 + n);
	}
	copy = b.failed || whole.failed ? NULL
	    : home != NULL		? strdup(whole.data)
					: strdup(b.data);
	buffer_free(&b);
	buffer_free(&whole);
	return copy;
}
