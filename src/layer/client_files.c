#include "load.h"

#include <npmrc-doctor/path.h>

/* What pnpm (10: @pnpm/npm-conf; 11 and 12: config/reader), yarn 1 (NpmRegistry) and bun read beside or
 * instead of npm's files. Their own files in other languages (pnpm-workspace.yaml, .yarnrc, bunfig.toml)
 * are not read here. */

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
	return nd_read_layer(l, layer, path, err);
}

static bool load_in(struct nd_loader *l, enum nd_layer_id id, const char *dir, const char *name,
	GError **err)
{
	g_autofree char *path = nd_path_resolve(dir, name);

	return nd_read_layer(l, &l->layers->layers[id], path, err);
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
	g_autofree char *user = nd_paths_user(l->layers);

	return user == NULL || nd_read_layer(l, &l->layers->layers[ND_LAYER_USER], user, err);
}

/* @pnpm/npm-conf/index.js; the rc file comes last (config/lib/index.js). */
static bool load_pnpm10(struct nd_loader *l, const char *workspace, GError **err)
{
	struct nd_layers *layers = l->layers;
	static const struct rank below_project = {ND_LAYER_PROJECT, ND_LAYER_PROJECT, false};
	static const struct rank below_global = {ND_LAYER_GLOBAL, ND_LAYER_GLOBAL, false};
	g_autofree char *rc = pnpm_path(layers->env, "rc");
	g_autofree char *root = workspace != NULL ? nd_path_resolve(workspace, ".npmrc") : NULL;
	g_autofree char *global = nd_paths_global(layers);

	return load_in(l, ND_LAYER_PROJECT, layers->project_root, ".npmrc", err) &&
	       (root == NULL || load_more(l, &below_project, root, err)) && load_user(l, err) &&
	       (global == NULL || nd_read_layer(l, &layers->layers[ND_LAYER_GLOBAL], global, err)) &&
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
	workspace = nd_file_find_upwards(layers->env->cwd, "pnpm-workspace.yaml");
	return o->client_major == 10 ? load_pnpm10(l, workspace, err) : load_pnpm(l, workspace, err);
}
