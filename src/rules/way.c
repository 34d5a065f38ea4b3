#include "rules/checks.h"

/* Another way out (proxy-needed): the proxy that another program uses and npm does not. */

char *nd_way_place(const struct nd_way *way)
{
	if (way->variable)
		return g_strdup_printf("the variable %s", way->variable);
	if (way->file)
		return g_strdup_printf("%s:%u (%s)", way->file, way->line, way->program);
	return g_strdup(way->program);
}

bool nd_needs_proxy(const struct nd_registry_facts *r)
{
	return r->way && !nd_proxy_used(r->proxy);
}

bool nd_way_is_bypassed(const struct nd_registry_facts *r)
{
	const struct nd_url *url = r->proxy->bypassed ? r->proxy->url : NULL;
	g_autofree char *text = url ? g_strdup_printf("%s://%s:%d", url->scheme, url->host, nd_url_port(url)) :
		NULL;

	return r->way && g_strcmp0(text, r->way->url) == 0;
}

static struct nd_finding *say(const struct nd_facts *f, enum nd_rule rule, const struct nd_registry_facts *r,
	struct nd_report *out)
{
	const struct nd_way *way = r->way;
	const struct nd_attempt *a = &r->probe->main;
	bool through = nd_proxy_used(r->proxy);
	g_autofree char *place = nd_way_place(way);
	enum nd_rule symptom = nd_outcome_rule(a, r);
	g_autofree char *code = symptom != ND_RULE_COUNT ? nd_npm_code(f, symptom, r) : NULL;
	struct nd_finding *finding = nd_finding_add(out, rule, "%s is not reached %s, but through the proxy of %s",
		r->url, through ? "through npm's proxy" : "directly", place);

	if (nd_way_is_bypassed(r))
		nd_finding_help(finding, "Delete the noproxy entry that takes %s off this proxy.", r->url);
	else
		nd_finding_help(finding,
			"%s `https-proxy=%s` in the .npmrc: npm uses it for http and https registries.",
			through ? "In place of the proxy's setting, write" : "Write", way->url);
	if (symptom != ND_RULE_COUNT)
		nd_finding_note(finding, "%s: %s", through ? "npm's proxy" : "the direct path",
			nd_rule_row(symptom)->summary);
	if (r->way_attempt->ending == ND_END_UNTRUSTED)
		nd_finding_note(finding, "behind it npm will not trust the certificate: it needs the CA, too");
	nd_finding_npm(finding, code);
	nd_finding_text(finding, "proxy", way->url);
	nd_finding_text(finding, "program", way->program);
	nd_finding_text(finding, "file", way->file);
	if (way->line)
		nd_finding_number(finding, "line", way->line);
	nd_finding_text(finding, "variable", way->variable);
	if (through)
		nd_locate_proxy(f, r, &finding->where);
	else
		nd_locate_registry(f, r, &finding->where);
	return finding;
}

void nd_check_way(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	g_autoptr(GHashTable) known = g_hash_table_new(NULL, NULL);

	for (guint i = 0; i < f->registries->len; i++) {
		const struct nd_registry_facts *r = f->registries->pdata[i];
		struct nd_finding *finding;

		if (!r->way)
			continue;
		finding = g_hash_table_lookup(known, r->way);
		if (!finding)
			finding = say(f, rule, r, out);
		nd_finding_target(finding, r->url, NULL);
		g_hash_table_replace(known, (gpointer)r->way, finding);
	}
}
