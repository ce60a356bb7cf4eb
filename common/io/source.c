#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "io/source.h"
#include "io/stop.h"

enum { STALE_SECONDS = 60 };

int
source_marker(struct source *s, const char *path, struct error *e)
{
	struct stat st;

	s->marker = path;
	if (path == NULL || stat(path, &st) != 0 ||
	    time(NULL) - st.st_mtime < STALE_SECONDS)
		return 0;
	return error_set(
	    e, ERROR_USAGE, "-c %s: the file is older than this run", path);
}

int
source_open(
    struct source *s, char *const argv[], struct stop *stop, struct error *e)
{
	s->stop = stop;
	s->fd = STDIN_FILENO;
	s->name = "stdin";
	s->command.fd = -1;
	if (argv == NULL)
		return 0;
	if (command_start(&s->command, argv, e) != 0)
		return -1;
	if (command_watch(&s->command, stop, e) != 0) {
		command_end(&s->command);
		return -1;
	}
	s->fd = s->command.fd;
	s->name = s->command.name;
	return 0;
}

int
source_whole(struct source *s, struct error *e)
{
	struct stat st;

	if (s->command.pid != 0 && command_wait(&s->command, s->stop, e) != 0)
		return -1;
	if (s->marker != NULL && stat(s->marker, &st) != 0)
		return error_set(
		    e, ERROR_FAILED, "-c %s: %s", s->marker, strerror(errno));
	if (stop_raised(s->stop))
		return error_set(e, ERROR_FAILED, "stopped");
	return 0;
}

bool
source_blame(struct source *s, struct error *e)
{
	return command_blame(&s->command, e);
}

int
source_failure(const struct source *s)
{
	return s->command.failure;
}

void
source_close(struct source *s)
{
	if (s->name != NULL) /* else it was never opened */
		command_end(&s->command);
}
