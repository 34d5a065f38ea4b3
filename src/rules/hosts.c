#include "rules/checks.h"

bool nd_is_loopback(const char *host)
{
	return g_str_equal(host, "localhost") || g_str_has_suffix(host, ".localhost") ||
		g_str_has_prefix(host, "127.") || g_str_equal(host, "[::1]");
}

char *nd_other_scheme(const struct nd_registry_facts *registry)
{
	if (g_str_has_prefix(registry->url, "https:"))
		return g_strconcat("http:", registry->url + strlen("https:"), NULL);
	return g_strconcat("https:", registry->url + strlen("http:"), NULL);
}
