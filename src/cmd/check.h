#ifndef ND_CMD_CHECK_H
#define ND_CMD_CHECK_H

#include "cmd/run.h"

/* The rules that --only and --skip leave out; `skip` has ND_RULE_COUNT flags. */
void nd_check_skips(const struct nd_options *o, bool *skip);

/* Moves what one run found into the report of several. */
void nd_check_merge(struct nd_report *into, struct nd_report *from);

/* The exit status for a run that failed. */
int nd_run_status(const GError *err);

/* Applies and writes the baselines, prints the report; the exit status. */
int nd_check_finish(struct nd_report *report, const struct nd_context *context);

/* Complains and returns the exit status for a run that failed. */
int nd_run_failed(const GError *err);

#endif
