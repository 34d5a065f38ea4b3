#ifndef ND_CMD_MEND_H
#define ND_CMD_MEND_H

#include "cmd/run.h"

#include <npmrc-doctor/plan.h>

/* Applies the whole plan, file by file; stops at the first failure, whose error says what was done and
 * what was not. */
bool nd_mend_apply(const struct nd_plan *plan, const struct nd_run *run, struct nd_context *context,
	GError **err);

/* Complains of each file that is there and could not be read; whether there is one. What is in it can
 * neither be mended nor restored. */
bool nd_mend_unread(const struct nd_run *run);

#endif
