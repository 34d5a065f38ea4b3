#ifndef NPMRC_DOCTOR_SIGNALS_H
#define NPMRC_DOCTOR_SIGNALS_H

#include <signal.h>

/* Keeps signals from this thread, and from the threads that it starts, until they are let in again; one that comes
 * meanwhile comes then. For what must not end half done, and for threads that are not to be asked. Nests. */
void nd_signals_hold(sigset_t *old);
void nd_signals_release(const sigset_t *old);

#endif
