#include "internal.h"

/* ${VARIABLE} in the values of the files, which exec must have set and restore puts back. */

static void reference_free(gpointer data)
{
	struct nd_reference *reference = data;

	g_free(reference->variable);
	g_free(reference->location);
	g_free(reference);
}

/* Whether the setting stands in the layer's file: npm reads one file under two names twice (a home that
 * is reached by a link), and only one of the two layers is listed here. */
static bool same_file(const struct nd_view *view, const struct nd_setting *setting,
	const struct nd_layer *layer)
{
	const struct nd_layer *other = nd_layers_of(view->layers, setting);

	if (other == layer)
		return true;
	return other->file && other->doc && nd_file_id_equal(&other->file->id, &layer->file->id);
}

/* Whether npm uses the value of this entry: its key's layer is the strongest, its line the last. */
static bool is_effective(const struct nd_view *view, const struct nd_layer *layer, size_t index)
{
	const struct nd_ini_entry *entry = nd_ini_entry(layer->ini, index);
	struct nd_span key = nd_view_expand(view, entry->key).text;
	g_autofree char *name = g_strndup(key.p, key.n);
	const struct nd_setting *setting;

	if (entry->dropped || layer->ignored)
		return false;
	setting = nd_layers_get(view->layers, name);
	if (!setting || !same_file(view, setting, layer))
		return false;
	return setting->entry == index || nd_view_in_list(layer, entry);
}

static void add_references(
	const struct nd_view *view, const struct nd_layer *layer, size_t index, GPtrArray *out)
{
	const struct nd_ini_entry *entry = nd_ini_entry(layer->ini, index);
	struct nd_span text = entry->text.value.string;
	struct nd_expansion expansion;
	struct nd_place place;
	bool known = nd_place_of(entry->key, &place);

	if (entry->text.value.type != ND_TYPE_STRING)
		return;
	expansion = nd_view_expand(view, text);
	for (size_t i = 0; i < expansion.n_variables; i++) {
		const struct nd_variable *variable = &expansion.variables[i];
		struct nd_reference *reference = g_new0(struct nd_reference, 1);
		size_t start = variable->start;

		while (start < variable->end && text.p[start] == '\\')
			start++; /* an even run of backslashes in front is no part of the reference
				  */
		reference->in = layer;
		reference->entry = index;
		reference->variable = g_strndup(variable->name.p, variable->name.n);
		reference->key = known ? place.key : entry->key;
		reference->location =
			known ? nd_place_location(&place, view, nd_doc_trim(expansion.text))
			      : g_strdup("");
		reference->start = nd_ini_offset(layer->doc, &entry->text, start);
		reference->end = nd_ini_offset(layer->doc, &entry->text, variable->end);
		reference->effective = is_effective(view, layer, index);
		g_ptr_array_add(out, reference);
	}
}

GPtrArray *nd_view_references(const struct nd_view *view)
{
	g_autoptr(GPtrArray) layers = nd_view_file_layers(view);
	GPtrArray *out = g_ptr_array_new_with_free_func(reference_free);

	for (guint i = 0; i < layers->len; i++) {
		const struct nd_layer *layer = g_ptr_array_index(layers, i);

		for (size_t k = 0; k < nd_ini_entry_count(layer->ini); k++)
			add_references(view, layer, k, out);
	}
	return out;
}
