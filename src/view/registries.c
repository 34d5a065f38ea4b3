#include "internal.h"

/* The registries in use, and which of them a URL belongs to. */

static void registry_free(gpointer data)
{
	struct nd_registry *registry = data;

	nd_url_free((struct nd_url *)registry->url);
	g_free(registry);
}

struct nd_url *nd_view_url(const struct nd_view *view, const char *text)
{
	return nd_url_parse_by(nd_span_of(text), view->node_major);
}

static struct nd_registry *registry_new(const struct nd_view *view, const char *scope,
	const struct nd_setting *setting, const char *text)
{
	struct nd_registry *registry = g_new0(struct nd_registry, 1);

	registry->scope = scope;
	registry->setting = setting;
	registry->text = text;
	registry->url = nd_view_url(view, text);
	registry->torn = nd_view_is_torn(setting, ND_SPOT_URL, registry->url);
	return registry;
}

/* What `registry` names. */
static struct nd_registry *plain_registry(struct nd_view *view)
{
	const struct nd_setting *setting = nd_view_find(view, "registry");
	struct nd_value value;
	const char *text = "";

	if (setting) {
		text = nd_view_text(view, setting);
	} else if (view->layers->client == ND_CLIENT_YARN) {
		text = nd_key_yarn_registry();
	} else if (nd_key_default("registry", view->layers->npm_major, view->arena, &value)) {
		text = nd_arena_copy(view->arena, nd_value_text(&value, view->arena)).p;
	}
	return registry_new(view, NULL, setting, text);
}

/* pickRegistry() of npm-registry-fetch, all versions: a package whose scope has no registry of its own goes
 * to that of the scope that `scope` names. Other clients do not know it. NULL where `registry` counts. */
static struct nd_registry *scoped_default(struct nd_view *view)
{
	const struct nd_setting *by = nd_view_truthy(view, "scope"), *setting;
	struct nd_registry *registry;
	g_autofree char *key = NULL;
	const char *scope;

	if (!by || view->layers->client != ND_CLIENT_NPM)
		return NULL;
	scope = nd_view_text(view, by);
	key = g_strconcat(*scope == '@' ? "" : "@", scope, ":registry", NULL);
	setting = nd_view_truthy(view, key);
	if (!setting)
		return NULL;
	registry = registry_new(view, NULL, setting, nd_view_text(view, setting));
	registry->by = by;
	return registry;
}

static void add_default_registry(struct nd_view *view)
{
	struct nd_registry *scoped = scoped_default(view);

	view->plain = plain_registry(view);
	g_ptr_array_insert(view->registries, 0,
		scoped ? scoped : registry_new(view, NULL, view->plain->setting, view->plain->text));
	if (scoped && view->plain->setting) {
		struct nd_registry *aside = registry_new(view, NULL, view->plain->setting, view->plain->text);

		aside->aside = true;
		g_ptr_array_add(view->registries, aside);
	}
}

/* The scope of "@scope:registry" (npm-registry-fetch/lib/index.js pickRegistry), owned by the view.
 */
static const char *scope_of(const struct nd_view *view, struct nd_span key)
{
	static const char tail[] = ":registry";
	size_t n = sizeof(tail) - 1;

	if (key.n <= n + 1 || key.p[0] != '@' || memcmp(key.p + key.n - n, tail, n) != 0)
		return NULL;
	return nd_arena_copy(view->arena, (struct nd_span){key.p, key.n - n}).p;
}

static int by_scope(gconstpointer a, gconstpointer b)
{
	return strcmp(
		(*(struct nd_registry *const *)a)->scope, (*(struct nd_registry *const *)b)->scope);
}

void nd_view_load_registries(struct nd_view *view)
{
	g_autoptr(GPtrArray) effective = nd_layers_matching(view->layers, "@", ":registry");

	view->registries = g_ptr_array_new_with_free_func(registry_free);
	for (guint i = 0; i < effective->len; i++) {
		const struct nd_setting *setting = g_ptr_array_index(effective, i);
		const char *scope = scope_of(view, setting->key);

		/* a false one falls back to the default registry */
		if (scope && nd_value_truthy(&setting->used))
			g_ptr_array_add(view->registries,
				registry_new(view, scope, setting, nd_view_text(view, setting)));
	}
	g_ptr_array_sort(view->registries, by_scope);
	add_default_registry(view);
}

void nd_view_free_registries(struct nd_view *view)
{
	g_ptr_array_unref(view->registries);
	registry_free(view->plain);
}

static bool is_known(const struct nd_view *view, const struct nd_url *url)
{
	for (guint i = 0; i < view->registries->len; i++) {
		const struct nd_registry *registry = g_ptr_array_index(view->registries, i);

		if (registry->url && strcmp(registry->url->href, url->href) == 0)
			return true;
	}
	return false;
}

bool nd_view_ask_registry(struct nd_view *view, const char *text)
{
	struct nd_url *url = nd_url_parse(nd_span_of(text));
	bool usable = url && (strcmp(url->scheme, "http") == 0 || strcmp(url->scheme, "https") == 0) &&
		!nd_view_is_torn(NULL, ND_SPOT_URL, url);

	if (usable && !is_known(view, url)) {
		struct nd_registry *registry =
			registry_new(view, NULL, NULL, nd_arena_copy(view->arena, nd_span_of(text)).p);

		registry->asked = true;
		g_ptr_array_add(view->registries, registry);
	}
	nd_url_free(url);
	return usable;
}

const GPtrArray *nd_view_registries(const struct nd_view *view)
{
	return view->registries;
}

/* How many bytes of the URL's path the registry's path covers; -1 where it is not below it. */
static gssize covers(const struct nd_url *registry, const struct nd_url *url)
{
	size_t n = strlen(registry->path);

	if (strcmp(registry->host, url->host) != 0 || nd_url_port(registry) != nd_url_port(url))
		return -1;
	while (n > 0 && registry->path[n - 1] == '/')
		n--;
	if (strncmp(registry->path, url->path, n) != 0 || (url->path[n] && url->path[n] != '/'))
		return -1;
	return (gssize)n;
}

bool nd_registry_covers(const struct nd_registry *registry, const struct nd_url *url)
{
	return registry->url && covers(registry->url, url) >= 0;
}

char *nd_registry_request(const struct nd_registry *registry, const struct nd_url *url)
{
	const struct nd_url *own = registry->url;
	bool below = own && covers(own, url) >= 0 && strcmp(own->scheme, url->scheme) == 0;
	g_autofree char *port = NULL;

	if (!below || *url->username || *url->password || (!*own->username && !*own->password))
		return g_strdup(url->href);
	port = url->port < 0 ? g_strdup("") : g_strdup_printf(":%d", url->port);
	return g_strconcat(url->scheme, "://", own->username, ":", own->password, "@", url->host, port,
		url->path, url->query, NULL);
}

const struct nd_registry *nd_view_registry_of(const struct nd_view *view, const char *url)
{
	struct nd_url *parsed = nd_view_url(view, url);
	const struct nd_registry *best = g_ptr_array_index(view->registries, 0);
	gssize length = -1;

	for (guint i = 0; parsed && i < view->registries->len; i++) {
		const struct nd_registry *registry = g_ptr_array_index(view->registries, i);
		gssize n = registry->url ? covers(registry->url, parsed) : -1;

		if (n > length) {
			best = registry;
			length = n;
		}
	}
	nd_url_free(parsed);
	return best;
}
