#include "rules/darts.h"

#include "rules/reading.h"

#include <npmrc-doctor/hash.h>
#include <string.h>

struct dart {
	const struct nd_registry_facts *registry;
	char *own;   /* npm's exact lookup */
	char *below; /* all that is requested below it: another one where the URL does not end with a slash */
	char *start; /* where regFromURI() of npm-registry-fetch/lib/auth.js begins to walk up, less its slash */
};

struct nd_darts {
	bool walks;          /* npm 8 and later */
	GPtrArray *all;      /* struct dart, owned */
	GHashTable *by_nerf;
	GHashTable *in_clear; /* what lies below those that are reached over http */
	GHashTable *bare;    /* host -> GPtrArray of those without credentials */
	GHashTable *senders; /* a key's prefix -> GPtrArray of those to whose requests its credentials belong */
};

static char *without_slash(const char *text)
{
	size_t n = strlen(text);

	return g_strndup(text, n && text[n - 1] == '/' ? n - 1 : n);
}

static struct dart *dart_new(const struct nd_registry_facts *r)
{
	const struct nd_url *url = r->registry->url;
	struct dart *dart = g_new0(struct dart, 1);
	g_autofree char *whole = g_str_has_suffix(r->url, "/") ? NULL : g_strconcat(r->url, "/", NULL);
	g_autofree char *start = url->port < 0 ? g_strconcat("//", url->host, url->path, NULL) :
		g_strdup_printf("//%s:%d%s", url->host, url->port, url->path);

	dart->registry = r;
	dart->own = nd_url_nerf(nd_span_of(r->url));
	dart->below = whole ? nd_url_nerf(nd_span_of(whole)) : g_strdup(dart->own);
	dart->start = without_slash(start);
	return dart;
}

static void dart_free(void *data)
{
	struct dart *dart = data;

	g_free(dart->own);
	g_free(dart->below);
	g_free(dart->start);
	g_free(dart);
}

/* Takes the key. */
static void add(GHashTable *table, char *key, struct dart *dart)
{
	GPtrArray *list = g_hash_table_lookup(table, key);

	if (list) {
		g_free(key);
	} else {
		list = g_ptr_array_new();
		g_hash_table_insert(table, key, list);
	}
	g_ptr_array_add(list, dart);
}

static GHashTable *lists_new(void)
{
	return g_hash_table_new_full(nd_hash_text, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
}

struct nd_darts *nd_darts_new(const struct nd_facts *facts)
{
	struct nd_darts *darts = g_new0(struct nd_darts, 1);

	darts->walks = facts->layers->npm_major >= 8;
	darts->all = g_ptr_array_new_with_free_func(dart_free);
	darts->by_nerf = g_hash_table_new(nd_hash_text, g_str_equal);
	darts->in_clear = g_hash_table_new(nd_hash_text, g_str_equal);
	darts->bare = lists_new();
	darts->senders = lists_new();
	for (guint i = 0; i < facts->registries->len; i++) {
		const struct nd_registry_facts *r = facts->registries->pdata[i];
		const struct nd_setting *sent = r->credentials->setting;
		struct nd_span none = { NULL, 0 }, prefix = sent ? nd_key_prefix(sent->key) : none;
		struct dart *dart;

		if (!r->registry->url || r->registry->torn)
			continue;
		dart = dart_new(r);
		g_ptr_array_add(darts->all, dart);
		if (dart->own)
			g_hash_table_add(darts->by_nerf, dart->own);
		if (dart->below && g_str_equal(r->registry->url->scheme, "http"))
			g_hash_table_add(darts->in_clear, dart->below);
		if (r->credentials->kind == ND_CREDENTIALS_NONE)
			add(darts->bare, g_ascii_strdown(r->registry->url->host, -1), dart);
		if (prefix.n)
			add(darts->senders, g_strndup(prefix.p, prefix.n), dart);
	}
	return darts;
}

void nd_darts_free(struct nd_darts *darts)
{
	if (!darts)
		return;
	g_hash_table_unref(darts->by_nerf);
	g_hash_table_unref(darts->in_clear);
	g_hash_table_unref(darts->bare);
	g_hash_table_unref(darts->senders);
	g_ptr_array_unref(darts->all);
	g_free(darts);
}

bool nd_darts_has(const struct nd_darts *darts, const char *nerf)
{
	return g_hash_table_contains(darts->by_nerf, nerf);
}

bool nd_darts_in_clear(const struct nd_darts *darts, const char *nerf)
{
	return g_hash_table_contains(darts->in_clear, nerf);
}

static char *host_of(const char *prefix)
{
	const char *host = prefix + strlen("//"), *end = *host == '[' ? strchr(host, ']') : NULL;

	return g_ascii_strdown(host, end ? end + 1 - host : (gssize)strcspn(host, ":/"));
}

static bool walks_up_to(const struct nd_darts *darts, const struct dart *dart, const char *key)
{
	size_t n = strlen(key);

	return darts->walks && strncmp(dart->start, key, n) == 0 && (!dart->start[n] || dart->start[n] == '/');
}

enum nd_fit nd_darts_fit(const struct nd_darts *darts, const char *prefix, const char **nerf)
{
	g_autofree char *host = host_of(prefix), *key = without_slash(prefix);
	const GPtrArray *senders = g_hash_table_lookup(darts->senders, prefix);
	const GPtrArray *bare = g_hash_table_lookup(darts->bare, host);
	enum nd_fit best = ND_FIT_OTHER_HOST;
	size_t n = 0;

	*nerf = NULL;
	if (nd_darts_has(darts, prefix))
		return ND_FIT_EXACT;
	for (guint i = 0; *host && senders && i < senders->len; i++) {
		const struct dart *dart = senders->pdata[i];

		if (!dart->below || !walks_up_to(darts, dart, key))
			continue;
		best = ND_FIT_WALK;
		*nerf = n++ ? NULL : dart->below;
	}
	/* Of these it matters whether there is one, and whether there are more. */
	for (guint i = 0; bare && i < bare->len && n < 2; i++) {
		const struct dart *dart = bare->pdata[i];

		if (!dart->below || walks_up_to(darts, dart, key))
			continue;
		best = MAX(best, ND_FIT_NONE);
		*nerf = n++ ? NULL : dart->below;
	}
	return best;
}
