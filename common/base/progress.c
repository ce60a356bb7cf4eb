#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/number.h"
#include "base/progress.h"

enum { EVERY_MS = 200 };

void
progress_start(struct progress *p, const char *name, bool quiet)
{
	memset(p, 0, sizeof *p);
	p->name = name;
	p->on = !quiet && isatty(STDERR_FILENO);
	p->started = p->shown = clock_ms();
}

double
progress_seconds(const struct progress *p)
{
	return (double)(clock_ms() - p->started) / 1000;
}

static void
draw(const struct progress *p, double seconds)
{
	char bytes[32], rate[32], line[160];
	double speed = seconds > 0 ? (double)p->bytes / seconds : 0;
	long left = speed > 0 && p->total > p->bytes
	    ? (long)((double)(p->total - p->bytes) / speed)
	    : 0;
	int n;

	n = snprintf(line, sizeof line, "\r%s: %s, %s/s, %ld:%02ld", p->name,
	    number_bytes(bytes, sizeof bytes, p->bytes),
	    number_bytes(rate, sizeof rate, (uint64_t)speed),
	    (long)seconds / 60, (long)seconds % 60);
	if (p->total > 0)
		n += snprintf(line + n, sizeof line - (size_t)n,
		    ", %d%%, %ld:%02ld left",
		    (int)((double)p->bytes * 100 / (double)p->total), left / 60,
		    left % 60);
	n += snprintf(line + n, sizeof line - (size_t)n, "\033[K");
	if (write(STDERR_FILENO, line, (size_t)n) < 0)
		return;
}

void
progress_add(struct progress *p, uint64_t bytes)
{
	int64_t now;

	p->bytes += bytes;
	if (!p->on)
		return;
	now = clock_ms();
	if (now - p->shown < EVERY_MS)
		return;
	p->shown = now;
	draw(p, (double)(now - p->started) / 1000);
}

void
progress_end(struct progress *p)
{
	if (p->on && p->shown != p->started &&
	    write(STDERR_FILENO, "\r\033[K", 4) < 0)
		p->on = false;
	p->on = false;
}
