#include "load.h"

#include <npmrc-doctor/hash.h>

struct nd_span nd_layer_key(const struct nd_layer *layer, size_t place)
{
	struct nd_span key;

	g_assert(place < layer->n_settings);
	if (layer->ini == NULL)
		return layer->index->made[place]->key;
	key = nd_ini_name(layer->ini, nd_index_source(layer, place));
	if (layer->index->sources != NULL && key.n >= 4 && memmem(key.p, key.n, "${", 2) != NULL)
		return nd_layer_setting(layer, place)->key;
	return key;
}

struct nd_value nd_layer_written(const struct nd_layer *layer, size_t place)
{
	g_assert(place < layer->n_settings);
	if (layer->ini == NULL)
		return layer->index->made[place]->written;
	return nd_ini_value(layer->ini, nd_index_source(layer, place));
}

const struct nd_setting *nd_layer_get(const struct nd_layer *layer, const char *key)
{
	uint32_t place = nd_index_find(layer, nd_span_of(key));

	return place != ND_NO_PLACE ? nd_layer_setting(layer, place) : NULL;
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
	for (guint i = 0; i < layers->order->len; i++) {
		const struct nd_setting *setting = nd_layer_get(layers->order->pdata[i], key);

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
	const struct nd_layer *own = nd_layers_of(layers, setting);
	guint at = 0;

	if (!g_ptr_array_find(layers->order, own, &at))
		return NULL;
	for (at++; at < layers->order->len; at++) {
		const struct nd_setting *below = nd_layer_get(layers->order->pdata[at], setting->key.p);

		if (below != NULL)
			return below;
	}
	return NULL;
}

static gint compare_keys(gconstpointer a, gconstpointer b)
{
	struct nd_span left = (*(const struct nd_setting *const *)a)->key;
	struct nd_span right = (*(const struct nd_setting *const *)b)->key;
	int order = memcmp(left.p, right.p, MIN(left.n, right.n));

	return order != 0 ? order : (left.n > right.n) - (left.n < right.n);
}

static const struct nd_setting *strongest(
	const struct nd_layers *layers, const struct nd_setting *setting)
{
	if (has_setter(setting->key, layers->npm_major))
		return nd_layers_get(layers, setting->key.p);
	return setting;
}

static guint hash_key(gconstpointer p)
{
	const struct nd_setting *setting = p;

	return nd_hash_span(&setting->key);
}

static gboolean same_key(gconstpointer a, gconstpointer b)
{
	return nd_span_equal(((const struct nd_setting *)a)->key, ((const struct nd_setting *)b)->key);
}

static bool is_between(struct nd_span text, struct nd_span head, struct nd_span tail)
{
	return text.n >= head.n + tail.n && memcmp(text.p, head.p, head.n) == 0 &&
	       memcmp(text.p + text.n - tail.n, tail.p, tail.n) == 0;
}

GPtrArray *nd_layers_matching(const struct nd_layers *layers, const char *head, const char *tail)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(hash_key, same_key);
	GPtrArray *found = g_ptr_array_new();
	struct nd_span before = nd_span_of(head), behind = nd_span_of(tail);

	for (guint at = 0; at < layers->order->len; at++) {
		const struct nd_layer *layer = layers->order->pdata[at];

		for (size_t i = 0; i < layer->n_settings; i++) {
			const struct nd_setting *setting;

			if (!is_between(nd_layer_key(layer, i), before, behind))
				continue;
			setting = nd_layer_setting(layer, i);
			if (!setting->deleted && g_hash_table_add(seen, (gpointer)setting))
				g_ptr_array_add(found, (gpointer)strongest(layers, setting));
		}
	}
	g_ptr_array_sort(found, compare_keys);
	return found;
}

GPtrArray *nd_layers_effective(const struct nd_layers *layers)
{
	return nd_layers_matching(layers, "", "");
}

const struct nd_layer *nd_layers_of(
	const struct nd_layers *layers, const struct nd_setting *setting)
{
	(void)layers;
	return setting->layer;
}
