/*
 * signals: INT, TERM and HUP raise a stop, and end the program after it has
 * cleaned up; a closed stdout ends it likewise.
 */
#ifndef SIGNALS_H
#define SIGNALS_H

#include <signal.h>
#include <stddef.h>

struct error;
struct stop;

/*
 * From now on the first INT, TERM or HUP raises the stop; another, of any of
 * the three and a second later or more, ends the program at once by its
 * default action. One that was ignored at the start (nohup) stays so.
 * SIGPIPE is blocked, in this thread and those it makes, so that a write to a
 * closed socket or pipe is an error to handle. SIGCHLD has its default action,
 * here and in children: where it was ignored at the start, none could be waited
 * for. Call it once, before threads.
 */
void signals_catch(struct stop *);

/*
 * What a second signal says before it ends the program, by report_line();
 * NULL: nothing any more. The text is copied.
 */
void signals_last_words(const char *line, size_t size);

/* The signal that was caught, or 0. */
int signals_caught(void);

/* The signal mask that the program was started with; children get it back. */
const sigset_t *signals_mask(void);

/*
 * Ends a run after its clean-up: raises the caught signal again with its
 * default action, or SIGPIPE where the error is ERROR_CLOSED and SIGPIPE is
 * not ignored; otherwise reports the error (NULL: none) and returns the exit
 * status.
 */
int signals_finish(const struct error *);

#endif
