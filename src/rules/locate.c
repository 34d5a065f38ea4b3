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

char *nd_proxy_label(const struct nd_proxy *proxy)
{
	if (proxy->url)
		return nd_url_redacted(proxy->url);
	return proxy->text ? nd_url_redact_text(nd_span_of(proxy->text)) : NULL;
}
