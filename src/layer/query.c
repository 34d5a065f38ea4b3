#include "load.h"

const char *nd_client_name(enum nd_client client)
{
	switch (client) {
	case ND_CLIENT_PNPM:
		return "pnpm";
	case ND_CLIENT_YARN:
		return "yarn";
	case ND_CLIENT_BUN:
		return "bun";
	case ND_CLIENT_NPM:
		break;
	}
	return "npm";
}

const struct nd_setting *nd_layer_get(const struct nd_layer *layer, const char *key)
{
	struct nd_span wanted = nd_span_of(key);

	for (size_t i = 0; i < layer->n_settings; i++)
		if (nd_span_equal(layer->settings[i].key, wanted))
			return &layer->settings[i];
	return NULL;
}

/* npm's default layer has a setter for these (Object.defineProperty in loadDefaults), and assigning
 * a property that is inherited with a setter calls it: the first layer's value lands in the
 * defaults. */
static bool has_setter(struct nd_span key, int npm_major)
{
	if (npm_major < 7)
		return false;
	return nd_span_is(key, "globalconfig") ||
	       (npm_major < 10 && nd_span_is(key, "metrics-registry")) ||
	       (npm_major >= 12 && nd_span_is(key, "global-ignore-file"));
}

/* The setting that such a key's first layer in order of loading has. */
static const struct nd_setting *first_loaded(const struct nd_layers *layers, const char *key)
{
	static const enum nd_layer_id order[] = {ND_LAYER_BUILTIN, ND_LAYER_CLI, ND_LAYER_ENV,
		ND_LAYER_PROJECT, ND_LAYER_USER, ND_LAYER_GLOBAL};

	for (size_t i = 0; i < G_N_ELEMENTS(order); i++) {
		const struct nd_setting *setting = nd_layer_get(&layers->layers[order[i]], key);

		if (setting != NULL)
			return setting;
	}
	return NULL;
}

/* `checked`: without what the type check has deleted. */
static const struct nd_setting *find(const struct nd_layers *layers, const char *key, bool checked)
{
	const struct nd_setting *last = NULL;

	if (layers->client == ND_CLIENT_NPM && has_setter(nd_span_of(key), layers->npm_major))
		last = first_loaded(layers, key);
	for (int id = 0; id < ND_LAYER_COUNT; id++) {
		const struct nd_setting *setting = nd_layer_get(&layers->layers[id], key);

		if (setting != NULL && setting != last && !(checked && setting->deleted))
			return setting;
	}
	return last;
}

const struct nd_setting *nd_layers_get(const struct nd_layers *layers, const char *key)
{
	return find(layers, key, true);
}

const struct nd_setting *nd_settings_peek(const struct nd_layers *layers, const char *key)
{
	return find(layers, key, false);
}

const struct nd_setting *nd_layers_shadowed(
	const struct nd_layers *layers, const struct nd_setting *setting)
{
	for (int id = (int)setting->origin.layer + 1; id < ND_LAYER_COUNT; id++)
		for (size_t i = 0; i < layers->layers[id].n_settings; i++)
			if (nd_span_equal(layers->layers[id].settings[i].key, setting->key))
				return &layers->layers[id].settings[i];
	return NULL;
}

static gint compare_keys(gconstpointer a, gconstpointer b)
{
	struct nd_span left = (*(const struct nd_setting *const *)a)->key;
	struct nd_span right = (*(const struct nd_setting *const *)b)->key;
	int order = memcmp(left.p, right.p, MIN(left.n, right.n));

	return order != 0 ? order : (left.n > right.n) - (left.n < right.n);
}

/* The key first, then the stronger layer. */
static gint compare_settings(gconstpointer a, gconstpointer b)
{
	gint order = compare_keys(a, b);
	enum nd_layer_id left = (*(const struct nd_setting *const *)a)->origin.layer;
	enum nd_layer_id right = (*(const struct nd_setting *const *)b)->origin.layer;

	return order != 0 ? order : (left > right) - (left < right);
}

static const struct nd_setting *strongest(
	const struct nd_layers *layers, const struct nd_setting *setting)
{
	if (has_setter(setting->key, layers->npm_major))
		return nd_layers_get(layers, setting->key.p);
	return setting;
}

GPtrArray *nd_layers_effective(const struct nd_layers *layers)
{
	g_autoptr(GPtrArray) all = g_ptr_array_new();
	GPtrArray *effective = g_ptr_array_new();

	for (int id = 0; id < ND_LAYER_COUNT; id++)
		for (size_t i = 0; i < layers->layers[id].n_settings; i++)
			if (!layers->layers[id].settings[i].deleted)
				g_ptr_array_add(all, &layers->layers[id].settings[i]);
	g_ptr_array_sort(all, compare_settings);
	for (guint i = 0; i < all->len; i++)
		if (i == 0 || compare_keys(&all->pdata[i - 1], &all->pdata[i]) != 0)
			g_ptr_array_add(effective, (gpointer)strongest(layers, all->pdata[i]));
	return effective;
}

const struct nd_layer *nd_layers_of(
	const struct nd_layers *layers, const struct nd_setting *setting)
{
	return &layers->layers[setting->origin.layer];
}
