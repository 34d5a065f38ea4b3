#include "rules/probe.h"

/* The way to a registry, stop by stop. */

static void hop_free(gpointer data)
{
	struct nd_hop_ref *hop = data;

	g_free(hop->name);
	g_free(hop);
}

static struct nd_hop_ref *add(GPtrArray *hops, char *name, double ms)
{
	struct nd_hop_ref *hop = g_new0(struct nd_hop_ref, 1);

	hop->name = name;
	hop->ms = ms;
	g_ptr_array_add(hops, hop);
	return hop;
}

static char *name_of(const struct nd_url *url)
{
	return g_strdup_printf("%s:%d", url->host, nd_url_port(url));
}

static double sum(double a, double b)
{
	return a < 0 && b < 0 ? -1 : MAX(a, 0) + MAX(b, 0);
}

/* What the proxy says about the registry is no fault of the proxy's own hop. */
static bool breaks_at_proxy(const struct nd_facts *f, const struct nd_registry_facts *r,
	const struct nd_attempt *a, enum nd_rule rule)
{
	return ((a->stage >= ND_STAGE_PROXY_DNS && a->stage <= ND_STAGE_PROXY_TUNNEL) ||
			rule == ND_RULE_PROXY_NOT_A_PROXY) &&
		rule != ND_RULE_PROXY_UPSTREAM_FAILED && rule != ND_RULE_PROXY_FORBIDDEN &&
		!nd_proxy_serves_others(f, rule, r);
}

void nd_describe_hops(const struct nd_facts *f, const struct nd_registry_facts *r,
	struct nd_registry_ref *out)
{
	const struct nd_attempt *a = r->probe ? nd_deciding(r) : NULL;
	const struct nd_timings *t = a ? &a->timings : NULL;
	enum nd_rule rule = a ? nd_registry_outcome(f, r) : ND_RULE_COUNT;
	bool proxied = nd_proxy_used(r->proxy), at_proxy;

	if (!a || !a->tried)
		return;
	at_proxy = proxied && breaks_at_proxy(f, r, a, rule);
	out->hops = g_ptr_array_new_with_free_func(hop_free);
	add(out->hops, g_strdup("this machine"), -1);
	if (proxied)
		add(out->hops, name_of(r->proxy->url), sum(t->dns_ms, t->connect_ms))->broken =
			at_proxy && rule != ND_RULE_COUNT;
	add(out->hops, name_of(r->registry->url), at_proxy ? -1 : proxied ?
		sum(t->proxy_ms, t->tls_ms) : sum(sum(t->dns_ms, t->connect_ms), t->tls_ms))->broken =
		!at_proxy && rule != ND_RULE_COUNT;
}
