#include "rules/checks.h"

void nd_locate_proxy(const struct nd_facts *f, const struct nd_registry_facts *registry,
	struct nd_location *out)
{
	const struct nd_proxy *proxy = registry->proxy;

	if (proxy->setting)
		nd_facts_locate(f, proxy->setting, 0, 0, out);
	else if (proxy->variable)
		nd_facts_locate_variable(proxy->variable, out);
}

void nd_locate_registry(const struct nd_facts *f, const struct nd_registry_facts *registry,
	struct nd_location *out)
{
	nd_facts_locate(f, registry->registry->setting, 0, 0, out);
	if (!registry->registry->asked)
		return;
	out->known = true;
	out->layer = ND_LAYER_CLI;
}

/* As node prints it, without the password, and without a path: npm ignores it, and behind "u:8080/..." it
 * is the rest of a password. */
static char *without_password(const struct nd_url *url)
{
	g_autofree char *user = nd_url_user(url);
	g_autofree char *port = url->port < 0 ? g_strdup("") : g_strdup_printf(":%d", url->port);

	return g_strconcat(url->scheme, "://", user, url->host, port, url->special ? "/" : "", NULL);
}

char *nd_proxy_label(const struct nd_proxy *proxy)
{
	if (!proxy->url || !*proxy->url->host)
		return NULL;
	return proxy->torn ? nd_torn_label(proxy->url) : without_password(proxy->url);
}
