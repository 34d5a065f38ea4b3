#include "rules/checks.h"

char *nd_other_scheme(const struct nd_registry_facts *registry)
{
	if (g_str_has_prefix(registry->url, "https:"))
		return g_strconcat("http:", registry->url + strlen("https:"), NULL);
	return g_strconcat("https:", registry->url + strlen("http:"), NULL);
}
