#include "load.h"

#include <npmrc-doctor/hash.h>

/* Places of a layer's settings. npm assigns data[key] = value one by one: a later spelling of a key
 * replaces the value and keeps the place of the first. ini has done that already for what the file
 * spells alike, so that only keys with variables are looked at here. */

void nd_index_new(struct nd_layer *layer, size_t room)
{
	struct nd_index *index = g_new0(struct nd_index, 1);

	index->room = room;
	index->made = nd_pages_new0((room + 1) * sizeof(struct nd_setting *));
	index->renamed = g_hash_table_new(nd_hash_span, nd_hash_same_span);
	layer->index = index;
	layer->n_settings = 0;
}

void nd_index_free(struct nd_layer *layer)
{
	struct nd_index *index = layer->index;

	layer->index = NULL;
	layer->n_settings = 0;
	if (index == NULL)
		return;
	g_hash_table_destroy(index->renamed);
	g_clear_pointer(&index->sections, g_hash_table_destroy);
	nd_pages_free(index->made, (index->room + 1) * sizeof(struct nd_setting *));
	g_free(index->sources);
	g_free(index->places);
	g_free(index);
}

static uint32_t find_renamed(const struct nd_index *index, struct nd_span key)
{
	gsize found = g_hash_table_size(index->renamed) == 0
			      ? 0
			      : GPOINTER_TO_SIZE(g_hash_table_lookup(index->renamed, &key));

	return found > 0 ? (uint32_t)(found - 1) : ND_NO_PLACE;
}

static void note_renamed(
	struct nd_index *index, struct nd_arena *arena, struct nd_span key, uint32_t place)
{
	struct nd_span *copy = nd_arena_alloc(arena, sizeof *copy);

	*copy = key;
	g_hash_table_insert(index->renamed, copy, GSIZE_TO_POINTER((gsize)place + 1));
}

uint32_t nd_index_find(const struct nd_layer *layer, struct nd_span key)
{
	const struct nd_index *index = layer->index;
	uint32_t place = index != NULL ? find_renamed(index, key) : ND_NO_PLACE;
	size_t source;

	if (place != ND_NO_PLACE || index == NULL || layer->ini == NULL)
		return place;
	source = nd_ini_index(layer->ini, key);
	if (source == SIZE_MAX)
		return ND_NO_PLACE;
	return index->places != NULL ? index->places[source] : (uint32_t)source;
}

/* Whether expansion makes another key of the one at `source`: `*key` is what it is then. */
static bool rename_key(
	const struct nd_loader *l, const struct nd_layer *layer, size_t source, struct nd_span *key)
{
	struct nd_span raw = nd_ini_name(layer->ini, source);

	*key = raw;
	if (raw.n < 4 || memmem(raw.p, raw.n, "${", 2) == NULL)
		return false;
	*key = nd_clients_key(l, raw);
	return !nd_span_equal(*key, raw);
}

static void rename_keys(const struct nd_loader *l, struct nd_layer *layer)
{
	struct nd_index *index = layer->index;
	size_t n = nd_ini_key_count(layer->ini);
	uint32_t count = 0;

	index->sources = g_new(uint32_t, n + 1);
	index->places = g_new(uint32_t, n + 1);
	memset(index->places, 0xff, n * sizeof *index->places);
	for (size_t i = 0; i < n; i++) {
		struct nd_span key;
		bool renamed = rename_key(l, layer, i, &key);
		uint32_t place = renamed ? nd_index_find(layer, key) : find_renamed(index, key);

		if (place == ND_NO_PLACE)
			place = count++;
		index->sources[place] = (uint32_t)i;
		if (renamed)
			note_renamed(index, l->layers->arena, key, place);
		else
			index->places[i] = place;
	}
	layer->n_settings = count;
}

void nd_index_file(struct nd_layer *layer)
{
	const struct nd_loader *l = layer->loader;
	size_t n = nd_ini_key_count(layer->ini);

	nd_index_new(layer, n);
	layer->n_settings = n;
	if (nd_ini_has_dollar(layer->ini))
		rename_keys(l, layer);
}

struct nd_setting *nd_index_add(struct nd_layer *layer, const struct nd_setting *setting)
{
	struct nd_index *index = layer->index;
	struct nd_arena *arena = layer->loader->layers->arena;
	uint32_t place = find_renamed(index, setting->key);

	if (place == ND_NO_PLACE) {
		g_assert(layer->n_settings < index->room);
		place = (uint32_t)layer->n_settings++;
		note_renamed(index, arena, setting->key, place);
		index->made[place] = nd_arena_alloc(arena, sizeof *setting);
	}
	*index->made[place] = *setting;
	index->made[place]->layer = layer;
	index->made[place]->place = place;
	return index->made[place];
}

size_t nd_index_source(const struct nd_layer *layer, size_t place)
{
	return layer->index->sources != NULL ? layer->index->sources[place] : place;
}

size_t nd_index_place(const struct nd_layer *layer, size_t source)
{
	const struct nd_index *index = layer->index;
	uint32_t place;

	if (index->sources == NULL)
		return source;
	place = nd_index_find(layer, nd_clients_key(layer->loader, nd_ini_name(layer->ini, source)));
	return place != ND_NO_PLACE && index->sources[place] == source ? place : SIZE_MAX;
}
