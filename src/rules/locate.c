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

/* As node prints it, without the password: reports are compared with what is configured. */
static char *without_password(const struct nd_url *url)
{
	g_autofree char *user = *url->username ? g_strconcat(url->username, "@", NULL) : g_strdup("");
	g_autofree char *port = url->port < 0 ? g_strdup("") : g_strdup_printf(":%d", url->port);

	return g_strconcat(url->scheme, url->special || *url->host ? "://" : ":", user, url->host, port,
		url->path, url->query, url->fragment, NULL);
}

char *nd_proxy_label(const struct nd_proxy *proxy)
{
	/* An @ behind the host is the end of a password that broke the URL. */
	if (proxy->url && !strpbrk(proxy->url->path, "@") && !strpbrk(proxy->url->query, "@") &&
		!strpbrk(proxy->url->fragment, "@"))
		return without_password(proxy->url);
	return proxy->text ? nd_url_redact_text(nd_span_of(proxy->text)) : NULL;
}
