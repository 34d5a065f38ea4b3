#ifndef ND_RULES_CHECKS_H
#define ND_RULES_CHECKS_H

#include <npmrc-doctor/facts.h>
#include <npmrc-doctor/findings.h>

/* One declaration for each check that a row of rules.def names; several rows may share one. */
#define RULE(id, slug, group, severity, need, mend, check, ...) \
	void check(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out);
#include "rules/rules.def"
#undef RULE

/* The rule that names how an attempt ended; ND_RULE_COUNT: it went well. */
enum nd_rule nd_outcome_rule(const struct nd_attempt *attempt, const struct nd_registry_facts *registry);

/* The same for the attempt by which a probed registry is judged; the page of a web server that is no proxy is
 * told from the registry's where it has given other registries no tunnel. */
enum nd_rule nd_registry_outcome(const struct nd_facts *f, const struct nd_registry_facts *registry);

/* The status that decides: the proxy's to CONNECT where it is no 200, else that of the answer; 0: none. */
int nd_answer_status(const struct nd_attempt *attempt);
/* Credentials are configured that npm would send and the probe did not. */
bool nd_held_back(const struct nd_registry_facts *registry);
/* The registry refuses a stranger, and only those credentials could tell whether it would refuse npm. */
bool nd_undecided(const struct nd_attempt *attempt, const struct nd_registry_facts *registry);
/* The attempt by which a probed registry is judged. */
const struct nd_attempt *nd_deciding(const struct nd_registry_facts *registry);
/* The path to a registry as the report draws it. */
void nd_describe_hops(const struct nd_facts *f, const struct nd_registry_facts *registry,
	struct nd_registry_ref *out);

/* Where a registry was set, and the proxy of one. */
void nd_locate_registry(const struct nd_facts *f, const struct nd_registry_facts *registry,
	struct nd_location *out);
void nd_locate_proxy(const struct nd_facts *f, const struct nd_registry_facts *registry,
	struct nd_location *out);

/* Its URL without the password, owned by the caller; NULL: no proxy, or no URL. */
char *nd_proxy_label(const struct nd_proxy *proxy);

/* The registry's URL with the other scheme, owned by the caller. */
char *nd_other_scheme(const struct nd_registry_facts *registry);

/* What npm reports for a registry whose outcome this rule names, owned by the caller; NULL: nothing. */
char *nd_npm_code(const struct nd_facts *f, enum nd_rule rule, const struct nd_registry_facts *registry);

/* Whether the direct path fails and another proxy reaches the registry: one cause, so that the symptom
 * of the direct path is no finding of its own. */
bool nd_needs_proxy(const struct nd_registry_facts *registry);
/* Whose setting a way out is and where it stands, owned by the caller. */
char *nd_way_place(const struct nd_way *way);
/* Whether that proxy is the one that noproxy takes the registry off. */
bool nd_way_is_bypassed(const struct nd_registry_facts *registry);

/* Adds the edits that make npm verify: with the cafile that the facts have found (facts->remedy), or
 * where `as_is`, by taking strict-ssl=false away. None where a file that has to change cannot. */
void nd_mend_trust(const struct nd_facts *f, struct nd_finding *finding, bool as_is);
/* Whether an https registry answers and verifies with that cafile. */
bool nd_remedy_serves(const struct nd_facts *f, const char *url);

/* Gives the findings the severities that the policy has for them. */
void nd_relevel(const struct nd_facts *f, struct nd_report *out);
/* Moves the findings that are accepted out of the way. */
void nd_suppress(const struct nd_facts *f, struct nd_report *out);
/* What is wrong with the policy file itself, and which of its [ignore] lines have ended. */
void nd_policy_tell_faults(const struct nd_policy *policy, struct nd_report *out);
void nd_policy_tell_ends(const struct nd_policy *policy, guint32 today, struct nd_report *out);

#endif
