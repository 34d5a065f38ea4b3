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
/* The same, then writes --write-baseline, which takes all others out. False: a file could not be read or
 * written. */
bool nd_policy_baseline(const struct nd_context *context, struct nd_report *report, GError **err);

#endif
