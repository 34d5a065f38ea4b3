#include "internal.h"

struct nd_view *nd_view_new(const struct nd_layers *layers)
{
	struct nd_view *view = g_new0(struct nd_view, 1);

	view->layers = layers;
	view->arena = nd_arena_new();
	if (layers->npm && layers->npm->node_version)
		view->node_major = (int)g_ascii_strtoll(layers->npm->node_version, NULL, 10);
	view->files = g_ptr_array_new_with_free_func((GDestroyNotify)nd_file_free);
	nd_view_load_registries(view);
	nd_view_load_trust(view);
	return view;
}

void nd_view_free(struct nd_view *view)
{
	if (!view)
		return;
	nd_view_free_registries(view);
	g_ptr_array_unref(view->files);
	nd_arena_free(view->arena);
	g_free(view);
}
