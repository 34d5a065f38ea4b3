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
	l->dialect = l->built_in ? nd_expand_dialect_of_npm(layers->npm_major)
				 : nd_clients_dialect(layers->client, layers->client_major);
	l->coerce = (struct nd_coerce){
		layers->npm_major, l->built_in ? l->env : NULL, env->cwd, env->home};
	l->sources = g_hash_table_new_full(nd_hash_text, g_str_equal, g_free, NULL);
	return l;
}

/* npm's resources are in order of loading; a path that comes twice is fatal even where there is no
 * such file (loadObject). */
static bool loaded_before(struct nd_loader *l, const struct nd_layer *layer)
{
	gpointer other;
	struct nd_origin origin = {.layer = layer->id, .file = layer->file->path};

	if (!g_hash_table_lookup_extended(l->sources, layer->file->path, NULL, &other)) {
		g_hash_table_insert(
			l->sources, g_strdup(layer->file->path), GINT_TO_POINTER((int)layer->id));
		return false;
	}
	if (l->built_in && l->layers->npm_major >= 7)
		nd_fatal_set(l->layers, &origin,
			"double-loading config \"%s\" as \"%s\", previously loaded as \"%s\"",
			layer->file->path, nd_layer_name(layer->id),
			nd_layer_name((enum nd_layer_id)GPOINTER_TO_INT(other)));
	return l->built_in && l->layers->npm_major >= 7;
}

void nd_load_bytes(struct nd_loader *l, struct nd_layer *layer)
{
	struct nd_span bytes = {layer->file->bytes, layer->file->size};
	struct nd_origin origin = {.layer = layer->id, .file = layer->file->path};
	const char *fatal;
	size_t line = 0;

	layer->doc = nd_doc_new(bytes, l->layers->npm_major < 9);
	layer->ini = nd_ini_decode(layer->doc, l->layers->npm_major);
	fatal = nd_ini_fatal(layer->ini, &line);
	if (fatal != NULL) {
		origin.line = (unsigned)line + 1;
		nd_fatal_set(l->layers, &origin, "%s", fatal);
	}
	nd_settings_from_file(l, layer);
	nd_fatal_check_layer(l->layers, layer);
}

bool nd_load_file(struct nd_loader *l, struct nd_layer *layer, const char *path, GError **err)
{
	layer->file = nd_file_read(path, ND_SOURCE_MAX_FILE);
	if (layer->file->state == ND_READ_TOO_BIG) {
		g_set_error(err, ND_LAYERS_ERROR, ND_LAYERS_ERROR_READ,
			"cannot read '%s': larger than %zu MiB", path, ND_SOURCE_MAX_FILE >> 20);
		return false;
	}
	if (loaded_before(l, layer)) {
		layer->ignored = "the same file as another layer";
		return true;
	}
	if (layer->file->state == ND_READ_OK)
		nd_load_bytes(l, layer);
	return true;
}

static bool load_file(
	struct nd_loader *l, enum nd_layer_id id, const char *path, GError **err)
{
	return nd_load_file(l, &l->layers->layers[id], path, err);
}

static bool peek_is(const struct nd_layers *layers, const char *key, const char *text)
{
	const struct nd_setting *setting = nd_settings_peek(layers, key);

	return setting != NULL && setting->value.type == ND_TYPE_STRING &&
	       nd_span_is(setting->value.string, text);
}

/* The path that a setting names, or NULL where it is no string (reading that fails, silently). */
static char *path_of(const struct nd_setting *setting)
{
	struct nd_span text = setting->value.string;

	if (setting->value.type != ND_TYPE_STRING || memchr(text.p, '\0', text.n) != NULL)
		return NULL;
	return g_strndup(text.p, text.n);
}

/* definitions.js has "~/.npmrc", which an empty HOME leaves to be resolved against the directory.
 */
static char *default_user_path(const struct nd_env *env)
{
	if (env->home != NULL && *env->home != '\0') {
		g_autofree char *home = nd_path_resolve(env->cwd, env->home);

		return nd_path_resolve(home, ".npmrc");
	}
	return nd_path_resolve(env->cwd, "~/.npmrc");
}

char *nd_load_user_path(const struct nd_layers *layers)
{
	const struct nd_setting *setting = nd_settings_peek(layers, "userconfig");

	return setting != NULL ? path_of(setting) : default_user_path(layers->env);
}

char *nd_load_global_path(struct nd_layers *layers)
{
	const struct nd_setting *setting = nd_settings_peek(layers, "globalconfig");
	const struct nd_setting *prefix = nd_settings_peek(layers, "prefix");
	g_autofree char *directory = NULL;

	if (setting != NULL) {
		/* readFile() of anything but a string fails in silence; only a section cannot be
		 * told. */
		if (nd_fatal_is_section(layers, setting) && layers->client == ND_CLIENT_NPM &&
			layers->npm_major > 6)
			nd_fatal_set(layers, &setting->origin,
				"Cannot convert object to primitive value");
		return path_of(setting);
	}
	if (prefix != NULL) {
		directory = path_of(prefix);
		/* resolve(get('prefix'), 'etc/npmrc') throws where the prefix is no string. */
		if (prefix->value.type != ND_TYPE_STRING && layers->client == ND_CLIENT_NPM &&
			layers->npm_major > 6)
			nd_fatal_set(layers, &prefix->origin,
				"The \"paths[0]\" argument must be of type string. Received %s",
				nd_fatal_received(layers, prefix));
	} else if (layers->npm != NULL) {
		directory = g_strdup(layers->npm->prefix);
	}
	return directory != NULL ? nd_path_resolve(directory, "etc/npmrc") : NULL;
}

/* Why the project's file does not count, or NULL. */
static const char *project_ignored(const struct nd_layers *layers, const char *path)
{
	const struct nd_setting *global = nd_settings_peek(layers, "global");
	g_autofree char *user = nd_load_user_path(layers);
	g_autofree char *usual = default_user_path(layers->env);
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
	char *root = prefix != NULL ? path_of(prefix) : NULL;
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
	user = nd_load_user_path(layers);
	if (user != NULL && !load_file(l, ND_LAYER_USER, user, err))
		return false;
	global = nd_load_global_path(layers);
	return global == NULL || load_file(l, ND_LAYER_GLOBAL, global, err);
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
	nd_settings_settle(layers);
	nd_fatal_check_all(layers);
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
	nd_settings_settle(layers);
	nd_fatal_check_all(layers);
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
