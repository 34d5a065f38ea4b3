#include "rules/probe.h"
#include "rules/reading.h"

#include <stdio.h>

/* What to do about it, with the setting, the file and the line where they are known. */

/* "delete line 3 of /home/nick/.npmrc"; owned by the caller. */
static char *removal(const struct nd_proxy *proxy)
{
	const struct nd_setting *setting = proxy->setting;

	if (setting && setting->origin.file)
		return g_strdup_printf("delete line %u of %s", setting->origin.line, setting->origin.file);
	if (setting && setting->origin.variable)
		return g_strdup_printf("unset %s", setting->origin.variable);
	if (proxy->variable)
		return g_strdup_printf("unset %s", proxy->variable);
	return g_strdup("drop the setting");
}

void nd_mend_scheme(const struct nd_facts *f, struct nd_finding *finding, const struct nd_setting *setting,
	const char *from, const char *to)
{
	const struct nd_layer *layer = setting && setting->origin.file ?
		nd_layers_of(f->layers, setting) : NULL;
	size_t n = strlen(from), start, end;
	struct nd_span bytes;
	struct nd_edit *edit;

	/* The text as it is decoded may stand in quotes. */
	if (!layer || !layer->doc || !nd_text_bytes(f, setting, 0, n + 1, &start, &end) || end != start + n + 1)
		return;
	bytes = nd_doc_bytes(layer->doc);
	if (g_ascii_strncasecmp(bytes.p + start, from, n) != 0 || bytes.p[start + n] != ':')
		return;
	edit = g_new0(struct nd_edit, 1);
	edit->file = g_strdup(layer->file->path);
	edit->start = start;
	edit->end = start + n;
	edit->text = g_strdup(to);
	nd_finding_edit(finding, edit);
}

static bool node_reads_system(const struct nd_facts *f)
{
	const struct nd_npm *npm = f->layers->npm;
	int major = 0, minor = 0;

	if (!npm || !npm->node_version || sscanf(npm->node_version, "%d.%d", &major, &minor) != 2)
		return false;
	return major > 22 || (major == 22 && minor >= 15);
}

static const char *roots_name(const struct nd_trust *trust)
{
	return trust->roots == ND_ROOTS_CA ? "ca" : trust->roots_file->path;
}

/* Which setting gives npm the CA that the system trusts; an edit where that is certain. */
static void help_trust(const struct nd_facts *f, struct nd_finding *finding, const struct nd_tls_facts *tls)
{
	const char *ca = nd_issuer_of(tls);

	if (f->trust->roots_setting) {
		nd_finding_help(finding, "add the CA %s to what %s names: it replaces all other roots and "
			"NODE_EXTRA_CA_CERTS", ca ? ca : "", roots_name(f->trust));
	} else if (tls->bundle) {
		nd_finding_help(finding, "write cafile=%s into the user's .npmrc, which holds the public roots "
			"and this CA, or set NODE_EXTRA_CA_CERTS=%s%s", tls->bundle, tls->bundle,
			node_reads_system(f) ? ", or NODE_OPTIONS=--use-system-ca" : "");
	} else {
		nd_finding_help(finding, "get the certificate of %s from those who run it and set "
			"NODE_EXTRA_CA_CERTS=/path/to/it.pem; do not switch strict-ssl off",
			ca ? ca : "its CA");
	}
	if (f->trust->strict_ssl)
		nd_mend_trust(f, finding, false);
}

static bool help_proxy(const struct nd_facts *f, struct nd_finding *finding,
	const struct nd_registry_facts *r)
{
	g_autofree char *how = nd_proxy_used(r->proxy) ? removal(r->proxy) : NULL;
	const char *host = r->registry->url->host, *scheme;

	if (how && nd_answers_directly(finding->rule, r)) {
		bool left_over = nd_is_left_over(f, finding->rule, r);

		nd_finding_help(finding, "%s%sadd %s to noproxy: the registry answers without the proxy",
			left_over ? how : "", left_over ? ", or " : "", host);
		return true;
	}
	if (nd_connect_blocked(finding->rule, r)) {
		nd_finding_help(finding, "ask those who run the proxy to allow CONNECT to %s:%d; do not turn the "
			"registry to http", host, nd_url_port(r->registry->url));
		return true;
	}
	if (finding->rule != ND_RULE_PROXY_SCHEME_MISMATCH)
		return false;
	scheme = r->probe->proxy_speaks_tls ? "https" : "http";
	nd_finding_help(finding, "write %s:// in front of the proxy's host: the scheme says how to talk to the "
		"proxy, not for which registries it is", scheme);
	nd_mend_scheme(f, finding, r->proxy->setting, r->proxy->url->scheme, scheme);
	return true;
}

/* A proxy that is there, or has let us through: its address is right. */
static const char *path_help(const struct nd_facts *f, const struct nd_finding *finding,
	const struct nd_registry_facts *r, const struct nd_attempt *a)
{
	enum nd_rule rule = finding->rule;

	if (nd_proxy_serves_others(f, rule, r))
		return "ask those who run the proxy why it treats this registry differently; an internal registry is "
			"often to be reached without it: add its host to noproxy";
	if (rule == ND_RULE_PROXY_TIMEOUT && a->stage == ND_STAGE_PROXY_TLS)
		return "is it certain that this port speaks TLS? Most proxies want http:// in front, for https "
			"registries, too";
	if (rule == ND_RULE_PROXY_TIMEOUT && a->stage == ND_STAGE_PROXY_TUNNEL && nd_is_socks(r))
		return "check that this port is a SOCKS proxy's: an HTTP proxy, which wants http:// in front, may be "
			"silent like this";
	if (rule == ND_RULE_PROXY_RESET && a->stage == ND_STAGE_PROXY_TUNNEL && !nd_is_socks(r))
		return "ask who runs it, and compare with a browser that uses the same proxy; a SOCKS proxy, which "
			"wants socks5:// in front, ends the connection like this, too";
	if (rule == ND_RULE_PROXY_TIMEOUT && a->stage == ND_STAGE_PROXY_TUNNEL)
		return "check that a proxy listens on this port; one that does may be waiting for the registry or for "
			"its own name server: ask those who run it, and add an internal registry's host to noproxy";
	if (nd_lookup_failed(a))
		return rule == ND_RULE_REGISTRY_UNRESOLVABLE ? "check this machine's network, VPN and name servers "
			"(/etc/resolv.conf); behind a corporate proxy, set it: it looks names up by itself" :
			"check this machine's network, VPN and name servers (/etc/resolv.conf)";
	if (!nd_proxy_used(r->proxy))
		return NULL;
	if (rule == ND_RULE_REGISTRY_TIMEOUT || rule == ND_RULE_REGISTRY_RESET)
		return "the proxy has let this through: ask those who run it whether it, or a filter behind it, stops "
			"this registry; add an internal registry's host to noproxy";
	return NULL;
}

void nd_probe_help(const struct nd_facts *f, struct nd_finding *finding, const struct nd_registry_facts *r,
	const struct nd_attempt *a)
{
	const char *path = path_help(f, finding, r, a);

	if (help_proxy(f, finding, r))
		return;
	if (r->registry->url->port >= 0 && g_str_has_prefix(r->url, "http:") && r->probe->other.tls.seen &&
		(a->ending != ND_END_ANSWERED || finding->rule == ND_RULE_PROXY_UPSTREAM_FAILED))
		nd_finding_help(finding, "turn the registry's URL to https://: this port speaks TLS");
	else if (finding->rule == ND_RULE_TLS_INTERCEPTED)
		help_trust(f, finding, nd_tls_of(a));
	else if (finding->rule == ND_RULE_TLS_SELF_SIGNED && f->trust->roots_setting)
		nd_finding_help(finding, "have it replaced by one from a CA; or, on a machine of your own, add it to "
			"what %s names, which replaces all other roots and NODE_EXTRA_CA_CERTS", roots_name(f->trust));
	else if (finding->rule == ND_RULE_REGISTRY_AUTH_REQUIRED && r->credentials->unresolved)
		nd_finding_help(finding, "set the variable, or run npm through `npmrc-doctor exec -- npm ...` "
			"where the OS keyring holds it");
	else if (path)
		nd_finding_help(finding, "%s", path);
	else
		nd_finding_help(finding, "%s", nd_rule_row(finding->rule)->how);
}
