#ifndef ND_CMD_NEWLY_H
#define ND_CMD_NEWLY_H

#include <npmrc-doctor/cmd.h>

/* What the shell functions of `hook` ask around a COMMAND that may write a credential. The operands of
 * the context's options are COMMAND. */

/* The variable in which the functions hand on what nd_newly_before printed. */
#define ND_NEWLY_VARIABLE "NPMRC_DOCTOR_BEFORE"

/* Prints one line that says which credentials are written out in the files that COMMAND reads: a random
 * key and, under it, a digest of each. */
int nd_newly_before(struct nd_context *context);

/* Moves those that are not in that line to the keyring. */
int nd_newly_after(struct nd_context *context);

#endif
