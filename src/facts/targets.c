#include <npmrc-doctor/facts.h>

#include "facts/ways.h"

enum nd_proxy_kind nd_proxy_kind_of(const char *scheme)
{
	static const struct {
		const char *scheme;
		enum nd_proxy_kind kind;
	} kinds[] = {
		{ "http", ND_PROXY_KIND_HTTP },
		{ "https", ND_PROXY_KIND_HTTPS },
		{ "socks", ND_PROXY_KIND_SOCKS5H },
		{ "socks4", ND_PROXY_KIND_SOCKS4 },
		{ "socks4a", ND_PROXY_KIND_SOCKS4A },
		{ "socks5", ND_PROXY_KIND_SOCKS5 },
		{ "socks5h", ND_PROXY_KIND_SOCKS5H },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (g_str_equal(scheme, kinds[i].scheme))
			return kinds[i].kind;
	return ND_PROXY_KIND_NONE;
}

char *nd_bare_host(const char *host)
{
	size_t n = strlen(host);

	if (n > 2 && host[0] == '[' && host[n - 1] == ']')
		return g_strndup(host + 1, n - 2);
	return g_strdup(host);
}

static void fill_proxy(const struct nd_proxy *from, struct nd_probe_proxy *to)
{
	to->kind = nd_proxy_kind_of(from->url->scheme);
	to->host = nd_bare_host(from->url->host);
	to->port = nd_url_port(from->url);
	to->user = nd_secret_dup(from->user);
	to->password = nd_secret_dup(from->password);
}

static bool is_https(const struct nd_registry_facts *r)
{
	return g_str_equal(r->registry->url->scheme, "https");
}

bool nd_is_loopback(const char *host)
{
	bool numbers = strspn(host, "0123456789.") == strlen(host);

	return g_str_equal(host, "localhost") || g_str_has_suffix(host, ".localhost") ||
		(numbers && g_str_has_prefix(host, "127.")) || g_str_equal(host, "[::1]");
}

bool nd_goes_in_clear(const struct nd_registry_facts *r)
{
	if (!r->registry->url || is_https(r))
		return false;
	return !nd_is_loopback(r->registry->url->host) ||
		(nd_proxy_used(r->proxy) && !nd_is_loopback(r->proxy->url->host));
}

/* npm chooses anew for every URL, so for that of a redirect too (make-fetch-happen/lib/remote.js). */
static bool route(void *data, const char *url, const struct nd_probe_proxy **out)
{
	struct nd_targets *targets = data;
	struct nd_proxy *proxy = nd_view_proxy(targets->view, url);
	bool ok = proxy->error == ND_PROXY_OK &&
		!(proxy->password && proxy->setting && proxy->setting->unresolved);

	*out = NULL;
	if (ok && nd_proxy_used(proxy)) {
		struct nd_probe_proxy *copy = g_new0(struct nd_probe_proxy, 1);

		fill_proxy(proxy, copy);
		g_ptr_array_add(targets->routes, copy);
		*out = copy;
	}
	nd_proxy_free(proxy);
	return ok;
}

static void fill_target(const struct nd_facts *facts, const struct nd_registry_facts *r,
	struct nd_probe_target *target)
{
	const struct nd_credentials *c = r->credentials;

	target->url = r->url;
	/* A literal ${VAR} is no credential: npm would send it, we never do. Nor do we send one in clear. */
	target->authorization = c->unresolved || r->in_clear ? NULL : c->authorization;
	target->certfile = c->certfile;
	target->keyfile = c->keyfile;
	target->strict = facts->trust->strict_ssl || !is_https(r);
	target->other_scheme = true;
	target->package = r->package;
	/* Nobody but the public CAs certifies that one. */
	target->public_host = g_strcmp0(facts->public_host, r->registry->url->host) == 0;
}

static void proxy_release(struct nd_probe_proxy *proxy)
{
	g_free(proxy->host);
	nd_secret_free(proxy->user);
	nd_secret_free(proxy->password);
}

static void proxy_free(gpointer data)
{
	proxy_release(data);
	g_free(data);
}

/* Room for every registry. */
static struct nd_targets *new_targets(const struct nd_facts *facts)
{
	struct nd_targets *out = g_new0(struct nd_targets, 1);

	out->targets = g_new0(struct nd_probe_target, facts->registries->len + 1);
	out->proxies = g_new0(struct nd_probe_proxy, facts->registries->len + 1);
	out->view = facts->view;
	out->routes = g_ptr_array_new_with_free_func(proxy_free);
	return out;
}

struct nd_targets *nd_facts_targets(const struct nd_facts *facts)
{
	struct nd_targets *out = new_targets(facts);

	for (guint i = 0; i < facts->registries->len; i++) {
		const struct nd_registry_facts *r = facts->registries->pdata[i];

		if (r->not_probed)
			continue;
		fill_target(facts, r, &out->targets[out->n]);
		out->targets[out->n].route = route;
		out->targets[out->n].route_data = out;
		if (nd_proxy_used(r->proxy)) {
			fill_proxy(r->proxy, &out->proxies[out->n]);
			out->targets[out->n].proxy = &out->proxies[out->n];
		}
		out->n++;
	}
	return out;
}

static char *https_url(const struct nd_registry_facts *r)
{
	return is_https(r) ? g_strdup(r->url) : g_strconcat("https", r->url + strlen("http"), NULL);
}

struct nd_targets *nd_facts_strict_targets(const struct nd_facts *facts)
{
	struct nd_targets *out = new_targets(facts);

	out->urls = g_ptr_array_new_with_free_func(g_free);
	for (guint i = 0; i < facts->registries->len; i++) {
		const struct nd_registry_facts *r = facts->registries->pdata[i];
		struct nd_probe_target *target = &out->targets[out->n];
		struct nd_proxy *proxy;

		if (!nd_facts_shown(r))
			continue;
		g_ptr_array_add(out->urls, https_url(r));
		target->url = out->urls->pdata[out->n];
		target->strict = true;
		target->package = r->package;
		target->route = route;
		target->route_data = out;
		proxy = nd_view_proxy(facts->view, target->url);
		if (nd_proxy_used(proxy)) {
			fill_proxy(proxy, &out->proxies[out->n]);
			target->proxy = &out->proxies[out->n];
		}
		nd_proxy_free(proxy);
		out->n++;
	}
	return out;
}

void nd_targets_free(struct nd_targets *targets)
{
	if (!targets)
		return;
	for (size_t i = 0; i < targets->n; i++)
		proxy_release(&targets->proxies[i]);
	if (targets->routes)
		g_ptr_array_unref(targets->routes);
	if (targets->urls)
		g_ptr_array_unref(targets->urls);
	g_free(targets->proxies);
	g_free(targets->targets);
	g_free(targets);
}
