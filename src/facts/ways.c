#include "facts/ways.h"

#include <npmrc-doctor/facts.h>
#include <npmrc-doctor/settings.h>

/* Other ways out: the proxies that other programs on this machine use. What is found is tried without
 * credentials, so userinfo ends here. The desktop's settings are asked of libproxy alone, if it is
 * there: dconf has no file of its own to read, and gsettings would be one more program to run. */

/* Enough for any machine, and a bound on what one run may try. */
#define MAX_WAYS 8
#define MAX_FILE ((size_t)1024 * 1024)

static void way_free(gpointer data)
{
	struct nd_way *way = data;

	g_free(way->file);
	g_free(way->variable);
	g_free(way->url);
	g_free(way->proxy.host);
	g_free(way);
}

static bool same_proxy(const struct nd_probe_proxy *a, const struct nd_probe_proxy *b)
{
	return a->kind == b->kind && a->port == b->port && g_str_equal(a->host, b->host);
}

static bool is_known(const GPtrArray *ways, const struct nd_probe_proxy *proxy)
{
	for (guint i = 0; i < ways->len; i++) {
		const struct nd_way *way = ways->pdata[i];

		if (same_proxy(&way->proxy, proxy))
			return true;
	}
	return false;
}

/* A way out with the place left open, or NULL where the text names no proxy or one that is known. */
static struct nd_way *add_way(struct nd_facts *facts, const char *program, const char *text)
{
	/* curl, git, wget and pip take host:port. */
	g_autofree char *full = strstr(text, "://") ? g_strdup(text) : g_strconcat("http://", text, NULL);
	struct nd_url *url = nd_url_parse(nd_span_of(full));
	struct nd_probe_proxy proxy = { 0 };
	struct nd_way *way = NULL;

	/* apt writes DIRECT for no proxy, others false or none. */
	if (url && nd_proxy_is_torn(url))
		proxy.kind = ND_PROXY_KIND_NONE;
	else if (url && *url->host && strcspn(url->host, ".:") < strlen(url->host))
		proxy = (struct nd_probe_proxy){ .kind = nd_proxy_kind_of(url->scheme),
			.host = nd_bare_host(url->host), .port = nd_url_port(url) };
	else if (url && g_str_equal(url->host, "localhost"))
		proxy = (struct nd_probe_proxy){ .kind = nd_proxy_kind_of(url->scheme),
			.host = g_strdup(url->host), .port = nd_url_port(url) };
	if (proxy.kind != ND_PROXY_KIND_NONE && facts->ways->len < MAX_WAYS && !is_known(facts->ways, &proxy)) {
		way = g_new0(struct nd_way, 1);
		way->program = program;
		way->url = g_strdup_printf("%s://%s:%d", url->scheme, url->host, proxy.port);
		way->password = *url->password != '\0';
		way->proxy = proxy;
		proxy.host = NULL;
		g_ptr_array_add(facts->ways, way);
	}
	g_free(proxy.host);
	nd_url_free(url);
	return way;
}

static void add_variables(struct nd_facts *facts)
{
	const struct nd_env *env = facts->layers->env;

	for (size_t i = 0; i < env->n; i++) {
		struct nd_way *way = nd_settings_proxy_variable(env->vars[i].name) && *env->vars[i].value ?
			add_way(facts, "the environment", env->vars[i].value) : NULL;

		if (way)
			way->variable = g_strdup(env->vars[i].name);
	}
}

/* What stands in an .npmrc and does not count: shadowed, or under a name that npm does not know. */
static void add_settings(struct nd_facts *facts)
{
	static const char *const keys[] = { "https-proxy", "proxy", "http-proxy" };

	for (guint at = 0; at < facts->layers->order->len; at++) {
		for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
			const struct nd_layer *layer = facts->layers->order->pdata[at];
			const struct nd_setting *setting = nd_layer_get(layer, keys[i]);
			g_autofree char *text = setting && setting->origin.file &&
				setting->value.type == ND_TYPE_STRING ?
				g_strndup(setting->value.string.p, setting->value.string.n) : NULL;
			struct nd_way *way = text ? add_way(facts, "npm", text) : NULL;

			if (way) {
				way->file = g_strdup(setting->origin.file);
				way->line = setting->origin.line;
			}
		}
	}
}

static void add_file(struct nd_facts *facts, const char *program, enum nd_settings_kind kind,
	const char *path)
{
	struct nd_file *file = nd_file_read(path, MAX_FILE);
	g_autoptr(GPtrArray) lines = NULL;

	if (file->state == ND_READ_OK)
		lines = nd_settings_proxies(kind, (struct nd_span){ file->bytes, file->size });
	for (guint i = 0; lines && i < lines->len; i++) {
		const struct nd_proxy_line *line = lines->pdata[i];
		struct nd_way *way = add_way(facts, program, line->text);

		if (way) {
			way->file = g_strdup(path);
			way->line = line->line;
		}
	}
	nd_file_free(file);
}

/* Where each program looks; a path without a slash in front is below `base`. */
enum base { BASE_HOME, BASE_CONFIG, BASE_VARIABLE, BASE_ROOT };
static const struct {
	const char *program;
	enum nd_settings_kind kind;
	enum base base;
	const char *path;
} places[] = {
	{ "git", ND_SETTINGS_GIT, BASE_HOME, ".gitconfig" },
	{ "git", ND_SETTINGS_GIT, BASE_CONFIG, "git/config" },
	{ "git", ND_SETTINGS_GIT, BASE_VARIABLE, "GIT_CONFIG_GLOBAL" },
	{ "git", ND_SETTINGS_GIT, BASE_ROOT, "/etc/gitconfig" },
	{ "curl", ND_SETTINGS_CURL, BASE_HOME, ".curlrc" },
	{ "curl", ND_SETTINGS_CURL, BASE_CONFIG, "curlrc" },
	{ "pip", ND_SETTINGS_PIP, BASE_CONFIG, "pip/pip.conf" },
	{ "pip", ND_SETTINGS_PIP, BASE_HOME, ".pip/pip.conf" },
	{ "pip", ND_SETTINGS_PIP, BASE_VARIABLE, "PIP_CONFIG_FILE" },
	{ "pip", ND_SETTINGS_PIP, BASE_ROOT, "/etc/pip.conf" },
	{ "wget", ND_SETTINGS_WGET, BASE_HOME, ".wgetrc" },
	{ "wget", ND_SETTINGS_WGET, BASE_VARIABLE, "WGETRC" },
	{ "wget", ND_SETTINGS_WGET, BASE_ROOT, "/etc/wgetrc" },
	{ "apt", ND_SETTINGS_APT, BASE_ROOT, "/etc/apt/apt.conf" },
	{ "the system", ND_SETTINGS_ENVIRONMENT, BASE_ROOT, "/etc/environment" },
};

static char *place_path(const struct nd_env *env, enum base base, const char *path)
{
	const char *config = nd_env_get(env, "XDG_CONFIG_HOME");
	const char *dir = base == BASE_VARIABLE ? nd_env_get(env, path) : env->home;

	if (base == BASE_ROOT)
		return g_strdup(path);
	if (base == BASE_CONFIG && config && *config == '/')
		return g_build_filename(config, path, NULL);
	if (!dir || *dir != '/')
		return NULL;
	if (base == BASE_VARIABLE)
		return g_strdup(dir);
	return base == BASE_CONFIG ? g_build_filename(dir, ".config", path, NULL) :
		g_build_filename(dir, path, NULL);
}

static void add_apt_parts(struct nd_facts *facts)
{
	g_autoptr(GPtrArray) parts = nd_apt_parts("/etc/apt/apt.conf.d");

	for (guint i = 0; i < parts->len; i++)
		add_file(facts, "apt", ND_SETTINGS_APT, parts->pdata[i]);
}

static bool is_own(const struct nd_registry_facts *r, const struct nd_way *way)
{
	g_autofree char *host = nd_proxy_used(r->proxy) ? nd_bare_host(r->proxy->url->host) : NULL;

	return host && nd_proxy_kind_of(r->proxy->url->scheme) == way->proxy.kind &&
		nd_url_port(r->proxy->url) == way->proxy.port && g_str_equal(host, way->proxy.host);
}

/* What every registry goes through anyway is no other way. */
static void drop_own(struct nd_facts *facts)
{
	for (guint i = facts->ways->len; i-- > 0;) {
		guint own = 0;

		while (own < facts->registries->len &&
			is_own(facts->registries->pdata[own], facts->ways->pdata[i]))
			own++;
		if (own == facts->registries->len)
			g_ptr_array_remove_index(facts->ways, i);
	}
}

void nd_facts_find_ways(struct nd_facts *facts)
{
	facts->ways = g_ptr_array_new_with_free_func(way_free);
	add_variables(facts);
	add_settings(facts);
	for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
		g_autofree char *path = place_path(facts->layers->env, places[i].base, places[i].path);

		if (path)
			add_file(facts, places[i].program, places[i].kind, path);
	}
	add_apt_parts(facts);
	drop_own(facts);
}

/* What answers in the registry's place: a page, or the way to one. */
static bool is_page(const struct nd_attempt *a)
{
	return a->ending == ND_END_ANSWERED && (a->html || a->location) && a->status != 401;
}

static bool wants_way(const struct nd_registry_facts *r)
{
	const struct nd_attempt *a = r->probe ? &r->probe->main : NULL;

	if (!a || a->stage == ND_STAGE_DONE || a->ending == ND_END_NO_PORT || a->ending == ND_END_UNTRUSTED)
		return false;
	/* The proxy is a left-over: the way out is to have none. */
	if (r->probe->direct.tried && r->probe->direct.stage == ND_STAGE_DONE)
		return false;
	return a->stage != ND_STAGE_CONTENT || is_page(a);
}

bool nd_facts_wants_way(const struct nd_facts *facts)
{
	for (guint i = 0; i < facts->registries->len; i++)
		if (wants_way(facts->registries->pdata[i]))
			return true;
	return false;
}

/* One answer holds for all: a desktop that has a proxy has it for the world outside. */
void nd_facts_ask_desktop(struct nd_facts *facts, double patience_s)
{
	for (guint i = 0; i < facts->registries->len; i++) {
		const struct nd_registry_facts *r = facts->registries->pdata[i];
		g_autoptr(GPtrArray) found = NULL;

		if (!wants_way(r))
			continue;
		found = nd_desktop_proxies(r->url, patience_s);
		for (guint j = 0; j < found->len; j++)
			add_way(facts, "the desktop", found->pdata[j]);
		return;
	}
}

/* Calls `each` for every registry and way that are to be tried together, always in the same order. */
typedef void (*nd_try)(struct nd_registry_facts *r, const struct nd_way *way, void *data);

static void for_each_try(const struct nd_facts *facts, nd_try each, void *data)
{
	for (guint i = 0; i < facts->registries->len; i++) {
		struct nd_registry_facts *r = facts->registries->pdata[i];

		if (!wants_way(r))
			continue;
		for (guint j = 0; j < facts->ways->len; j++)
			if (!is_own(r, facts->ways->pdata[j]))
				each(r, facts->ways->pdata[j], data);
	}
}

static void add_target(struct nd_registry_facts *r, const struct nd_way *way, void *data)
{
	struct nd_targets *out = data;
	struct nd_probe_target *target = &out->targets[out->n];
	struct nd_probe_proxy *proxy = &out->proxies[out->n++];

	*proxy = way->proxy;
	proxy->host = g_strdup(way->proxy.host);
	*target = (struct nd_probe_target){ .url = r->url, .proxy = proxy, .strict = true, .only_path = true };
}

struct nd_targets *nd_facts_way_targets(const struct nd_facts *facts)
{
	struct nd_targets *out = g_new0(struct nd_targets, 1);
	size_t most = (size_t)facts->registries->len * facts->ways->len;

	out->targets = g_new0(struct nd_probe_target, most + 1);
	out->proxies = g_new0(struct nd_probe_proxy, most + 1);
	for_each_try(facts, add_target, out);
	return out;
}

/* A proxy that asks for the password which it was not sent, and takes it as npm can send it. */
static bool is_locked(const struct nd_attempt *a)
{
	bool basic = false;

	for (char **offer = a->proxy_offers; offer && *offer; offer++)
		basic = basic || g_ascii_strcasecmp(*offer, "Basic") == 0;
	return basic && a->stage == ND_STAGE_PROXY_TUNNEL && a->ending == ND_END_ANSWERED &&
		(a->connect_status == 407 || a->status == 407);
}

/* 2: it answers as a registry does, if only to ask for the credentials that were not sent; 1: it is
 * there, with a certificate that npm does not trust; 0: it was not reached. */
static int reached(const struct nd_attempt *a)
{
	if (a->stage == ND_STAGE_DONE)
		return 2;
	if (a->stage == ND_STAGE_CONTENT && a->ending == ND_END_ANSWERED && !a->html &&
		(a->status == 401 || (a->json && (a->status == 403 || a->status == 404))))
		return 2;
	return a->stage == ND_STAGE_TLS && a->ending == ND_END_UNTRUSTED;
}

struct taking {
	GPtrArray *results;
	guint next;
};

static void take_result(struct nd_registry_facts *r, const struct nd_way *way, void *data)
{
	struct taking *taking = data;
	const struct nd_probe_result *result = taking->results->pdata[taking->next++];

	if (reached(&result->main) > (r->way ? reached(r->way_attempt) : 0)) {
		r->way = way;
		r->way_attempt = &result->main;
	}
	/* npm has the password of its own, and does not use that proxy here because it was told so. */
	if (!r->locked && is_locked(&result->main) && !g_str_equal(way->program, "npm"))
		r->locked = way;
}

void nd_facts_set_way_results(struct nd_facts *facts, GPtrArray *results)
{
	struct taking taking = { .results = results };

	facts->way_results = results;
	for_each_try(facts, take_result, &taking);
}
