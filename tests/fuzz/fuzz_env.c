#include "fuzz.h"

#include <npmrc-doctor/keys.h>
#include <npmrc-doctor/layer.h>

/* Any environment makes layers: NUL-separated NAME=VALUE records, over a directory without files. */

static void check_setting(const struct nd_setting *s)
{
	LAW(s->key.p && s->origin.layer <= ND_LAYER_FILE);
	LAW(s->origin.layer != ND_LAYER_ENV || s->origin.variable);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	g_autoptr(GPtrArray) strings = g_ptr_array_new_with_free_func(g_free);
	static const int versions[] = { 6, 8, 9, 10, 11, 12 };
	struct nd_npm npm = { 0 };
	struct nd_layers_options options = { .npm = &npm };
	struct nd_layers *layers;
	struct nd_env *env;

	if (n == 0 || n > 4096)
		return 0;
	options.npm_major = versions[data[0] % G_N_ELEMENTS(versions)];
	for (size_t at = 1; at < n; at += strlen(strings->pdata[strings->len - 1]) + 1)
		g_ptr_array_add(strings, g_strndup((const char *)data + at, n - at));
	g_ptr_array_add(strings, NULL);
	env = nd_env_from((const char *const *)strings->pdata, "/nonexistent");
	options.env = env;
	layers = nd_layers_load(&options, NULL);
	for (int id = 0; layers && id < ND_LAYER_COUNT; id++)
		for (size_t i = 0; i < layers->layers[id].n_settings; i++)
			check_setting(nd_layer_setting(&layers->layers[id], i));
	nd_layers_free(layers);
	nd_env_free(env);
	return 0;
}
