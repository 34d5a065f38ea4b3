#include "rules/reading.h"

/* npm fetches a tarball from where the package's document says, which may be another host. */

static char *host_of(const struct nd_url *url)
{
	return url->port < 0 ? g_strdup(url->host) : g_strdup_printf("%s:%d", url->host, url->port);
}

static char *setting_text(const struct nd_facts *f, const char *key)
{
	const struct nd_setting *setting = nd_layers_get(f->layers, key);

	return setting ? nd_used_text(setting) : g_strdup("");
}

/* pacote/lib/remote.js: "npmjs" stands for the public registry's host, whose tarballs npm takes from the
 * registry in use. */
static bool is_replaced(const struct nd_facts *f, const char *host)
{
	g_autofree char *text = setting_text(f, "replace-registry-host");

	if (f->layers->npm_major < 8 || g_str_equal(text, "never"))
		return false;
	if (g_str_equal(text, "always") || g_str_equal(text, host))
		return true;
	return (!*text || g_str_equal(text, "npmjs")) && g_strcmp0(f->public_host, host) == 0;
}

static bool is_refused(const struct nd_facts *f)
{
	g_autofree char *text = setting_text(f, "allow-remote");

	return f->layers->npm_major >= 12 && !g_str_equal(text, "all");
}

static void say(const struct nd_facts *f, enum nd_rule rule, const struct nd_registry_facts *r,
	const struct nd_attempt *a, struct nd_report *out)
{
	struct nd_finding *finding = nd_finding_add(out, rule,
		"%s hands out its packages from another host: %s", r->url, a->tarball_host);
	bool refused = is_refused(f);

	finding->severity = refused ? ND_ERROR : ND_WARNING;
	nd_locate_registry(f, r, &finding->where);
	nd_finding_target(finding, r->url, NULL);
	nd_finding_text(finding, "package", r->package);
	nd_finding_text(finding, "tarballHost", a->tarball_host);
	nd_help_row(finding);
	if (refused)
		nd_finding_npm(finding, "EALLOWREMOTE");
	if (r->credentials->kind != ND_CREDENTIALS_NONE)
		nd_finding_note(finding, "npm sends the %s for this registry to it alone: the tarballs are "
			"fetched without", nd_credentials_kind_name(r->credentials->kind));
}

void nd_check_tarball_host(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	for (guint i = 0; i < f->registries->len; i++) {
		const struct nd_registry_facts *r = f->registries->pdata[i];
		const struct nd_attempt *a = r->probe ? &r->probe->main : NULL;
		g_autofree char *host = NULL;

		if (a && !a->tarball_host && r->probe->authenticated.tarball_host)
			a = &r->probe->authenticated;
		if (!a || !a->tarball_host)
			continue;
		host = host_of(r->registry->url);
		if (!g_str_equal(host, a->tarball_host) && !is_replaced(f, a->tarball_host))
			say(f, rule, r, a, out);
	}
}
