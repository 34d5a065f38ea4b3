#include "facts/around.h"

static void misnamed_free(gpointer data)
{
	struct nd_misnamed *file = data;

	g_free(file->path);
	g_free(file->wanted);
	g_free(file);
}

static void ignored_free(gpointer data)
{
	struct nd_ignored *file = data;

	g_free(file->path);
	g_free(file->why);
	g_free(file);
}

/* Where npm looks for .npmrc and finds none. */
static void add_misnamed(struct nd_facts *facts, enum nd_layer_id id)
{
	const struct nd_layer *layer = &facts->layers->layers[id];
	g_autoptr(GPtrArray) found = NULL;
	g_autofree char *dir = NULL;

	if (!layer->file || layer->ignored || layer->file->state != ND_READ_MISSING ||
		!g_str_has_suffix(layer->file->path, "/.npmrc"))
		return;
	dir = g_path_get_dirname(layer->file->path);
	found = nd_misnamed_find(dir);
	for (guint i = 0; i < found->len; i++) {
		struct nd_misnamed *file = g_new0(struct nd_misnamed, 1);

		file->layer = id;
		file->path = g_strdup(found->pdata[i]);
		file->wanted = g_strdup(layer->file->path);
		g_ptr_array_add(facts->misnamed, file);
	}
}

static void add_ignored(struct nd_facts *facts, enum nd_layer_id layer, const char *path, char *why)
{
	struct nd_ignored *file = g_new0(struct nd_ignored, 1);

	file->layer = layer;
	file->path = g_strdup(path);
	file->why = why;
	g_ptr_array_add(facts->ignored, file);
}

/* The user's usual file where another one is named. */
static void add_replaced_user(struct nd_facts *facts)
{
	const struct nd_layers *layers = facts->layers;
	const struct nd_setting *setting = nd_layers_get(layers, "userconfig");
	const struct nd_file *file = layers->layers[ND_LAYER_USER].file;
	const char *home = layers->env->home;
	g_autofree char *usual = home && *home ? g_build_filename(home, ".npmrc", NULL) : NULL, *shown = NULL;
	const struct nd_file *project = layers->layers[ND_LAYER_PROJECT].file;

	/* On the command line it was meant for this run. */
	if (!usual || !file || !setting || setting->origin.layer == ND_LAYER_CLI ||
		g_str_equal(file->path, usual) || !nd_file_exists(usual) ||
		(project && g_str_equal(project->path, usual)))
		return;
	shown = nd_url_redact_path(file->path);
	add_ignored(facts, ND_LAYER_USER, usual, g_strdup_printf("%s names %s in its place",
		setting->origin.variable ? setting->origin.variable : "userconfig", shown));
}

/* In a directory below the project's root npm does not look. */
static void add_subdirectory(struct nd_facts *facts)
{
	const struct nd_layers *layers = facts->layers;
	g_autofree char *path = g_build_filename(layers->env->cwd, ".npmrc", NULL);

	if (!layers->project_root || g_str_equal(layers->project_root, layers->env->cwd) ||
		!nd_file_exists(path))
		return;
	for (guint i = 0; i < facts->ignored->len; i++) {
		const struct nd_ignored *known = facts->ignored->pdata[i];

		if (g_str_equal(known->path, path))
			return;
	}
	for (guint at = 0; at < layers->order->len; at++) {
		const struct nd_layer *layer = layers->order->pdata[at];

		if (layer->file && g_str_equal(layer->file->path, path))
			return;
	}
	add_ignored(facts, ND_LAYER_PROJECT, path, g_strdup_printf("the project's root is %s",
		layers->project_root));
}

/* pnpm 11 and later read the workspace's file alone. */
static void add_member(struct nd_facts *facts)
{
	const struct nd_layers *layers = facts->layers;
	const struct nd_file *read = layers->layers[ND_LAYER_PROJECT].file;
	g_autofree char *path = layers->project_root ? g_build_filename(layers->project_root, ".npmrc", NULL) : NULL;

	if (layers->client == ND_CLIENT_PNPM && layers->client_major > 10 && path && read &&
		!g_str_equal(read->path, path) && nd_file_exists(path))
		add_ignored(facts, ND_LAYER_PROJECT, path,
			g_strdup_printf("pnpm reads the workspace's file, %s, in its place", read->path));
}

void nd_facts_look_around(struct nd_facts *facts)
{
	const struct nd_layers *layers = facts->layers;
	const struct nd_layer *project = &layers->layers[ND_LAYER_PROJECT];

	facts->misnamed = g_ptr_array_new_with_free_func(misnamed_free);
	facts->ignored = g_ptr_array_new_with_free_func(ignored_free);
	if (facts->files_only)
		return;
	add_misnamed(facts, ND_LAYER_PROJECT);
	add_misnamed(facts, ND_LAYER_USER);
	if (layers->project && layers->project->ignored_npmrc)
		add_ignored(facts, ND_LAYER_PROJECT, layers->project->ignored_npmrc,
			g_strdup_printf("the workspace's root has the project's file, %s/.npmrc",
				layers->project_root));
	if (project->ignored && project->file && project->file->state == ND_READ_OK &&
		g_str_equal(project->ignored, "npm is in global mode"))
		add_ignored(facts, ND_LAYER_PROJECT, project->file->path, g_strdup(project->ignored));
	add_replaced_user(facts);
	add_subdirectory(facts);
	add_member(facts);
	if (layers->client == ND_CLIENT_PNPM)
		facts->pnpm = true;
	else if (layers->project_root)
		facts->pnpm = nd_project_is_pnpm(layers->project_root);
	if (layers->project_root) {
		facts->lockfile = nd_lockfile_read(layers->project_root);
		facts->publish = nd_publish_registries_read(layers->project_root);
	}
}
