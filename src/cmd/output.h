#ifndef ND_CMD_OUTPUT_H
#define ND_CMD_OUTPUT_H

#include <npmrc-doctor/cmd.h>

/* The report in the format of this run. */

/* The word of --format; without it github in a GitHub job (GITHUB_ACTIONS=true), else text. */
const char *nd_output_word(const struct nd_context *context);

/* Writes the report to standard output, or to the file that --output names; github appends its summary to
 * the file of GITHUB_STEP_SUMMARY too. False: could not be written (it has complained). */
bool nd_output_report(const struct nd_report *report, const struct nd_context *context);

/* Whether --output and --write-baseline leave alone what the report is about: an .npmrc that was replaced by
 * them would be lost, secrets and all. */
bool nd_output_spares(const struct nd_report *report, const struct nd_context *context, GError **err);

/* The run ends because of this: says so on standard error and, as nagios wants its line, as UNKNOWN.
 * Returns the exit status, which is `status` but for nagios. */
int nd_output_failure(const struct nd_options *options, const char *message, int status);

#endif
