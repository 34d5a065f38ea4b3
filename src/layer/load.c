#include "load.h"

#include <npmrc-doctor/hash.h>
#include <npmrc-doctor/path.h>

G_DEFINE_QUARK(nd - layers - error - quark, nd_layers_error)

static void layer_release(struct nd_layer *layer)
{
	nd_index_free(layer);
	nd_ini_free(layer->ini);
	nd_doc_free(layer->doc);
	nd_file_free(layer->file);
}

static void layer_free(gpointer data)
{
	layer_release(data);
	g_free(data);
}

static struct nd_layers *layers_new(const struct nd_layers_options *o)
{
	struct nd_layers *layers = g_new0(struct nd_layers, 1);

	layers->arena = nd_arena_new();
	layers->env = o->env;
	layers->npm = o->npm;
	layers->npm_major = o->npm_major;
	layers->client = o->client;
	layers->client_major = o->client_major;
	layers->more = g_ptr_array_new_with_free_func(layer_free);
	layers->order = g_ptr_array_new();
	for (int id = 0; id < ND_LAYER_COUNT; id++) {
		layers->layers[id].id = (enum nd_layer_id)id;
		g_ptr_array_add(layers->order, &layers->layers[id]);
	}
	return layers;
}

static struct nd_loader *loader_new(struct nd_layers *layers, bool with_env)
{
	const struct nd_env *env = layers->env;
	struct nd_loader *l = g_new0(struct nd_loader, 1);

	layers->loader = l;
	for (int id = 0; id < ND_LAYER_COUNT; id++)
		layers->layers[id].loader = l;
	l->unsettled = g_ptr_array_new();
	l->layers = layers;
	l->env = with_env ? env : NULL;
	l->built_in = layers->client == ND_CLIENT_NPM;
	l->dialect = nd_layers_dialect(layers);
	l->coerce = (struct nd_coerce){
		layers->npm_major, l->built_in ? l->env : NULL, env->cwd, env->home};
	l->sources = g_hash_table_new_full(nd_hash_text, g_str_equal, g_free, NULL);
	return l;
}

static bool load_file(
	struct nd_loader *l, enum nd_layer_id id, const char *path, GError **err)
{
	return nd_read_layer(l, &l->layers->layers[id], path, err);
}

static bool peek_is(const struct nd_layers *layers, const char *key, const char *text)
{
	const struct nd_setting *setting = nd_settings_peek(layers, key);

	return setting != NULL && setting->value.type == ND_TYPE_STRING &&
	       nd_span_is(setting->value.string, text);
}

/* Why the project's file does not count, or NULL. */
static const char *project_ignored(const struct nd_layers *layers, const char *path)
{
	const struct nd_setting *global = nd_settings_peek(layers, "global");
	g_autofree char *user = nd_paths_user(layers);
	g_autofree char *usual = nd_paths_usual_user(layers->env);
	bool old = layers->npm_major == 6;

	if (global != NULL &&
		(old ? nd_value_truthy(&global->value)
		     : global->value.type == ND_TYPE_BOOLEAN && global->value.boolean))
		return "npm is in global mode";
	if (!old && peek_is(layers, "location", "global"))
		return "npm is in global mode";
	if (g_strcmp0(path, user) == 0 || (old && strcmp(path, usual) == 0))
		return "the same as the user file";
	return NULL;
}

/* loadLocalPrefix: --prefix is not searched for, and --no-workspaces leaves the root alone. */
static struct nd_project *find_project(const struct nd_layers *layers, bool in_global)
{
	const struct nd_layer *cli = &layers->layers[ND_LAYER_CLI];
	const struct nd_setting *prefix = nd_layer_get(cli, "prefix"), *workspaces = nd_layer_get(cli, "workspaces");
	bool alone = workspaces != NULL && workspaces->value.type == ND_TYPE_BOOLEAN && !workspaces->value.boolean;
	char *root = prefix != NULL ? nd_paths_named(prefix) : NULL;
	struct nd_project *project;

	if (root == NULL)
		return nd_project_find(layers->env, layers->npm_major >= 7 && !in_global && !alone);
	project = g_new0(struct nd_project, 1);
	project->root = root;
	return project;
}

static bool load_project(struct nd_loader *l, GError **err)
{
	struct nd_layers *layers = l->layers;
	struct nd_layer *layer = &layers->layers[ND_LAYER_PROJECT];
	const struct nd_setting *global = nd_settings_peek(layers, "global");
	bool in_global = (global != NULL && nd_value_truthy(&global->value)) ||
			 peek_is(layers, "location", "global");
	g_autofree char *path = NULL;

	layers->project = find_project(layers, in_global);
	layers->project_root = g_strdup(layers->project->root);
	if (layers->project->broken != NULL) {
		struct nd_origin origin = {.layer = ND_LAYER_PROJECT, .file = layers->project->broken};

		nd_fatal_set(layers, &origin, "%s", layers->project->reason);
	}
	path = nd_path_resolve(layers->project_root, ".npmrc");
	layer->ignored = project_ignored(layers, path);
	if (layer->ignored == NULL)
		return load_file(l, ND_LAYER_PROJECT, path, err);
	/* Where it is and whether it is there is told all the same. */
	layer->file = nd_file_read(path, ND_SOURCE_MAX_FILE);
	return true;
}

/* The order of Config.load: each file may name the next. */
static bool load_all(struct nd_loader *l, const struct nd_layers_options *o, GError **err)
{
	struct nd_layers *layers = l->layers;
	g_autofree char *user = NULL, *global = NULL;

	if (o->npm != NULL && o->npm->builtin != NULL &&
		!load_file(l, ND_LAYER_BUILTIN, o->npm->builtin, err))
		return false;
	nd_settings_from_cli(l, &layers->layers[ND_LAYER_CLI], o);
	nd_settings_from_env(l, &layers->layers[ND_LAYER_ENV]);
	nd_fatal_check_layer(layers, &layers->layers[ND_LAYER_ENV]);
	if (!load_project(l, err))
		return false;
	user = nd_paths_user(layers);
	if (user != NULL && !load_file(l, ND_LAYER_USER, user, err))
		return false;
	global = nd_paths_global(layers);
	return global == NULL || load_file(l, ND_LAYER_GLOBAL, global, err);
}

/* npm.js writes a scope back with its "@", which drops the options that were computed before the
 * type check, so that checked values are used even in npm 9 and later. */
static bool write_scope_back(struct nd_layers *layers)
{
	struct nd_setting *scope = (struct nd_setting *)nd_settings_peek(layers, "scope");
	g_autofree char *text = NULL;
	const struct nd_value *value;
	struct nd_span was;

	if (layers->client != ND_CLIENT_NPM || layers->npm_major < 7 || scope == NULL)
		return false;
	value = layers->npm_major < 9 ? &scope->used : &scope->value;
	if (!nd_value_truthy(value))
		return false;
	was = nd_value_text(value, layers->arena);
	if (was.n > 0 && was.p[0] == '@')
		return false;
	text = g_strdup_printf("@%.*s", (int)was.n, was.p);
	scope->used = nd_value_string(nd_arena_copy(layers->arena, nd_span_of(text)));
	return true;
}

/* Once every layer is there. */
static void finish(struct nd_layers *layers)
{
	struct nd_loader *l = layers->loader;

	l->written_back = write_scope_back(layers);
	l->checked = layers->client == ND_CLIENT_NPM && (layers->npm_major < 9 || l->written_back);
	nd_settings_settle(layers);
	nd_fatal_check_all(layers);
}

struct nd_layers *nd_layers_load(const struct nd_layers_options *o, GError **err)
{
	struct nd_layers *layers = layers_new(o);
	struct nd_loader *loader = loader_new(layers, true);

	loader->supplied = o->supplied;
	if (!(o->client == ND_CLIENT_NPM ? load_all(loader, o, err) : nd_clients_load(loader, o, err))) {
		nd_layers_free(layers);
		return NULL;
	}
	finish(layers);
	return layers;
}

static bool load_named(struct nd_loader *l, const char *path, GError **err)
{
	const struct nd_file *file;

	if (!load_file(l, ND_LAYER_FILE, path, err))
		return false;
	file = l->layers->layers[ND_LAYER_FILE].file;
	if (file->state == ND_READ_OK)
		return true;
	g_set_error(err, ND_LAYERS_ERROR, ND_LAYERS_ERROR_READ, "cannot read '%s': %s", path,
		file->state == ND_READ_MISSING ? g_strerror(file->error) : nd_file_reason(file));
	return false;
}

struct nd_layers *nd_layers_load_file(
	const struct nd_layers_options *o, const char *path, GError **err)
{
	g_autofree char *absolute = nd_path_resolve(o->env->cwd, path);
	struct nd_layers *layers = layers_new(o);

	if (!load_named(loader_new(layers, false), absolute, err)) {
		nd_layers_free(layers);
		return NULL;
	}
	finish(layers);
	return layers;
}

void nd_layers_free(struct nd_layers *layers)
{
	if (layers == NULL)
		return;
	for (int id = 0; id < ND_LAYER_COUNT; id++)
		layer_release(&layers->layers[id]);
	g_hash_table_destroy(layers->loader->sources);
	g_ptr_array_unref(layers->loader->unsettled);
	g_free(layers->loader);
	g_ptr_array_unref(layers->more);
	g_ptr_array_unref(layers->order);
	nd_project_free(layers->project);
	g_free(layers->project_root);
	g_free(layers->fatal);
	nd_arena_free(layers->arena);
	g_free(layers);
}
