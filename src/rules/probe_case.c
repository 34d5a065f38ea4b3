#include "rules/probe.h"

/* What a failure is a case of, read off the facts alone. */

const struct nd_attempt *nd_deciding(const struct nd_registry_facts *r)
{
	const struct nd_probe_result *probe = r->probe;

	/* A registry that wants credentials is judged by the request that carried them; and npm sends a
	 * rejected credential with every request, so it breaks what would be served without. */
	if (probe->authenticated.tried && (probe->state == ND_CREDENTIAL_REJECTED ||
		nd_outcome_rule(&probe->main, r) != ND_RULE_COUNT))
		return &probe->authenticated;
	return &probe->main;
}

bool nd_blames_proxy(enum nd_rule rule, const struct nd_attempt *a)
{
	return g_str_has_prefix(nd_rule_row(rule)->slug, "proxy-") || a->stage == ND_STAGE_PROXY_CONNECT ||
		a->stage == ND_STAGE_PROXY_TLS;
}

bool nd_is_tls_rule(enum nd_rule rule)
{
	return g_str_has_prefix(nd_rule_row(rule)->slug, "tls-");
}

bool nd_reached(const struct nd_attempt *a)
{
	return a->tried && (a->stage == ND_STAGE_DONE ||
		(a->stage == ND_STAGE_CONTENT && a->ending == ND_END_ANSWERED && !a->html &&
			(a->status == 401 || a->status == 403 || a->json)));
}

const struct nd_tls_facts *nd_tls_of(const struct nd_attempt *a)
{
	return a->stage == ND_STAGE_PROXY_TLS ? &a->proxy_tls : &a->tls;
}

const char *nd_issuer_of(const struct nd_tls_facts *tls)
{
	const struct nd_cert *last = tls->chain && tls->chain->len ?
		tls->chain->pdata[tls->chain->len - 1] : NULL;

	if (!last)
		return NULL;
	return last->issuer_name ? last->issuer_name : last->issuer;
}

bool nd_connect_blocked(enum nd_rule rule, const struct nd_registry_facts *r)
{
	const struct nd_attempt *a = nd_deciding(r);

	return (rule == ND_RULE_PROXY_FORBIDDEN || rule == ND_RULE_PROXY_RESET || rule == ND_RULE_PROXY_TIMEOUT) &&
		a->stage == ND_STAGE_PROXY_TUNNEL && a->connect_status != 200 &&
		g_str_has_prefix(r->url, "https:") && nd_reached(&r->probe->other);
}

bool nd_answers_directly(enum nd_rule rule, const struct nd_registry_facts *r)
{
	return rule != ND_RULE_PROXY_SCHEME_MISMATCH && nd_blames_proxy(rule, nd_deciding(r)) &&
		nd_reached(&r->probe->direct);
}

bool nd_is_left_over(const struct nd_facts *f, enum nd_rule rule, const struct nd_registry_facts *r)
{
	return nd_answers_directly(rule, r) && rule != ND_RULE_PROXY_FORBIDDEN &&
		rule != ND_RULE_PROXY_UPSTREAM_FAILED && !nd_proxy_serves_others(f, rule, r);
}

/* The proxy has done its part. */
static bool let_through(const struct nd_attempt *a)
{
	return a->tried && (a->stage == ND_STAGE_DONE || a->stage >= ND_STAGE_TLS);
}

static bool was_asked_through(const struct nd_registry_facts *r, const char *proxy)
{
	g_autofree char *label = r->probe && nd_proxy_used(r->proxy) ? nd_proxy_label(r->proxy) : NULL;

	return label && g_str_equal(label, proxy);
}

bool nd_proxy_serves_others(const struct nd_facts *f, enum nd_rule rule, const struct nd_registry_facts *r)
{
	bool https = g_str_has_prefix(r->url, "https:"), served = false;
	g_autofree char *own = nd_proxy_used(r->proxy) ? nd_proxy_label(r->proxy) : NULL;

	if (!own || nd_deciding(r)->stage != ND_STAGE_PROXY_TUNNEL || nd_connect_blocked(rule, r) ||
		(rule != ND_RULE_PROXY_TIMEOUT && rule != ND_RULE_PROXY_RESET))
		return false;
	for (guint i = 0; !served && i < f->registries->len; i++) {
		const struct nd_registry_facts *one = f->registries->pdata[i];
		bool one_https = g_str_has_prefix(one->url, "https:");

		if (!was_asked_through(one, own))
			continue;
		/* A proxy that serves plain requests may still have no CONNECT for anybody. */
		served = (let_through(&one->probe->main) && (one_https || !https)) ||
			(let_through(&one->probe->other) && (!one_https || !https));
	}
	return served;
}

enum nd_rule nd_registry_outcome(const struct nd_facts *f, const struct nd_registry_facts *r)
{
	const struct nd_attempt *a = nd_deciding(r);
	enum nd_rule rule = nd_outcome_rule(a, r);
	g_autofree char *own = nd_proxy_used(r->proxy) ? nd_proxy_label(r->proxy) : NULL;

	if (!own || rule == ND_RULE_COUNT || !a->html || a->stage != ND_STAGE_CONTENT || nd_is_socks(r) ||
		!g_str_has_prefix(r->url, "http:"))
		return rule;
	for (guint i = 0; i < f->registries->len; i++) {
		const struct nd_registry_facts *one = f->registries->pdata[i];

		if (was_asked_through(one, own) &&
			nd_outcome_rule(nd_deciding(one), one) == ND_RULE_PROXY_NOT_A_PROXY)
			return ND_RULE_PROXY_NOT_A_PROXY;
	}
	return rule;
}

bool nd_lookup_failed(const struct nd_attempt *a)
{
	return a->no_name_server || ((a->stage == ND_STAGE_DNS || a->stage == ND_STAGE_PROXY_DNS) &&
		a->ending == ND_END_SILENT);
}

bool nd_is_socks(const struct nd_registry_facts *r)
{
	return nd_proxy_used(r->proxy) && g_str_has_prefix(r->proxy->url->scheme, "socks");
}

char *nd_proxy_host(const struct nd_registry_facts *r)
{
	const struct nd_url *url = r->proxy->url;

	return g_strdup_printf("%s:%d", url->host, nd_url_port(url));
}
