/*
 * inject: a library for LD_PRELOAD that counts the calls of a program and lets
 * one of them fail, once. tests/system/inject uses it.
 *
 *     INJECT_PROGRAM   the program's name; others (its children) are left alone
 *     INJECT_CALL      the call, INJECT_NTH which one of them, from 1
 *     INJECT_ERRNO     what it fails with, a number
 *     INJECT_COUNTS    a file that gets a line "CALL NUMBER" for each at the end
 *     INJECT_STRUCK    a file that is made when the call has failed
 *
 * Counted is what the program and its libraries call by way of the dynamic
 * linker once their constructors have run, until main returns: what gcov
 * writes after that is not the program's. For glibc.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Each a line of the counts. */
static const char *const names[] = {"malloc", "calloc", "realloc", "read",
    "write", "close", "open", "fopen", "fstat", "fcntl", "pipe", "poll",
    "socket", "connect", "send", "recv", "sigaction", "fwrite", "fflush",
    "fclose", "pthread_create", "posix_spawnp", "waitpid", "waitid"};
enum call {
	CALL_malloc,
	CALL_calloc,
	CALL_realloc,
	CALL_read,
	CALL_write,
	CALL_close,
	CALL_open,
	CALL_fopen,
	CALL_fstat,
	CALL_fcntl,
	CALL_pipe,
	CALL_poll,
	CALL_socket,
	CALL_connect,
	CALL_send,
	CALL_recv,
	CALL_sigaction,
	CALL_fwrite,
	CALL_fflush,
	CALL_fclose,
	CALL_pthread_create,
	CALL_posix_spawnp,
	CALL_waitpid,
	CALL_waitid,
	NCALLS
};
_Static_assert(sizeof names / sizeof *names == NCALLS, "one name a call");
static atomic_ulong counts[NCALLS];
static bool armed;
static int target = -1, failure;
static unsigned long nth;

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
int __open_2(const char *, int); /* open, with _FORTIFY_SOURCE */
typedef int main_function(int, char **, char **);
int __libc_start_main(main_function *, int, char **, void (*)(void),
    void (*)(void), void (*)(void), void *);

/* Makes the file; by the kernel's call, which is not counted. */
static void
tell(const char *path, const char *text, size_t size)
{
	long fd = path == NULL ? -1
			       : syscall(SYS_openat, AT_FDCWD, path,
				     O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0)
		return;
	if (syscall(SYS_write, fd, text, size) < 0)
		abort();
	syscall(SYS_close, fd);
}

__attribute__((constructor)) static void
arm(void)
{
	const char *program = getenv("INJECT_PROGRAM");
	const char *call = getenv("INJECT_CALL");
	int i;

	if (program == NULL || strcmp(program, program_invocation_short_name))
		return;
	for (i = 0; call != NULL && i < NCALLS; i++) {
		if (strcmp(call, names[i]) == 0)
			target = i;
	}
	if (target >= 0) {
		nth = strtoul(getenv("INJECT_NTH"), NULL, 10);
		failure = atoi(getenv("INJECT_ERRNO"));
	}
	armed = true;
}

static void
count(void)
{
	char text[4096];
	size_t n = 0;
	int i;

	if (!armed)
		return;
	armed = false;
	for (i = 0; i < NCALLS; i++)
		n += (size_t)snprintf(
		    text + n, sizeof text - n, "%s %lu\n", names[i], counts[i]);
	tell(getenv("INJECT_COUNTS"), text, n);
}

/* Counts a call; returns whether it is to fail, with errno set. */
static bool
strikes(enum call call)
{
	unsigned long number;

	if (!armed)
		return false;
	number = atomic_fetch_add(&counts[call], 1) + 1;
	if ((int)call != target || number != nth)
		return false;
	tell(getenv("INJECT_STRUCK"), "", 0);
	errno = failure;
	return true;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* A function like the real one, but for the call that fails. */
#define WRAP(type, name, parameters, arguments, failed)                        \
	type name parameters                                                   \
	{                                                                      \
		return strikes(CALL_##name) ? (failed) : REAL(name) arguments; \
	}

/* dlsym would call them. */
void *
malloc(size_t n)
{
	return strikes(CALL_malloc) ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	return strikes(CALL_calloc) ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	return strikes(CALL_realloc) ? NULL : __libc_realloc(p, n);
}

WRAP(ssize_t, read, (int fd, void *buf, size_t n), (fd, buf, n), -1)
WRAP(ssize_t, write, (int fd, const void *buf, size_t n), (fd, buf, n), -1)
WRAP(int, fstat, (int fd, struct stat *st), (fd, st), -1)
WRAP(int, pipe, (int fds[2]), (fds), -1)
WRAP(int, poll, (struct pollfd * p, nfds_t n, int ms), (p, n, ms), -1)
WRAP(int, socket, (int domain, int type, int protocol),
    (domain, type, protocol), -1)
WRAP(int, connect, (int fd, const struct sockaddr *a, socklen_t n), (fd, a, n),
    -1)
WRAP(ssize_t, send, (int fd, const void *buf, size_t n, int flags),
    (fd, buf, n, flags), -1)
WRAP(ssize_t, recv, (int fd, void *buf, size_t n, int flags),
    (fd, buf, n, flags), -1)
WRAP(FILE *, fopen, (const char *path, const char *mode), (path, mode), NULL)
WRAP(size_t, fwrite, (const void *p, size_t size, size_t n, FILE *f),
    (p, size, n, f), 0)
WRAP(int, fflush, (FILE * f), (f), EOF)
WRAP(int, sigaction,
    (int signo, const struct sigaction *sa, struct sigaction *old),
    (signo, sa, old), -1)
WRAP(int, pthread_create,
    (pthread_t * t, const pthread_attr_t *a, void *(*f)(void *), void *arg),
    (t, a, f, arg), failure)
WRAP(int, posix_spawnp,
    (pid_t * pid, const char *file, const posix_spawn_file_actions_t *f,
	const posix_spawnattr_t *a, char *const argv[], char *const envp[]),
    (pid, file, f, a, argv, envp), failure)
WRAP(pid_t, waitpid, (pid_t pid, int *status, int options),
    (pid, status, options), -1)
WRAP(int, waitid, (idtype_t type, id_t id, siginfo_t *info, int options),
    (type, id, info, options), -1)

/* These close in any case, as Linux does. */
int
close(int fd)
{
	bool struck = strikes(CALL_close);
	int saved = errno, rc = REAL(close)(fd);

	if (!struck)
		return rc;
	errno = saved;
	return -1;
}

int
fclose(FILE *f)
{
	bool struck = strikes(CALL_fclose);
	int saved = errno, rc = REAL(fclose)(f);

	if (!struck)
		return rc;
	errno = saved;
	return EOF;
}

/* The third argument is a number or an address: a long holds both. */
int
fcntl(int fd, int command, ...)
{
	va_list ap;
	long argument;

	va_start(ap, command);
	argument = va_arg(ap, long);
	va_end(ap);
	return strikes(CALL_fcntl) ? -1 : REAL(fcntl)(fd, command, argument);
}

int
open(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode = 0;

	va_start(ap, flags);
	if (flags & O_CREAT)
		mode = va_arg(ap, unsigned);
	va_end(ap);
	return strikes(CALL_open) ? -1 : REAL(open)(path, flags, mode);
}

int
__open_2(const char *path, int flags)
{
	return strikes(CALL_open) ? -1 : REAL(open)(path, flags);
}

static main_function *program_main;

static int
counted_main(int argc, char **argv, char **environment)
{
	int status = program_main(argc, argv, environment);

	count();
	return status;
}

/* What the executable starts with. */
int
__libc_start_main(main_function *function, int argc, char **argv,
    void (*init)(void), void (*fini)(void), void (*rtld_fini)(void),
    void *stack_end)
{
	program_main = function;
	return REAL(__libc_start_main)(
	    counted_main, argc, argv, init, fini, rtld_fini, stack_end);
}
