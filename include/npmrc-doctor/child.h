#ifndef NPMRC_DOCTOR_CHILD_H
#define NPMRC_DOCTOR_CHILD_H

#include <glib.h>
#include <npmrc-doctor/span.h>
#include <stdbool.h>
#include <sys/types.h>

/* Running a program and waiting for it, which may do anything: write for ever, close its output and live on,
 * leave it open to children of its own. Deadlines are g_get_monotonic_time()'s; no signal handler is needed. */

struct nd_child {
	const char *path; /* absolute: PATH is not searched */
	char *const *argv, *const *env;
	const char *cwd;  /* NULL: ours */
	int in;           /* what it reads; -1: nothing */
	pid_t pid;        /* out */
	int out;          /* out: what it writes; the caller closes it. Its standard error goes nowhere */
};
/* Returns 0, or an errno: then nothing runs and nothing is open. */
int nd_child_start(struct nd_child *child);

/* A descriptor with the bytes in it from its start, for `in`: a pipe may be too small for them, and its reader may
 * write before it reads on. -1 and errno: there is none. The caller closes it. */
int nd_child_input(struct nd_span bytes);

/* Appends what comes from fd until its end; false where the time was up, reading failed or there would be
 * more than `most` bytes. */
bool nd_child_read(int fd, gint64 deadline, gsize most, GString *out);

/* Its exit status, once. -1: a signal ended it, or it was killed because the time was up. */
int nd_child_end(pid_t pid, gint64 deadline);

#endif
