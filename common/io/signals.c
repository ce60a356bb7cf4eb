#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/report.h"
#include "io/signals.h"
#include "io/stop.h"

/* A signal this soon after the first is the same one: whoever ends a whole
   group or container reaches a process by its parent too. */
enum { SAME_MS = 1000 };

static volatile sig_atomic_t caught;
static volatile sig_atomic_t caught_at; /* the low bits of clock_ms() */
static struct stop *target;
static sigset_t start_mask;
static char words[4096];
static volatile sig_atomic_t nwords;

static void
handler(int signo)
{
	int saved = errno;
	unsigned now = (unsigned)clock_ms();

	if (caught != 0 && now - (unsigned)caught_at < SAME_MS)
		return;
	if (caught != 0) { /* the second: no more patience */
		if (nwords > 0 &&
		    write(STDERR_FILENO, words, (size_t)nwords) < 0)
			errno = saved;
		signal(signo, SIG_DFL);
		raise(signo);
		return;
	}
	caught_at = (sig_atomic_t)now;
	caught = signo;
	stop_raise(target);
}

void
signals_catch(struct stop *stop)
{
	static const int signos[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction sa, old;
	sigset_t blocked;
	size_t i;

	target = stop;
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &blocked, &start_mask);
	sa.sa_handler = handler;
	sa.sa_flags = 0;
	sigemptyset(&sa.sa_mask);
	for (i = 0; i < sizeof signos / sizeof *signos; i++) {
		if (sigaction(signos[i], NULL, &old) == 0 &&
		    old.sa_handler != SIG_IGN)
			sigaction(signos[i], &sa, NULL);
	}
	signal(SIGCHLD, SIG_DFL);
}

void
signals_last_words(const char *line, size_t size)
{
	nwords = 0;
	if (line == NULL)
		return;
	if (size > sizeof words)
		size = sizeof words;
	memcpy(words, line, size);
	nwords = (sig_atomic_t)size;
}

int
signals_caught(void)
{
	return caught;
}

const sigset_t *
signals_mask(void)
{
	return &start_mask;
}

/* Dies of the signal by its default action. */
static void
die_of(int signo)
{
	sigset_t set;

	signal(signo, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, signo);
	raise(signo);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

int
signals_finish(const struct error *e)
{
	struct sigaction old;

	if (caught != 0)
		die_of(caught);
	if (e == NULL)
		return 0;
	if (e->status == ERROR_CLOSED) {
		if (sigaction(SIGPIPE, NULL, &old) == 0 &&
		    old.sa_handler != SIG_IGN)
			die_of(SIGPIPE);
		return ERROR_FAILED;
	}
	report("%s", e->text);
	return e->status <= ERROR_UNLISTED ? (int)e->status : ERROR_FAILED;
}
