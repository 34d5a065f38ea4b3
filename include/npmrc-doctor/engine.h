#ifndef NPMRC_DOCTOR_ENGINE_H
#define NPMRC_DOCTOR_ENGINE_H

#include <npmrc-doctor/facts.h>
#include <npmrc-doctor/findings.h>

/* Runs the rules over the facts: no I/O, no clock, same facts, same findings, same order. */

struct nd_engine_options {
	const bool *skip; /* ND_RULE_COUNT flags: rules not asked for; NULL: all are */
	bool no_probe;    /* rules that need the network are reported as unchecked */
	const char *no_probe_reason;
};

/* Fills findings, unchecked and registries of the report. */
void nd_engine_run(const struct nd_facts *facts, const struct nd_engine_options *options,
	struct nd_report *report);

/* Adds every file that the layers come from or could have come from, whether it was read, and why not. */
void nd_engine_sources(const struct nd_layers *layers, struct nd_report *report);

/* Adds the other clients' own files: those that may overrule what was read are unchecked. */
void nd_engine_beside(const struct nd_layers *layers, struct nd_report *report);

/* What there is to say about a policy file itself: once, where several files are judged one by one, each
 * of which leaves it out. */
void nd_engine_run_policy(const struct nd_policy *policy, guint32 today, const bool *skip,
	struct nd_report *report);

#endif
