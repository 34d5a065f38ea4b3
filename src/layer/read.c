#include "load.h"

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

static bool is_users(const struct nd_layers *layers, const struct nd_layer *layer)
{
	g_autofree char *user = nd_paths_user(layers);

	return g_strcmp0(user, layer->file->path) == 0;
}

/* They count as deleted: a weaker layer's value shows through. */
static void drop_distrusted(struct nd_loader *l, const struct nd_layer *layer)
{
	for (guint i = 0; i < l->unsettled->len; i++) {
		struct nd_setting *setting = l->unsettled->pdata[i];

		if (setting->layer != layer || setting->place == SIZE_MAX)
			continue;
		setting->deleted = nd_clients_distrust(l->layers, layer, setting) && !is_users(l->layers, layer);
		/* pnpm 12 stops rather than ask another registry (ERR_PNPM_REGISTRY_ENV_NOT_EXPANDED). */
		if (setting->deleted && l->layers->client_major >= 12 &&
			nd_clients_names_registry(setting->key))
			nd_fatal_set(l->layers, &setting->origin,
				"The \"%s\" registry URL in \"%s\" contains an environment variable",
				setting->key.p, layer->file->path);
	}
}

void nd_read_bytes(struct nd_loader *l, struct nd_layer *layer)
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
	if (layer->ignored == NULL && l->layers->client == ND_CLIENT_PNPM)
		drop_distrusted(l, layer);
	nd_fatal_check_layer(l->layers, layer);
}

bool nd_read_layer(struct nd_loader *l, struct nd_layer *layer, const char *path, GError **err)
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
		nd_read_bytes(l, layer);
	return true;
}
