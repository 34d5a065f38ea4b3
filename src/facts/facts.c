#include <npmrc-doctor/facts.h>
#include <npmrc-doctor/redact.h>
#include <npmrc-doctor/keys.h>

#include "facts/around.h"
#include "facts/packages.h"
#include "facts/ways.h"

static void registry_free(struct nd_registry_facts *registry)
{
	g_ptr_array_unref(registry->scopes);
	g_free(registry->url);
	g_free(registry->package);
	nd_proxy_free(registry->proxy);
	nd_credentials_free(registry->credentials);
	g_free(registry);
}

static void pem_release(struct nd_pem_facts *pem)
{
	if (pem->certs)
		g_ptr_array_unref(pem->certs);
}

void nd_facts_free(struct nd_facts *facts)
{
	if (!facts)
		return;
	g_ptr_array_unref(facts->files);
	g_ptr_array_unref(facts->spots);
	g_ptr_array_unref(facts->commented);
	g_ptr_array_unref(facts->registries);
	pem_release(&facts->ca);
	pem_release(&facts->cafile);
	pem_release(&facts->extra);
	if (facts->results)
		g_ptr_array_unref(facts->results);
	if (facts->ways)
		g_ptr_array_unref(facts->ways);
	if (facts->way_results)
		g_ptr_array_unref(facts->way_results);
	g_ptr_array_unref(facts->misnamed);
	g_ptr_array_unref(facts->ignored);
	nd_lockfile_free(facts->lockfile);
	if (facts->publish)
		g_ptr_array_unref(facts->publish);
	g_ptr_array_unref(facts->suppressions);
	g_free(facts->public_host);
	nd_remedy_free(facts->remedy);
	if (facts->in_keyring)
		g_hash_table_unref(facts->in_keyring);
	g_free(facts);
}

char *nd_facts_registry_url(const struct nd_registry *registry)
{
	const struct nd_url *url = registry->url;

	if (registry->torn)
		return nd_torn_label(url);
	/* "user:password@host" is a URL to node, whose scheme is "user:" and whose path is the rest. */
	if (!url || !*url->host) {
		bool redacted;
		char *shown = nd_redact_value(nd_span_of("registry"), nd_span_of(registry->text), &redacted);

		return shown ? shown : g_strdup("***");
	}
	return nd_redact_url(url, "", url->path, registry->text);
}

/* Of those with one URL the first; a URL that is not shown is nobody else's. */
static struct nd_registry_facts *find_registry(GPtrArray *registries, const char *url, bool torn)
{
	for (guint i = 0; i < registries->len; i++) {
		struct nd_registry_facts *known = registries->pdata[i];

		if (!torn && g_str_equal(known->url, url))
			return known;
	}
	return NULL;
}

static const char *why_not_probed(const struct nd_registry_facts *r)
{
	if (!r->registry->url)
		return "its URL is invalid";
	if (!g_str_equal(r->registry->url->scheme, "http") && !g_str_equal(r->registry->url->scheme, "https"))
		return "it is neither http nor https";
	if (r->registry->torn)
		return "a piece of its password stands in the host's place";
	if (r->proxy->error != ND_PROXY_OK)
		return "its proxy setting is invalid";
	if (nd_proxy_used(r->proxy) && r->proxy->torn)
		return "a piece of its proxy's password stands in the host's place";
	/* npm would send the text ${VAR} for a password; a few of those and the account is locked. */
	if (nd_proxy_used(r->proxy) && r->proxy->password && r->proxy->setting && r->proxy->setting->unresolved)
		return "its proxy setting refers to a variable that is not set";
	return NULL;
}

/* What npm sends below the registry: npm-registry-fetch puts the slash that is missing between the registry
 * and the package's name, and //host/npm/ holds for https://host/npm. npm 6 looks the registry up alone. */
static struct nd_credentials *credentials_of(const struct nd_facts *facts, const struct nd_registry *registry)
{
	bool add = facts->layers->npm_major >= 8 && !g_str_has_suffix(registry->text, "/");
	g_autofree char *below = g_strconcat(registry->text, add ? "/" : "", NULL);

	return nd_view_credentials(facts->view, below, registry);
}

static void add_registry(struct nd_facts *facts, const struct nd_registry *registry)
{
	g_autofree char *url = nd_facts_registry_url(registry);
	struct nd_registry_facts *r = find_registry(facts->registries, url, registry->torn);

	if (!r) {
		r = g_new0(struct nd_registry_facts, 1);
		r->registry = registry;
		r->scopes = g_ptr_array_new();
		r->proxy = nd_view_proxy(facts->view, registry->text);
		r->credentials = credentials_of(facts, registry);
		r->url = g_steal_pointer(&url);
		r->not_probed = why_not_probed(r);
		r->in_clear = nd_goes_in_clear(r);
		g_ptr_array_add(facts->registries, r);
	}
	if (registry->scope)
		g_ptr_array_add(r->scopes, (char *)registry->scope);
	else if (!registry->asked && !registry->aside)
		r->is_default = true;
}

static bool holds_spot(const struct nd_facts *facts, const struct nd_layer *layer)
{
	for (guint i = 0; i < facts->spots->len; i++) {
		const struct nd_spot *spot = facts->spots->pdata[i];

		if (spot->in == layer)
			return true;
	}
	return false;
}

static void add_files(struct nd_facts *facts, const enum nd_git_state *git)
{
	for (guint i = 0; i < facts->layers->order->len; i++) {
		const struct nd_layer *layer = facts->layers->order->pdata[i];
		struct nd_file_facts *file;

		if (!layer->doc)
			continue;
		file = g_new0(struct nd_file_facts, 1);
		file->layer = layer;
		if (holds_spot(facts, layer))
			file->git = git ? *git : nd_git_ask(layer->file->path);
		g_ptr_array_add(facts->files, file);
		nd_suppressions_find(layer->doc, layer->id, layer->file->path, facts->suppressions);
	}
}

static bool is_bundle(struct nd_span pem)
{
	static const char end[] = "-----END CERTIFICATE-----";
	const char *p = pem.p;

	for (size_t n = 0; n < ND_FACTS_BUNDLE; n++) {
		p = memmem(p, pem.n - (p - pem.p), end, strlen(end));
		if (!p)
			return false;
		p += strlen(end);
	}
	return true;
}

static void read_pem(struct nd_span text, struct nd_pem_facts *out)
{
	if (!is_bundle(text))
		out->certs = nd_probe_read_pem(text, &out->broken);
}

static void read_pem_file(const struct nd_file *file, struct nd_pem_facts *out)
{
	out->file = file;
	if (file && file->state == ND_READ_OK)
		read_pem((struct nd_span){ file->bytes, file->size }, out);
}

static char *default_host(int npm_major)
{
	struct nd_arena *arena = nd_arena_new();
	struct nd_value value;
	struct nd_url *url = NULL;
	char *host;

	if (nd_key_default("registry", npm_major, arena, &value))
		url = nd_url_parse(nd_value_text(&value, arena));
	host = url ? g_strdup(url->host) : NULL;
	nd_url_free(url);
	nd_arena_free(arena);
	return host;
}

struct nd_facts *nd_facts_new_knowing(const struct nd_view *view, int64_t now, const enum nd_git_state *git)
{
	struct nd_facts *facts = g_new0(struct nd_facts, 1);
	const GPtrArray *registries = nd_view_registries(view);

	facts->view = view;
	facts->layers = nd_view_layers(view);
	facts->now = now;
	facts->today = nd_policy_today(now);
	facts->suppressions = g_ptr_array_new_with_free_func((GDestroyNotify)nd_suppression_free);
	facts->files_only = facts->layers->layers[ND_LAYER_FILE].file != NULL;
	facts->files = g_ptr_array_new_with_free_func(g_free);
	facts->registries = g_ptr_array_new_with_free_func((GDestroyNotify)registry_free);
	facts->public_host = default_host(facts->layers->npm_major);
	facts->spots = nd_view_spots(view);
	facts->commented = nd_view_commented(view);
	facts->trust = nd_view_trust(view);
	add_files(facts, git);
	nd_facts_look_around(facts);
	for (guint i = 0; i < registries->len; i++)
		add_registry(facts, registries->pdata[i]);
	nd_facts_choose_packages(facts);
	if (facts->trust->roots == ND_ROOTS_CA)
		read_pem(facts->trust->roots_pem, &facts->ca);
	read_pem_file(facts->trust->roots_file ? facts->trust->roots_file : facts->trust->cafile, &facts->cafile);
	read_pem_file(facts->trust->extra, &facts->extra);
	return facts;
}

struct nd_facts *nd_facts_new(const struct nd_view *view, int64_t now)
{
	return nd_facts_new_knowing(view, now, NULL);
}

void nd_facts_set_keyring(struct nd_facts *facts, GHashTable *names)
{
	if (facts->in_keyring)
		g_hash_table_unref(facts->in_keyring);
	facts->in_keyring = names;
}

static bool lacked_port(const struct nd_probe_result *result)
{
	return result->main.ending == ND_END_NO_PORT || result->authenticated.ending == ND_END_NO_PORT;
}

void nd_facts_set_results(struct nd_facts *facts, GPtrArray *results)
{
	guint next = 0;

	facts->results = results;
	for (guint i = 0; i < facts->registries->len; i++) {
		struct nd_registry_facts *r = facts->registries->pdata[i];

		if (!r->not_probed)
			r->probe = results->pdata[next++];
	}
	for (guint i = 0; !facts->counted && i < results->len; i++)
		facts->counted = lacked_port(results->pdata[i]);
	if (facts->counted)
		facts->sockets = nd_sockets_count();
}

static const char *nonempty(const struct nd_env *env, const char *name)
{
	const char *value = nd_env_get(env, name);

	return value && *value ? value : NULL;
}

void nd_facts_trust(const struct nd_facts *facts, struct nd_probe_trust *out)
{
	const struct nd_trust *trust = facts->trust;
	const struct nd_npm *npm = facts->layers->npm;
	const struct nd_env *env = facts->layers->env;

	*out = (struct nd_probe_trust){
		.replaced = trust->roots == ND_ROOTS_CA || trust->roots == ND_ROOTS_CAFILE,
		.pem = trust->roots_pem,
		.node_roots = trust->roots == ND_ROOTS_NODE || trust->roots == ND_ROOTS_SYSTEM,
		.openssl_roots = trust->roots == ND_ROOTS_OPENSSL,
		.system_roots = trust->roots == ND_ROOTS_SYSTEM,
		.system_by_variable = trust->system_by_variable,
		.node = npm && !npm->node_is_local ? npm->node : NULL,
		/* Where node does not heed them they are about the system's store, as OpenSSL has it, alone. */
		.ssl_cert_file = nonempty(env, "SSL_CERT_FILE"),
		.ssl_cert_dir = nonempty(env, "SSL_CERT_DIR"),
	};
	if (trust->extra && trust->extra_counts && trust->extra->state == ND_READ_OK)
		out->extra = (struct nd_span){ trust->extra->bytes, trust->extra->size };
}
