#ifndef ND_RULES_PROBE_H
#define ND_RULES_PROBE_H

#include "rules/checks.h"

/* What the rules about the probe share. */

/* Whether the setting of the proxy, not that of the registry, is to be looked at. */
bool nd_blames_proxy(enum nd_rule rule, const struct nd_attempt *a);
bool nd_is_tls_rule(enum nd_rule rule);
/* Whether something that could be the registry answered, if only to ask for credentials. */
bool nd_reached(const struct nd_attempt *a);
/* The TLS facts of the hop at which the attempt ended. */
const struct nd_tls_facts *nd_tls_of(const struct nd_attempt *a);
/* The name of the CA at the top of what was sent, or NULL. */
const char *nd_issuer_of(const struct nd_tls_facts *tls);
/* The proxy refuses https alone: over http the same registry answers through it. */
bool nd_connect_blocked(enum nd_rule rule, const struct nd_registry_facts *r);
/* The registry answers past a proxy that is at fault. */
bool nd_answers_directly(enum nd_rule rule, const struct nd_registry_facts *r);
/* And nothing shows that the proxy serves anybody: its setting is what is left of another network. */
bool nd_is_left_over(const struct nd_facts *f, enum nd_rule rule, const struct nd_registry_facts *r);

/* It fails for this registry, and in the same run it has let others through: what it does not do is about
 * this registry. */
bool nd_proxy_serves_others(const struct nd_facts *f, enum nd_rule rule, const struct nd_registry_facts *r);

/* The name was not looked up to the end: no name server has answered. */
bool nd_lookup_failed(const struct nd_attempt *a);
bool nd_is_socks(const struct nd_registry_facts *r);

/* host:port of the proxy; owned by the caller. */
char *nd_proxy_host(const struct nd_registry_facts *r);
char *nd_date_text(int64_t seconds);
/* The names that a certificate is for, the first few of them; owned by the caller. */
char *nd_names_text(const struct nd_cert *cert);

/* The sentence that says what is wrong. */
struct nd_finding *nd_probe_say(const struct nd_facts *f, struct nd_report *out, enum nd_rule rule,
	const struct nd_registry_facts *r, const struct nd_attempt *a);
/* What can be done, for this very case. */
void nd_probe_help(const struct nd_facts *f, struct nd_finding *finding, const struct nd_registry_facts *r,
	const struct nd_attempt *a);
/* The facts behind it, and what else follows from them. */
void nd_probe_notes(const struct nd_facts *f, struct nd_finding *finding,
	const struct nd_registry_facts *r, const struct nd_attempt *a);
/* The head of an answer came and the rest did not: npm tries nothing again. */
bool nd_breaks_off(const struct nd_attempt *a);
/* How long npm itself would take to fail like this. */
void nd_probe_patience(const struct nd_facts *f, struct nd_finding *finding,
	const struct nd_registry_facts *r, const struct nd_attempt *a);
/* The code with which npm gives up where it meets silence, static; NULL: it does not, the system does. */
const char *nd_timeout_code(const struct nd_facts *f, const struct nd_registry_facts *r,
	const struct nd_attempt *a);
/* Adds an edit of the scheme with which a setting's line begins, where it stands there as it is. */
void nd_mend_scheme(const struct nd_facts *f, struct nd_finding *finding, const struct nd_setting *setting,
	const char *from, const char *to);
#endif
