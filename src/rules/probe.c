#include "rules/checks.h"

/* What the probe found: one function for every row, because the outcome names the row. Registries that
 * fail at the same proxy, or through the same CA, are one finding with several targets. */

static const struct nd_attempt *deciding(const struct nd_registry_facts *r)
{
	const struct nd_probe_result *probe = r->probe;

	/* A registry that wants credentials is judged by the request that carried them; and npm sends a
	 * rejected credential with every request, so it breaks what would be served without. */
	if (probe->authenticated.tried && (probe->state == ND_CREDENTIAL_REJECTED ||
		nd_outcome_rule(&probe->main, r) != ND_RULE_COUNT))
		return &probe->authenticated;
	return &probe->main;
}

static bool blames_proxy(enum nd_rule rule, const struct nd_attempt *a)
{
	return g_str_has_prefix(nd_rule_row(rule)->slug, "proxy-") || a->ending == ND_END_NO_PORT ||
		a->stage == ND_STAGE_PROXY_TLS;
}

static const char *issuer_of(const struct nd_attempt *a)
{
	const GPtrArray *chain = a->tls.chain;
	const struct nd_cert *last = chain && chain->len ? chain->pdata[chain->len - 1] : NULL;

	if (!last)
		return NULL;
	return last->issuer_name ? last->issuer_name : last->issuer;
}

/* What two registries must share for their failures to be one. Owned by the caller. */
static char *cause(enum nd_rule rule, const struct nd_registry_facts *r)
{
	const struct nd_attempt *a = deciding(r);

	if (blames_proxy(rule, a) && rule != ND_RULE_PROXY_FORBIDDEN &&
		rule != ND_RULE_PROXY_UPSTREAM_FAILED)
		return nd_proxy_label(r->proxy);
	if (rule == ND_RULE_TLS_INTERCEPTED && issuer_of(a))
		return g_strconcat("ca ", issuer_of(a), NULL);
	return g_strdup(r->url);
}

static char *proxy_host(const struct nd_registry_facts *r)
{
	const struct nd_url *url = r->proxy->url;

	return g_strdup_printf("%s:%d", url->host, nd_url_port(url));
}

static const char *ending_text(const struct nd_attempt *a)
{
	switch (a->ending) {
	case ND_END_RESET:
		return "by a reset (RST)";
	case ND_END_CLOSED:
		return "by closing it (FIN)";
	default:
		return "without an answer";
	}
}

static struct nd_finding *say_proxy(struct nd_report *out, enum nd_rule rule,
	const struct nd_registry_facts *r, const struct nd_attempt *a)
{
	g_autofree char *proxy = proxy_host(r);
	int status = a->connect_status ? a->connect_status : a->status;

	switch (rule) {
	case ND_RULE_PROXY_UNRESOLVABLE:
		return nd_finding_add(out, rule, "the proxy's name %s does not resolve", r->proxy->url->host);
	case ND_RULE_PROXY_REFUSED:
		return nd_finding_add(out, rule, "nothing listens at the proxy %s", proxy);
	case ND_RULE_PROXY_TIMEOUT:
		return nd_finding_add(out, rule, "the proxy %s does not answer", proxy);
	case ND_RULE_PROXY_UNREACHABLE:
		return nd_finding_add(out, rule, "there is no route to the proxy %s", proxy);
	case ND_RULE_PROXY_RESET:
		return nd_finding_add(out, rule, "the proxy %s ends the connection %s", proxy,
			ending_text(a));
	case ND_RULE_PROXY_NOT_A_PROXY:
		return nd_finding_add(out, rule, "what listens at %s is no HTTP proxy", proxy);
	case ND_RULE_PROXY_SCHEME_MISMATCH:
		return nd_finding_add(out, rule, "the proxy %s does not speak %s", proxy,
			r->proxy->url->scheme);
	case ND_RULE_PROXY_AUTH_REQUIRED:
		return nd_finding_add(out, rule, "the proxy %s wants credentials and none are configured",
			proxy);
	case ND_RULE_PROXY_AUTH_REJECTED:
		return nd_finding_add(out, rule, "the proxy %s rejects the user or the password", proxy);
	case ND_RULE_PROXY_AUTH_UNSUPPORTED:
		return nd_finding_add(out, rule, "the proxy %s offers no authentication that npm can do",
			proxy);
	case ND_RULE_PROXY_FORBIDDEN:
		return nd_finding_add(out, rule, "the proxy %s refuses %s (%d)", proxy, r->url, status);
	case ND_RULE_PROXY_UPSTREAM_FAILED:
		return nd_finding_add(out, rule, "the proxy %s cannot reach %s", proxy, r->url);
	default:
		return nd_finding_add(out, rule, "%s: %s", proxy, nd_rule_row(rule)->summary);
	}
}

static struct nd_finding *say_answer(struct nd_report *out, enum nd_rule rule,
	const struct nd_registry_facts *r, const struct nd_attempt *a)
{
	switch (rule) {
	case ND_RULE_REGISTRY_AUTH_REQUIRED:
		return nd_finding_add(out, rule, "%s wants credentials (%d) and npm sends none", r->url,
			a->status);
	case ND_RULE_REGISTRY_AUTH_REJECTED:
		return nd_finding_add(out, rule, "%s rejects the credentials (%d)", r->url, a->status);
	case ND_RULE_REGISTRY_FORBIDDEN:
		return nd_finding_add(out, rule, "%s forbids access (%d)", r->url, a->status);
	case ND_RULE_REGISTRY_UNAVAILABLE:
		return nd_finding_add(out, rule, "%s is out of order (%d)", r->url, a->status);
	default:
		if (a->location)
			return nd_finding_add(out, rule, "what answers at %s is no npm registry: it "
				"redirects elsewhere (%d)", r->url, a->status);
		return nd_finding_add(out, rule, "what answers at %s is no npm registry (%d, %s)", r->url,
			a->status, a->content_type ? a->content_type : "no content type");
	}
}

static char *date_of(int64_t seconds)
{
	g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(seconds);

	return date ? g_date_time_format(date, "%Y-%m-%d") : g_strdup("an impossible date");
}

static struct nd_finding *say_tls(struct nd_report *out, enum nd_rule rule, const char *peer,
	const struct nd_tls_facts *tls)
{
	const struct nd_cert *leaf = tls->chain && tls->chain->len ? tls->chain->pdata[0] : NULL;
	const struct nd_cert *last = leaf ? tls->chain->pdata[tls->chain->len - 1] : NULL;
	g_autofree char *names = leaf ? g_strjoinv(", ", leaf->names) : g_strdup("");
	g_autofree char *from = date_of(leaf ? leaf->not_before : 0);
	g_autofree char *until = date_of(leaf ? leaf->not_after : 0);

	switch (rule) {
	case ND_RULE_TLS_INTERCEPTED:
		return nd_finding_add(out, rule, "%s shows a certificate of a CA that npm does not trust: %s",
			peer, last && last->issuer_name ? last->issuer_name : "unnamed");
	case ND_RULE_TLS_SELF_SIGNED:
		return nd_finding_add(out, rule, "%s shows a self-signed certificate", peer);
	case ND_RULE_TLS_INCOMPLETE_CHAIN:
		return nd_finding_add(out, rule, "%s does not send the certificate of its issuer: %s", peer,
			leaf && leaf->issuer_name ? leaf->issuer_name : "unnamed");
	case ND_RULE_TLS_EXPIRED:
		if (tls->npm == ND_VERDICT_NOT_YET_VALID)
			return nd_finding_add(out, rule, "the certificate of %s is valid only from %s", peer,
				from);
		return nd_finding_add(out, rule, "the certificate of %s has expired on %s", peer, until);
	case ND_RULE_TLS_HOSTNAME_MISMATCH:
		return nd_finding_add(out, rule, "the certificate of %s is for other names: %s", peer,
			*names ? names : "none");
	default:
		return nd_finding_add(out, rule, "%s: no TLS connection comes about", peer);
	}
}

static struct nd_finding *say(struct nd_report *out, enum nd_rule rule,
	const struct nd_registry_facts *r, const struct nd_attempt *a)
{
	switch (rule) {
	case ND_RULE_REGISTRY_UNRESOLVABLE:
		return nd_finding_add(out, rule, "the registry's name %s does not resolve",
			r->registry->url->host);
	case ND_RULE_REGISTRY_REFUSED:
		return nd_finding_add(out, rule, "nothing listens at the registry %s", r->url);
	case ND_RULE_REGISTRY_TIMEOUT:
		return nd_finding_add(out, rule, "the registry %s does not answer", r->url);
	case ND_RULE_REGISTRY_UNREACHABLE:
		return nd_finding_add(out, rule, "there is no route to the registry %s", r->url);
	case ND_RULE_REGISTRY_RESET:
		return nd_finding_add(out, rule, "the connection to %s is ended %s, %s", r->url,
			ending_text(a), a->stage == ND_STAGE_TLS ? "during the TLS handshake" :
			a->stage == ND_STAGE_CONTENT ? "in the middle of the answer" : "before the answer");
	case ND_RULE_LOCAL_PORTS_EXHAUSTED:
		return nd_finding_add(out, rule, "this machine has no local port left for %s", r->url);
	default:
		return say_answer(out, rule, r, a);
	}
}

static bool is_tls_rule(enum nd_rule rule)
{
	return g_str_has_prefix(nd_rule_row(rule)->slug, "tls-");
}

/* The npm code that this verdict gives: one row stands for several. */
static const char *npm_code(enum nd_rule rule, const struct nd_attempt *a)
{
	static const char *const codes[] = {
		[ND_VERDICT_SELF_SIGNED] = "DEPTH_ZERO_SELF_SIGNED_CERT",
		[ND_VERDICT_ROOT_UNKNOWN] = "SELF_SIGNED_CERT_IN_CHAIN",
		[ND_VERDICT_LEAF_ONLY] = "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
		[ND_VERDICT_ISSUER_UNKNOWN] = "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
		[ND_VERDICT_EXPIRED] = "CERT_HAS_EXPIRED",
		[ND_VERDICT_NOT_YET_VALID] = "CERT_NOT_YET_VALID",
		[ND_VERDICT_WRONG_NAME] = "ERR_TLS_CERT_ALTNAME_INVALID",
		[ND_VERDICT_OTHER] = NULL,
	};
	enum nd_verdict verdict = a->stage == ND_STAGE_PROXY_TLS ? a->proxy_tls.npm : a->tls.npm;

	if (is_tls_rule(rule) && a->ending == ND_END_UNTRUSTED && codes[verdict])
		return codes[verdict];
	return *nd_rule_row(rule)->npm ? nd_rule_row(rule)->npm : NULL;
}

static void add_evidence(struct nd_finding *finding, const struct nd_registry_facts *r,
	const struct nd_attempt *a)
{
	int status = a->connect_status && a->connect_status != 200 ? a->connect_status : a->status;

	if (status)
		nd_finding_number(finding, "httpStatus", status);
	nd_finding_list(finding, "offered", a->proxy_offers);
	if (r->probe->proxy_authenticated)
		nd_finding_text(finding, "sent", "Basic");
	nd_finding_text(finding, "reason", a->proxy_reason ? a->proxy_reason : a->reason);
	nd_finding_text(finding, "location", a->location);
	nd_finding_text(finding, "remoteAddress", a->remote_address);
	if (a->proxy_reason)
		nd_finding_note(finding, "the proxy says: %s", a->proxy_reason);
	else if (a->reason)
		nd_finding_note(finding, "it says: %s", a->reason);
}

static void add_chain(struct nd_finding *finding, const struct nd_tls_facts *tls)
{
	const struct nd_cert *leaf;

	if (!tls->chain || !tls->chain->len)
		return;
	leaf = tls->chain->pdata[0];
	nd_finding_text(finding, "subject", leaf->subject);
	nd_finding_text(finding, "issuer", leaf->issuer);
	nd_finding_text(finding, "sha256", leaf->sha256);
	if (tls->npm != ND_VERDICT_OK && tls->system == ND_VERDICT_OK)
		nd_finding_note(finding, "the system trusts it; npm does not look into the system's store");
}

static void locate(const struct nd_facts *f, enum nd_rule rule, const struct nd_registry_facts *r,
	struct nd_finding *finding)
{
	const struct nd_attempt *a = deciding(r);

	if (blames_proxy(rule, a) && nd_proxy_used(r->proxy))
		nd_locate_proxy(f, r, &finding->where);
	else if (rule == ND_RULE_REGISTRY_AUTH_REJECTED)
		nd_facts_locate(f, r->credentials->setting, 0, 0, &finding->where);
	else
		nd_facts_locate(f, r->registry->setting, 0, 0, &finding->where);
}

static struct nd_finding *report(const struct nd_facts *f, enum nd_rule rule,
	const struct nd_registry_facts *r, struct nd_report *out)
{
	const struct nd_attempt *a = deciding(r);
	bool proxy_tls = a->stage == ND_STAGE_PROXY_TLS;
	const struct nd_tls_facts *tls = proxy_tls ? &a->proxy_tls : &a->tls;
	g_autofree char *peer = proxy_tls ? proxy_host(r) : g_strdup(r->url);
	struct nd_finding *finding;

	if (is_tls_rule(rule))
		finding = say_tls(out, rule, peer, tls);
	else if (blames_proxy(rule, a) && nd_proxy_used(r->proxy))
		finding = say_proxy(out, rule, r, a);
	else
		finding = say(out, rule, r, a);
	nd_finding_help(finding, "%s", nd_rule_row(rule)->how);
	nd_finding_npm(finding, npm_code(rule, a));
	locate(f, rule, r, finding);
	add_evidence(finding, r, a);
	add_chain(finding, tls);
	if (rule == ND_RULE_REGISTRY_AUTH_REJECTED && nd_outcome_rule(&r->probe->main, r) == ND_RULE_COUNT)
		nd_finding_note(finding, "without credentials it answers: the stale credential breaks even "
			"public packages");
	if (blames_proxy(rule, a) && r->probe->direct.tried &&
		nd_outcome_rule(&r->probe->direct, r) == ND_RULE_COUNT)
		nd_finding_note(finding, "%s answers without the proxy: the setting is a left-over", r->url);
	return finding;
}

/* The public roots would do but ca or cafile has replaced them: that is the cause (ca-replaces-roots). */
static bool roots_replaced(const struct nd_facts *f, const struct nd_registry_facts *r)
{
	const struct nd_tls_facts *tls = &deciding(r)->tls;

	return f->trust->roots_setting && tls->seen && tls->npm != ND_VERDICT_OK &&
		tls->public_roots == ND_VERDICT_OK;
}

void nd_check_probe(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (guint i = 0; i < f->registries->len; i++) {
		const struct nd_registry_facts *r = f->registries->pdata[i];
		struct nd_finding *finding;
		g_autofree char *proxy = NULL;
		char *key;

		if (!r->probe || nd_outcome_rule(deciding(r), r) != rule || roots_replaced(f, r))
			continue;
		key = cause(rule, r);
		finding = g_hash_table_lookup(known, key);
		if (!finding)
			finding = report(f, rule, r, out);
		if (nd_proxy_used(r->proxy))
			proxy = nd_proxy_label(r->proxy);
		nd_finding_target(finding, r->url, proxy);
		g_hash_table_replace(known, key, finding);
	}
}
