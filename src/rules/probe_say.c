#include "rules/probe.h"

/* The one sentence of each finding of the probe. */

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

static struct nd_finding *say_mismatch(struct nd_report *out, enum nd_rule rule,
	const struct nd_registry_facts *r, const char *proxy)
{
	if (r->probe->proxy_speaks_tls)
		return nd_finding_add(out, rule, "the proxy %s speaks TLS, but its URL says http://", proxy);
	return nd_finding_add(out, rule, "the proxy %s speaks plain HTTP, but its URL says https://", proxy);
}

static struct nd_finding *say_proxy_answer(struct nd_report *out, enum nd_rule rule,
	const struct nd_registry_facts *r, const struct nd_attempt *a)
{
	g_autofree char *proxy = nd_proxy_host(r);
	int status = nd_answer_status(a);

	switch (rule) {
	case ND_RULE_PROXY_AUTH_REQUIRED:
		return nd_finding_add(out, rule, "the proxy %s wants credentials and none are configured",
			proxy);
	case ND_RULE_PROXY_AUTH_REJECTED:
		return nd_finding_add(out, rule, "the proxy %s rejects the user or the password", proxy);
	case ND_RULE_PROXY_AUTH_UNSUPPORTED:
		return nd_finding_add(out, rule, "the proxy %s offers no authentication that npm can do",
			proxy);
	case ND_RULE_PROXY_FORBIDDEN:
		return nd_finding_add(out, rule, status ? "the proxy %s refuses %s (%d)" :
			"the proxy %s refuses %s", proxy, r->url, status);
	case ND_RULE_PROXY_UPSTREAM_FAILED:
		return nd_finding_add(out, rule, status ? "the proxy %s cannot reach %s (%d)" :
			"the proxy %s cannot reach %s", proxy, r->url, status);
	default:
		return nd_finding_add(out, rule, "%s: %s", proxy, nd_rule_row(rule)->summary);
	}
}

/* A proxy that is there and silent is another thing than one that is not. */
static struct nd_finding *say_silent_proxy(struct nd_report *out, enum nd_rule rule,
	const struct nd_registry_facts *r, const struct nd_attempt *a)
{
	g_autofree char *proxy = nd_proxy_host(r);
	const char *what = g_str_has_prefix(r->url, "https:") ? "CONNECT" : "the request";

	if (a->stage != ND_STAGE_PROXY_TLS && a->stage != ND_STAGE_PROXY_TUNNEL)
		return nd_finding_add(out, rule, "the proxy %s does not answer", proxy);
	if (a->stage == ND_STAGE_PROXY_TLS)
		what = "the TLS greeting";
	else if (nd_is_socks(r))
		what = "the SOCKS greeting";
	return nd_finding_add(out, rule, "the proxy %s accepts the connection but does not answer %s", proxy,
		what);
}

static struct nd_finding *say_proxy(const struct nd_facts *f, struct nd_report *out, enum nd_rule rule,
	const struct nd_registry_facts *r, const struct nd_attempt *a)
{
	g_autofree char *proxy = nd_proxy_host(r);

	if (nd_proxy_serves_others(f, rule, r) && a->ending == ND_END_SILENT)
		return nd_finding_add(out, rule, "the proxy %s serves others but does not answer for %s", proxy,
			r->url);
	if (nd_proxy_serves_others(f, rule, r))
		return nd_finding_add(out, rule, "the proxy %s serves others but ends the connection for %s %s",
			proxy, r->url, ending_text(a));

	switch (rule) {
	case ND_RULE_PROXY_UNRESOLVABLE:
		return nd_finding_add(out, rule, nd_lookup_failed(a) ?
			"the proxy's name %s is not resolved: no name server answers" :
			"the proxy's name %s does not resolve", r->proxy->url->host);
	case ND_RULE_PROXY_REFUSED:
		return nd_finding_add(out, rule, "nothing listens at the proxy %s", proxy);
	case ND_RULE_PROXY_TIMEOUT:
		return say_silent_proxy(out, rule, r, a);
	case ND_RULE_PROXY_UNREACHABLE:
		return nd_finding_add(out, rule, "there is no route to the proxy %s", proxy);
	case ND_RULE_PROXY_RESET:
		return nd_finding_add(out, rule, "the proxy %s ends the connection %s", proxy,
			ending_text(a));
	case ND_RULE_PROXY_NOT_A_PROXY:
		return nd_finding_add(out, rule, "what listens at %s is no %s proxy", proxy,
			nd_is_socks(r) ? "SOCKS" : "HTTP");
	case ND_RULE_PROXY_SCHEME_MISMATCH:
		return say_mismatch(out, rule, r, proxy);
	default:
		return say_proxy_answer(out, rule, r, a);
	}
}

static struct nd_finding *say_no_registry(struct nd_report *out, enum nd_rule rule,
	const struct nd_registry_facts *r, const struct nd_attempt *a)
{
	const char *type = a->content_type ? a->content_type : "no content type";

	if (a->ending == ND_END_NOT_HTTP)
		return nd_finding_add(out, rule, "what answers at %s does not speak HTTP", r->url);
	if (a->location)
		return nd_finding_add(out, rule, "what answers at %s is no npm registry: it redirects "
			"elsewhere (%d)", r->url, a->status);
	if (a->truncated)
		return nd_finding_add(out, rule, "what answers at %s is no npm registry: its answer does "
			"not end", r->url);
	if (a->status == 511)
		return nd_finding_add(out, rule, "what answers at %s is no npm registry: the network wants a "
			"login first (511)", r->url);
	if (a->packument && a->status == 404)
		return nd_finding_add(out, rule, "%s does not have %s, which this project needs (404)",
			r->url, r->package);
	return nd_finding_add(out, rule, a->html || a->packument ?
		"what answers at %s is no npm registry (%d, %s)" :
		"what answers at %s does not look like an npm registry (%d, %s)", r->url, a->status, type);
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
		return say_no_registry(out, rule, r, a);
	}
}

char *nd_date_text(int64_t seconds)
{
	g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(seconds);

	return date ? g_date_time_format(date, "%Y-%m-%d") : g_strdup("an impossible date");
}

/* A certificate may have thousands of names. */
#define MAX_NAMES 8

char *nd_names_text(const struct nd_cert *cert)
{
	guint n = g_strv_length(cert->names);
	GString *text = g_string_new(n == 0 && cert->common_name ? cert->common_name : NULL);

	for (guint i = 0; i < MIN(n, MAX_NAMES); i++)
		g_string_append_printf(text, "%s%s", i ? ", " : "", cert->names[i]);
	if (n > MAX_NAMES)
		g_string_append_printf(text, " and %u more", n - MAX_NAMES);
	return g_string_free(text, FALSE);
}

/* The certificate of the chain that is out of its time, else the server's own. */
static const struct nd_cert *out_of_time(const struct nd_tls_facts *tls, int64_t now)
{
	for (guint i = 0; i < tls->chain->len; i++) {
		const struct nd_cert *cert = tls->chain->pdata[i];

		if (tls->npm == ND_VERDICT_NOT_YET_VALID ? cert->not_before > now : cert->not_after < now)
			return cert;
	}
	return tls->chain->pdata[0];
}

static struct nd_finding *say_expired(const struct nd_facts *f, struct nd_report *out, enum nd_rule rule,
	const char *peer, const struct nd_tls_facts *tls)
{
	const struct nd_cert *cert = out_of_time(tls, f->now);
	bool early = tls->npm == ND_VERDICT_NOT_YET_VALID;
	g_autofree char *date = nd_date_text(early ? cert->not_before : cert->not_after);
	const char *text = early ? "is valid only from" : "has expired on";

	if (cert != tls->chain->pdata[0])
		return nd_finding_add(out, rule, "the CA certificate %s, which %s sends, %s %s",
			cert->common_name ? cert->common_name : cert->subject, peer, text, date);
	return nd_finding_add(out, rule, "the certificate of %s %s %s", peer, text, date);
}

static struct nd_finding *say_handshake(struct nd_report *out, enum nd_rule rule, const char *peer,
	const struct nd_attempt *a)
{
	if (a->ending == ND_END_NOT_TLS)
		return nd_finding_add(out, rule, "%s speaks no TLS on this port", peer);
	if (a->ending == ND_END_TLS_REFUSED)
		return nd_finding_add(out, rule, "%s refuses the TLS handshake: no protocol version or cipher "
			"in common, or it wants a client certificate", peer);
	return nd_finding_add(out, rule, "%s: no TLS connection comes about", peer);
}

static struct nd_finding *say_tls(const struct nd_facts *f, struct nd_report *out, enum nd_rule rule,
	const char *peer, const struct nd_attempt *a)
{
	const struct nd_tls_facts *tls = nd_tls_of(a);
	const struct nd_cert *leaf = tls->chain && tls->chain->len ? tls->chain->pdata[0] : NULL;
	const char *ca = nd_issuer_of(tls);
	g_autofree char *names = leaf ? nd_names_text(leaf) : NULL;

	if (!leaf)
		return say_handshake(out, rule, peer, a);
	switch (rule) {
	case ND_RULE_TLS_INTERCEPTED:
		return nd_finding_add(out, rule, "%s shows a certificate of a CA that npm does not trust: %s",
			peer, ca ? ca : "unnamed");
	case ND_RULE_TLS_SELF_SIGNED:
		return nd_finding_add(out, rule, "%s shows a self-signed certificate", peer);
	case ND_RULE_TLS_INCOMPLETE_CHAIN:
		return nd_finding_add(out, rule, "%s does not send the certificate of its issuer: %s", peer,
			leaf->issuer_name ? leaf->issuer_name : "unnamed");
	case ND_RULE_TLS_EXPIRED:
		return say_expired(f, out, rule, peer, tls);
	case ND_RULE_TLS_HOSTNAME_MISMATCH:
		return nd_finding_add(out, rule, "the certificate of %s is for other names: %s", peer,
			*names ? names : "none");
	default:
		return say_handshake(out, rule, peer, a);
	}
}

static struct nd_finding *say_registry(struct nd_report *out, enum nd_rule rule,
	const struct nd_registry_facts *r, const struct nd_attempt *a)
{
	switch (rule) {
	case ND_RULE_REGISTRY_UNRESOLVABLE:
		if (*r->registry->url->host == '[')
			return nd_finding_add(out, rule, "npm looks the address %s up as a name, brackets and all",
				r->registry->url->host);
		return nd_finding_add(out, rule, nd_lookup_failed(a) ?
			"the registry's name %s is not resolved: no name server answers" :
			"the registry's name %s does not resolve", r->registry->url->host);
	case ND_RULE_REGISTRY_REFUSED:
		return nd_finding_add(out, rule, "nothing listens at the registry %s", r->url);
	case ND_RULE_REGISTRY_TIMEOUT:
		return nd_finding_add(out, rule, a->head ? "the registry %s stops in the middle of its answer" :
			"the registry %s does not answer", r->url);
	case ND_RULE_REGISTRY_UNREACHABLE:
		return nd_finding_add(out, rule, "there is no route to the registry %s", r->url);
	case ND_RULE_REGISTRY_RESET:
		return nd_finding_add(out, rule, "the connection to %s is ended %s, %s", r->url,
			ending_text(a), a->stage == ND_STAGE_TLS ? "during the TLS handshake" :
			a->status ? "in the middle of the answer" : "before the answer");
	case ND_RULE_LOCAL_PORTS_EXHAUSTED:
		return nd_finding_add(out, rule, "this machine has no local port left for %s",
			a->stage == ND_STAGE_PROXY_CONNECT ? r->proxy->url->host : r->url);
	default:
		return say_answer(out, rule, r, a);
	}
}

struct nd_finding *nd_probe_say(const struct nd_facts *f, struct nd_report *out, enum nd_rule rule,
	const struct nd_registry_facts *r, const struct nd_attempt *a)
{
	g_autofree char *peer = a->stage == ND_STAGE_PROXY_TLS ? nd_proxy_host(r) : g_strdup(r->url);

	if (nd_is_tls_rule(rule))
		return say_tls(f, out, rule, peer, a);
	if (g_str_has_prefix(nd_rule_row(rule)->slug, "proxy-") && nd_proxy_used(r->proxy))
		return say_proxy(f, out, rule, r, a);
	return say_registry(out, rule, r, a);
}
