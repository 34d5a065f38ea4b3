#ifndef ND_CMD_POLICY_H
#define ND_CMD_POLICY_H

#include <npmrc-doctor/cmd.h>
#include <npmrc-doctor/policy.h>

/* The policy that counts: --policy, else .npmrc-doctor.ini in the project's root, else that of the machine.
 * `root` NULL: the project is looked for from the context's directory. True without one: *policy is NULL.
 * A file that is there and cannot be read is an error. */
bool nd_policy_load(const struct nd_context *context, const char *root, struct nd_policy **policy, GError **err);

/* The time for all probes: --timeout, else the policy's, else ten seconds. */
double nd_policy_timeout(const struct nd_context *context, const struct nd_policy *policy);

/* Takes what --baseline has out of the report's findings and adds what is wrong with it. False: it could not
 * be read. */
bool nd_policy_known(const struct nd_context *context, struct nd_report *report, GError **err);
/* Writes the findings and what an earlier baseline accepts to the file of --write-baseline, if there is one.
 * False: it could not be written. */
bool nd_policy_write_baseline(const struct nd_context *context, const struct nd_report *report, GError **err);
/* Both, and what was written takes the other findings out. */
bool nd_policy_baseline(const struct nd_context *context, struct nd_report *report, GError **err);

#endif
