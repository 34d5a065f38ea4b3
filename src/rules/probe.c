#include "rules/probe.h"

#include <npmrc-doctor/hash.h>

/* What the probe found: one function for every row, because the outcome names the row. Registries that
 * fail at the same proxy, at the same host or through the same CA are one finding with several targets. */

/* What two registries must share for their failures to be one. Owned by the caller. */
static char *cause(const struct nd_facts *f, enum nd_rule rule, const struct nd_registry_facts *r)
{
	const struct nd_attempt *a = nd_deciding(r);
	const struct nd_url *url = r->registry->url;
	const char *ca = nd_issuer_of(nd_tls_of(a));

	if (rule == ND_RULE_LOCAL_PORTS_EXHAUSTED)
		return g_strdup("");
	if (nd_blames_proxy(rule, a) && rule != ND_RULE_PROXY_FORBIDDEN &&
		rule != ND_RULE_PROXY_UPSTREAM_FAILED && !nd_proxy_serves_others(f, rule, r))
		return nd_proxy_label(r->proxy);
	if (rule == ND_RULE_TLS_INTERCEPTED && ca)
		return g_strconcat("ca ", ca, NULL);
	/* What has not come as far as an answer is about the host, whatever the path. */
	if (a->ending != ND_END_ANSWERED)
		return g_strdup_printf("%s//%s:%d", url->scheme, url->host, nd_url_port(url));
	return g_strdup(r->url);
}

static void locate(const struct nd_facts *f, enum nd_rule rule, const struct nd_registry_facts *r,
	struct nd_finding *finding)
{
	if (nd_blames_proxy(rule, nd_deciding(r)) && nd_proxy_used(r->proxy))
		nd_locate_proxy(f, r, &finding->where);
	else if (rule == ND_RULE_REGISTRY_AUTH_REJECTED && r->credentials->setting)
		nd_facts_locate(f, r->credentials->setting, 0, 0, &finding->where);
	else
		nd_locate_registry(f, r, &finding->where);
}

/* An install fails for certain, or only what can be seen without a package looks strange. */
static void weigh(enum nd_rule rule, const struct nd_attempt *a, struct nd_finding *finding)
{
	bool page = a->html || a->location || a->truncated;

	if (rule == ND_RULE_REGISTRY_NOT_A_REGISTRY && a->ending == ND_END_ANSWERED && !a->packument && !page)
		finding->severity = ND_WARNING;
}

static struct nd_finding *report(const struct nd_facts *f, enum nd_rule rule,
	const struct nd_registry_facts *r, struct nd_report *out)
{
	const struct nd_attempt *a = nd_deciding(r);
	g_autofree char *code = nd_npm_code(f, rule, r);
	struct nd_finding *finding = nd_probe_say(f, out, rule, r, a);

	nd_probe_help(f, finding, r, a);
	nd_finding_npm(finding, code);
	locate(f, rule, r, finding);
	weigh(rule, a, finding);
	nd_probe_notes(f, finding, r, a);
	nd_probe_patience(f, finding, r, a);
	return finding;
}

/* The public roots would do but ca or cafile has replaced them: that is the cause (ca-replaces-roots). */
static bool roots_replaced(const struct nd_facts *f, const struct nd_registry_facts *r)
{
	const struct nd_tls_facts *tls = &nd_deciding(r)->tls;

	return f->trust->roots_setting && tls->seen && tls->npm != ND_VERDICT_OK &&
		tls->public_roots == ND_VERDICT_OK;
}

/* npm copes, being told of the CA, but the host is one that only public CAs certify. */
static bool is_silently_intercepted(enum nd_rule rule, const struct nd_registry_facts *r)
{
	const struct nd_tls_facts *tls = &r->probe->main.tls;

	return rule == ND_RULE_TLS_INTERCEPTED && tls->seen && tls->npm == ND_VERDICT_OK &&
		tls->public_roots != ND_VERDICT_UNKNOWN && tls->public_roots != ND_VERDICT_OK;
}

static void say_intercepted(const struct nd_facts *f, enum nd_rule rule, const struct nd_registry_facts *r,
	struct nd_report *out)
{
	const struct nd_tls_facts *tls = &r->probe->main.tls;
	const char *ca = nd_issuer_of(tls);
	struct nd_finding *finding = nd_finding_add(out, rule,
		"%s is intercepted: its certificate comes from %s, which is no public CA", r->url,
		ca ? ca : "an unnamed CA");

	finding->severity = ND_WARNING;
	nd_finding_help(finding, "npm trusts that CA because it was told to: check that it is your "
		"company's");
	nd_locate_registry(f, r, &finding->where);
	nd_finding_target(finding, r->url, NULL);
	nd_probe_notes(f, finding, r, &r->probe->main);
}

static void check_registry(const struct nd_facts *f, enum nd_rule rule, const struct nd_registry_facts *r,
	GHashTable *known, struct nd_report *out)
{
	char *key = cause(f, rule, r);
	g_autofree char *proxy = nd_proxy_used(r->proxy) ? nd_proxy_label(r->proxy) : NULL;
	struct nd_finding *finding = g_hash_table_lookup(known, key);

	if (!finding)
		finding = report(f, rule, r, out);
	nd_finding_target(finding, r->url, proxy);
	g_hash_table_replace(known, key, finding);
}

static const char *held_reason(const struct nd_registry_facts *r)
{
	if (r->probe->main.unverified)
		return "its certificate fails verification";
	if (r->in_clear)
		return "over plain http everyone on the path would read them";
	return r->probe->main.location ? "it redirects, and none are sent after a redirect" :
		"its address is not this machine's, and over plain http everyone on the path would read them";
}

/* Credentials that were not tried though the registry answered. */
static void note_held_back(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	for (guint i = 0; i < f->registries->len; i++) {
		const struct nd_registry_facts *r = f->registries->pdata[i];
		const struct nd_attempt *a = r->probe ? &r->probe->main : NULL;

		if (!a || !nd_held_back(r) || a->ending != ND_END_ANSWERED)
			continue;
		if (r->in_clear || a->unverified || nd_undecided(a, r))
			nd_leave_unchecked(
				out, rule, "the credentials for %s were not sent: %s", r->url, held_reason(r));
	}
}

/* A verdict that rests on roots which may not be npm's is said to. */
static void note_stand_in(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	for (guint i = 0; i < f->registries->len; i++) {
		const struct nd_registry_facts *r = f->registries->pdata[i];

		if (!r->probe || !r->probe->main.tls.stand_in || r->probe->main.tls.npm != ND_VERDICT_OK)
			continue;
		nd_leave_unchecked(out, rule,
			"node could not be asked for its roots: the system's Mozilla bundle stood in "
			"for them");
		return;
	}
}

void nd_check_probe(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	g_autoptr(GHashTable) known = g_hash_table_new_full(nd_hash_text, g_str_equal, g_free, NULL);

	for (guint i = 0; i < f->registries->len; i++) {
		const struct nd_registry_facts *r = f->registries->pdata[i];

		if (!r->probe || nd_needs_proxy(r))
			continue;
		if (is_silently_intercepted(rule, r))
			say_intercepted(f, rule, r, out);
		else if (nd_registry_outcome(f, r) == rule && !roots_replaced(f, r))
			check_registry(f, rule, r, known, out);
	}
	if (rule == ND_RULE_TLS_INTERCEPTED && f->trust->no_start)
		nd_leave_unchecked(out, rule,
			"node does not start with %s, and so neither does npm: what it would trust "
			"cannot be said",
			f->trust->no_start);
	else if (rule == ND_RULE_TLS_INTERCEPTED)
		note_stand_in(f, rule, out);
	if (rule == ND_RULE_REGISTRY_AUTH_REJECTED)
		note_held_back(f, rule, out);
}
