#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/command.h"
#include "io/signals.h"
#include "io/stop.h"

extern char **environ;

enum { GRACE_MS = 5000, LEFT_MS = 200, POLL_MS = 20 };

/* Whether we are in the foreground of our terminal, if we have one. */
static bool
in_foreground(void)
{
	int tty = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);
	bool foreground = tty >= 0 && tcgetpgrp(tty) == getpgrp();

	if (tty >= 0)
		close(tty);
	return foreground;
}

/* Spawns argv with its stdout on fd; returns an errno value. */
static int
spawn(struct command *c, char *const argv[], int fd)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	int flags = POSIX_SPAWN_SETSIGMASK, rc;

	if ((rc = posix_spawn_file_actions_init(&actions)) != 0)
		return rc;
	if ((rc = posix_spawnattr_init(&attr)) != 0)
		goto actions;
	if (c->group)
		flags |= POSIX_SPAWN_SETPGROUP;
	posix_spawnattr_setflags(&attr, (short)flags);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setsigmask(&attr, signals_mask());
	rc = posix_spawn_file_actions_adddup2(&actions, fd, STDOUT_FILENO);
	if (rc == 0 && c->no_stdin)
		rc = posix_spawn_file_actions_addopen(
		    &actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (rc == 0)
		rc = posix_spawnp(
		    &c->pid, argv[0], &actions, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
actions:
	posix_spawn_file_actions_destroy(&actions);
	return rc;
}

int
command_start(struct command *c, char *const argv[], struct error *e)
{
	int fds[2], rc;

	c->pid = 0;
	c->fd = -1;
	c->watched = false;
	atomic_init(&c->died, false);
	c->name = argv[0];
	c->group = !in_foreground();
	if (pipe(fds) != 0)
		return error_errno(e, "pipe");
	fcntl(fds[0], F_SETFD, FD_CLOEXEC);
	/* dup2 onto itself would leave the close-on-exec flag set. */
	if (fds[1] != STDOUT_FILENO)
		fcntl(fds[1], F_SETFD, FD_CLOEXEC);
	rc = spawn(c, argv, fds[1]);
	close(fds[1]);
	if (rc != 0) {
		close(fds[0]);
		c->pid = 0;
		return error_set(e, ERROR_FAILED, "%s: %s: %s", c->name,
		    rc == ENOENT ? "command not found" : "cannot be run",
		    strerror(rc));
	}
	c->fd = fds[0];
	return 0;
}

static void *
watch(void *arg)
{
	struct command *c = arg;
	siginfo_t info;
	int rc;

	/* Seen only: the one who waits for it reaps it. */
	do
		rc = waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOWAIT);
	while (rc != 0 && errno == EINTR);
	if (rc == 0 && (info.si_code != CLD_EXITED || info.si_status != 0)) {
		atomic_store(&c->died, true);
		stop_raise(c->wake);
	}
	return NULL;
}

int
command_watch(struct command *c, struct stop *stop, struct error *e)
{
	sigset_t all, old;
	int rc;

	c->wake = stop;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&c->watcher, NULL, watch, c);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	c->watched = rc == 0;
	errno = rc;
	return rc == 0 ? 0 : error_errno(e, "thread");
}

bool
command_died(struct command *c)
{
	return c->watched && atomic_load(&c->died);
}

/* Describes how the child ended; returns 0 if it was well. */
static int
judge(struct command *c, int status, struct error *e)
{
	c->failure =
	    WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	if (WIFSIGNALED(status))
		return error_set(e, ERROR_FAILED,
		    "%s: killed by signal %d (%s)", c->name, WTERMSIG(status),
		    strsignal(WTERMSIG(status)));
	if (WEXITSTATUS(status) != 0)
		return error_set(e, ERROR_FAILED, "%s: exit status %d", c->name,
		    WEXITSTATUS(status));
	return 0;
}

/* The child is gone, and so is who watched it. */
static void
reaped(struct command *c)
{
	if (c->watched)
		pthread_join(c->watcher, NULL);
	c->watched = false;
	c->pid = 0;
}

/*
 * Waits at most that long (-1: without limit), or until the stop. Returns
 * whether the child was reaped.
 */
static bool
reap(struct command *c, const struct stop *stop, int ms, int *status)
{
	int slept = 0, nap = 1;
	pid_t pid;

	for (;;) {
		pid = waitpid(c->pid, status, WNOHANG);
		if (pid < 0 && errno != EINTR) {
			*status = 1 << 8; /* somebody else reaped it */
			pid = c->pid;
		}
		if (pid == c->pid) {
			reaped(c);
			return true;
		}
		if ((ms >= 0 && slept >= ms) || stop_sleep(stop, nap))
			return false;
		slept += nap;
		nap = nap < POLL_MS ? nap * 2 : POLL_MS;
	}
}

int
command_wait(struct command *c, const struct stop *stop, struct error *e)
{
	pid_t group = c->group ? -c->pid : 0;
	int status, rc;

	if (!reap(c, stop, -1, &status))
		return error_set(e, ERROR_FAILED, "%s: stopped", c->name);
	rc = judge(c, status, e);
	if (rc != 0 && group != 0 && kill(group, SIGTERM) == 0) {
		stop_sleep(NULL, LEFT_MS);
		kill(group, SIGKILL);
	}
	return rc;
}

/* Whether the child's output has ended, or does within a moment. */
static bool
ended(const struct command *c)
{
	struct pollfd p = {.fd = c->fd, .events = POLLIN};
	char byte;

	return c->fd >= 0 && poll(&p, 1, LEFT_MS) == 1 &&
	    read(c->fd, &byte, 1) == 0;
}

bool
command_blame(struct command *c, struct error *e)
{
	struct error why;

	if (c->pid == 0 || signals_caught() != 0 ||
	    (!command_died(c) && !ended(c)) || command_wait(c, NULL, &why) == 0)
		return false;
	*e = why;
	return true;
}

void
command_end(struct command *c)
{
	pid_t target;
	int status;

	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	if (c->pid == 0)
		return;
	target = c->group ? -c->pid : c->pid;
	kill(target, SIGTERM);
	kill(target, SIGCONT);
	if (!reap(c, NULL, GRACE_MS, &status)) {
		kill(target, SIGKILL);
		reap(c, NULL, -1, &status);
	} else if (target < 0) {
		kill(target, SIGKILL); /* what the leader left behind */
	}
}
