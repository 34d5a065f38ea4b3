#ifndef NPMRC_DOCTOR_COMPLETION_H
#define NPMRC_DOCTOR_COMPLETION_H

#include <glib.h>

/* The completion script of bash, zsh or fish, made from the tables alone; NULL for another shell. Owned by
 * the caller. */
GString *nd_completion(const char *shell);

#endif
