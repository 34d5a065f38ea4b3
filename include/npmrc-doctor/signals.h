#ifndef NPMRC_DOCTOR_SIGNALS_H
#define NPMRC_DOCTOR_SIGNALS_H

#include <signal.h>

/* Keeps signals waiting that come to this thread, until they are let in again; a thread that is started meanwhile
 * never lets one in. For what must not end half done, and so that no other thread than the main one ends the
 * program. Nests. */
void nd_signals_hold(sigset_t *old);
/* Within, lets in those with which a user or the system ends a program: while somebody is asked, who may give up. */
void nd_signals_admit(sigset_t *old);
/* Undoes either. */
void nd_signals_release(const sigset_t *old);

#endif
