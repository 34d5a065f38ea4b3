#include "load.h"

#include <npmrc-doctor/path.h>

/* What pnpm (10: @pnpm/npm-conf; 11 and 12: config/reader), yarn 1 (NpmRegistry) and bun read beside or
 * instead of npm's files. Their own files in other languages (pnpm-workspace.yaml, .yarnrc, bunfig.toml)
 * are not read here. */

int nd_client_newest(enum nd_client client)
{
	return client == ND_CLIENT_NPM ? ND_NPM_NEWEST : client == ND_CLIENT_PNPM ? 12 : 1;
}

int nd_client_oldest(enum nd_client client)
{
	return client == ND_CLIENT_NPM ? ND_NPM_OLDEST : client == ND_CLIENT_PNPM ? 10 : 1;
}

/* yarn has ini 1.x and the environment's names of npm 6, the others what npm has today. */
int nd_client_npm(enum nd_client client, int client_major)
{
	if (client == ND_CLIENT_NPM)
		return client_major;
	return client == ND_CLIENT_YARN ? 6 : 11;
}

enum nd_expand_dialect nd_clients_dialect(enum nd_client client, int client_major)
{
	if (client == ND_CLIENT_YARN)
		return ND_EXPAND_YARN1;
	if (client == ND_CLIENT_BUN)
		return ND_EXPAND_BUN;
	return client_major == 10 ? ND_EXPAND_PNPM10 : ND_EXPAND_PNPM12;
}

/* yarn knows two words, true and false, and these paths. */
bool nd_clients_has_types(const struct nd_layers *layers, struct nd_span key)
{
	static const char *const paths[] = {"cache", "cafile", "prefix", "userconfig"};

	if (layers->client != ND_CLIENT_YARN)
		return true;
	for (size_t i = 0; i < G_N_ELEMENTS(paths); i++)
		if (nd_span_is(key, paths[i]))
			return true;
	return false;
}

static bool is_one(const char *name, const char *a, const char *b)
{
	return g_ascii_strcasecmp(name, a) == 0 || g_ascii_strcasecmp(name, b) == 0;
}

/* pnpm 11 and 12 want PNPM_CONFIG_*, and of npm_config_* only what is below a URL and the user's file
 * (readUrlScopedEnvConfig, getNpmrcAuthFile); bun the registry and the user's file. */
bool nd_clients_heed(const struct nd_layers *layers, const char **name, int *npm_major)
{
	bool npm = g_ascii_strncasecmp(*name, "npm_config_", 11) == 0;

	if (layers->client == ND_CLIENT_BUN)
		return npm && is_one(*name + 11, "registry", "userconfig");
	if (layers->client != ND_CLIENT_PNPM)
		return npm;
	if (layers->client_major == 10) {
		*npm_major = 6;
		return npm;
	}
	if (g_ascii_strncasecmp(*name, "pnpm_config_", 12) == 0) {
		(*name)++;
		return true;
	}
	return npm && (g_str_has_prefix(*name + 11, "//") || is_one(*name + 11, "userconfig", ""));
}

/* /\$\{[^}]+\}/ of dropUntrustedEnvExpansions.js */
static bool has_placeholder(struct nd_span text)
{
	for (size_t i = 0; i + 3 < text.n; i++)
		if (text.p[i] == '$' && text.p[i + 1] == '{' && text.p[i + 2] != '}' &&
			memchr(text.p + i + 2, '}', text.n - i - 2) != NULL)
			return true;
	return false;
}

static bool ends_with(struct nd_span text, const char *tail)
{
	size_t n = strlen(tail);

	return text.n >= n && memcmp(text.p + text.n - n, tail, n) == 0;
}

static bool is_credential(struct nd_span key)
{
	static const char *const names[] = {
		"_authToken", "_auth", "_password", "username", "tokenHelper", "cert", "key"};

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		size_t n = strlen(names[i]);

		if (ends_with(key, names[i]) && (key.n == n || key.p[key.n - n - 1] == ':'))
			return true;
	}
	return false;
}

bool nd_clients_names_registry(struct nd_span key)
{
	return nd_span_is(key, "registry") ||
	       (key.n > 0 && key.p[0] == '@' && ends_with(key, ":registry"));
}

static bool is_proxy(struct nd_span key)
{
	return nd_span_is(key, "https-proxy") || nd_span_is(key, "http-proxy") ||
	       nd_span_is(key, "proxy");
}

static bool is_below_url(struct nd_span key)
{
	return key.n > 1 && key.p[0] == '/' && key.p[1] == '/';
}

bool nd_clients_distrust(const struct nd_layers *layers, const struct nd_layer *layer,
	const struct nd_setting *setting)
{
	struct nd_span key = setting->key, raw = setting->raw_key;
	g_autofree char *user = NULL;
	bool in_key, in_value;

	if (layers->client != ND_CLIENT_PNPM || layer->id != ND_LAYER_PROJECT)
		return false;
	in_key = has_placeholder(raw) &&
		 (nd_clients_names_registry(raw) || is_below_url(raw) ||
			 nd_clients_names_registry(key) || is_below_url(key) || is_credential(key));
	in_value = setting->written.type == ND_TYPE_STRING &&
		   has_placeholder(setting->written.string) &&
		   (nd_clients_names_registry(key) || is_proxy(key) || is_credential(key));
	if (!in_key && !in_value)
		return false;
	user = nd_load_user_path(layers);
	return g_strcmp0(user, layer->file->path) != 0;
}

/* Where a further file stands: what it counts as, and the layer next to it. */
struct rank {
	enum nd_layer_id as, beside;
	bool stronger;
};

/* A file counts once. */
static bool load_more(
	struct nd_loader *l, const struct rank *rank, const char *path, GError **err)
{
	struct nd_layers *layers = l->layers;
	struct nd_layer *layer;
	guint at = 0;

	if (g_hash_table_contains(l->sources, path))
		return true;
	g_ptr_array_find(layers->order, &layers->layers[rank->beside], &at);
	/* Several weaker ones come nearest first: behind those that are there already. */
	for (at += rank->stronger ? 0 : 1; !rank->stronger && at < layers->order->len; at++)
		if (!g_ptr_array_find(layers->more, layers->order->pdata[at], NULL))
			break;
	layer = g_new0(struct nd_layer, 1);
	layer->id = rank->as;
	layer->loader = l;
	g_ptr_array_add(layers->more, layer);
	g_ptr_array_insert(layers->order, (gint)at, layer);
	return nd_load_file(l, layer, path, err);
}

static bool load_in(struct nd_loader *l, enum nd_layer_id id, const char *dir, const char *name,
	GError **err)
{
	g_autofree char *path = nd_path_resolve(dir, name);

	return nd_load_file(l, &l->layers->layers[id], path, err);
}

/* The nearest directory upwards that holds the file, or NULL. */
static char *find_upwards(const char *start, const char *name)
{
	char *dir = g_strdup(start);

	for (;;) {
		g_autofree char *path = g_build_filename(dir, name, NULL);
		char *parent;

		if (nd_file_exists(path))
			return dir;
		parent = g_path_get_dirname(dir);
		if (strcmp(parent, dir) == 0) {
			g_free(parent);
			g_free(dir);
			return NULL;
		}
		g_free(dir);
		dir = parent;
	}
}

/* pnpm's own files: $XDG_CONFIG_HOME/pnpm, else ~/.config/pnpm (getConfigDir). */
static char *pnpm_path(const struct nd_env *env, const char *name)
{
	const char *xdg = nd_env_get(env, "XDG_CONFIG_HOME");
	g_autofree char *dir = xdg != NULL && *xdg != '\0'
				       ? nd_path_resolve(env->cwd, xdg)
				       : g_build_filename(env->home != NULL ? env->home : "/", ".config", NULL);

	return g_build_filename(dir, "pnpm", name, NULL);
}

static bool load_user(struct nd_loader *l, GError **err)
{
	g_autofree char *user = nd_load_user_path(l->layers);

	return user == NULL || nd_load_file(l, &l->layers->layers[ND_LAYER_USER], user, err);
}

/* @pnpm/npm-conf/index.js; the rc file comes last (config/lib/index.js). */
static bool load_pnpm10(struct nd_loader *l, const char *workspace, GError **err)
{
	struct nd_layers *layers = l->layers;
	static const struct rank below_project = {ND_LAYER_PROJECT, ND_LAYER_PROJECT, false};
	static const struct rank below_global = {ND_LAYER_GLOBAL, ND_LAYER_GLOBAL, false};
	g_autofree char *rc = pnpm_path(layers->env, "rc");
	g_autofree char *root = workspace != NULL ? nd_path_resolve(workspace, ".npmrc") : NULL;
	g_autofree char *global = nd_load_global_path(layers);

	return load_in(l, ND_LAYER_PROJECT, layers->project_root, ".npmrc", err) &&
	       (root == NULL || load_more(l, &below_project, root, err)) && load_user(l, err) &&
	       (global == NULL || nd_load_file(l, &layers->layers[ND_LAYER_GLOBAL], global, err)) &&
	       load_more(l, &below_global, rc, err);
}

/* readNpmrcSources: the workspace's file in the project's place, no global one. */
static bool load_pnpm(struct nd_loader *l, const char *workspace, GError **err)
{
	struct nd_layers *layers = l->layers;
	static const struct rank above_user = {ND_LAYER_USER, ND_LAYER_USER, true};
	g_autofree char *auth = pnpm_path(layers->env, "auth.ini");

	return load_in(l, ND_LAYER_PROJECT, workspace != NULL ? workspace : layers->project_root,
		       ".npmrc", err) &&
	       load_user(l, err) && load_more(l, &above_user, auth, err);
}

/* getPossibleConfigLocations: what is above the project comes last, the nearest first; "/" does not. */
static bool load_yarn(struct nd_loader *l, GError **err)
{
	struct nd_layers *layers = l->layers;
	static const struct rank last = {ND_LAYER_PROJECT, ND_LAYER_GLOBAL, false};
	const char *prefix = layers->npm != NULL ? layers->npm->prefix : NULL;
	g_autofree char *dir = g_path_get_dirname(layers->project_root);

	if (!load_in(l, ND_LAYER_PROJECT, layers->project_root, ".npmrc", err) || !load_user(l, err) ||
		(prefix != NULL && !load_in(l, ND_LAYER_GLOBAL, prefix, "etc/npmrc", err)))
		return false;
	while (strcmp(dir, "/") != 0) {
		g_autofree char *path = nd_path_resolve(dir, ".npmrc");
		char *parent = g_path_get_dirname(dir);

		g_free(dir);
		dir = parent;
		if (!load_more(l, &last, path, err))
			return false;
	}
	return true;
}

bool nd_clients_load(struct nd_loader *l, const struct nd_layers_options *o, GError **err)
{
	struct nd_layers *layers = l->layers;
	g_autofree char *workspace = NULL;

	nd_settings_from_cli(l, &layers->layers[ND_LAYER_CLI], o);
	nd_settings_from_env(l, &layers->layers[ND_LAYER_ENV]);
	layers->project = nd_project_find(layers->env, o->client == ND_CLIENT_BUN);
	layers->project_root = g_strdup(layers->project->root);
	if (o->client == ND_CLIENT_YARN)
		return load_yarn(l, err);
	if (o->client == ND_CLIENT_BUN)
		return load_in(l, ND_LAYER_PROJECT, layers->project_root, ".npmrc", err) &&
		       load_user(l, err);
	workspace = find_upwards(layers->env->cwd, "pnpm-workspace.yaml");
	return o->client_major == 10 ? load_pnpm10(l, workspace, err) : load_pnpm(l, workspace, err);
}
