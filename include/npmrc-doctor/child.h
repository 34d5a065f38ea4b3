#ifndef NPMRC_DOCTOR_CHILD_H
#define NPMRC_DOCTOR_CHILD_H

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

/* Waiting for a program that we run, which may do anything: write for ever, close its output and live on,
 * leave it open to children of its own. Deadlines are g_get_monotonic_time()'s; no signal handler is needed. */

/* Appends what comes from fd until its end; false where the time was up, reading failed or there would be
 * more than `most` bytes. */
bool nd_child_read(int fd, gint64 deadline, gsize most, GString *out);

/* Its exit status, once. -1: a signal ended it, or it was killed because the time was up. */
int nd_child_end(pid_t pid, gint64 deadline);

#endif
